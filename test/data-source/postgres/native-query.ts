import { EventEmitter } from 'node:events'

/** The outline of pg-native's `Query`: it is run by libpq, and is told of no messages. */
export class Query extends EventEmitter {
  state = 'new'

  constructor(
    readonly text: string,
    readonly values?: readonly unknown[],
  ) {
    super()
  }

  submit(): void {
    this.state = 'running'
  }

  handleError(error: Error): void {
    this.emit('error', error)
  }
}
