import type { Observed } from './proof'
import type { Traffic } from './wire-tap'

/** The statements of databases in this process, where there is no wire to tap: SQLite. */
export class StatementTally implements Observed {
  readonly sessions: readonly string[] = []
  #commands: string[] = []

  add(text: string): void {
    const [command = ''] = /^\w+/.exec(text.trim()) ?? []
    // Settings of a connection, not work.
    if (command.toUpperCase() !== 'PRAGMA') this.#commands.push(command.toUpperCase())
  }

  clear(): void {
    this.#commands = []
  }

  get traffic(): Traffic {
    return { commands: this.#commands, roundTrips: undefined }
  }
}
