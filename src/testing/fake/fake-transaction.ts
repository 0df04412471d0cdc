import type { CommitOutcome, OpenRequest, ResourceTransaction } from '../../tx/transactional-resource'
import { FakeDatabaseError, type InjectedFailure, insertedBy } from './fake-database'
import type { FakeResource } from './fake-resource'

/** One transaction of the fake: a connection taken with the first command, rows that others see after COMMIT. */
export class FakeTransaction implements ResourceTransaction {
  readonly #resource: FakeResource
  readonly #request: OpenRequest
  #connection: string | undefined
  #rows: string[] = []
  #savepoints: { readonly name: string; readonly rows: readonly string[] }[] = []
  #aborted = false
  #lost = false
  #busy: string | undefined
  #over = false
  #begun = false

  constructor(resource: FakeResource, request: OpenRequest) {
    this.#resource = resource
    this.#request = request
    if (resource.eager) this.#connection = resource.connect()
  }

  get begun(): boolean {
    return this.#begun || this.#connection !== undefined
  }

  async begin(): Promise<void> {
    await this.#exclusive('BEGIN', () => this.#begin())
  }

  /** Sends a statement, behind BEGIN when it is the first. `insert x` stores a row, `select` reads them all. */
  execute(text: string): Promise<string[]> {
    return this.#exclusive(text, async () => {
      await this.#begin()
      await this.#send(text, () => {
        this.#insert(insertedBy(text))
      })
      return [...this.#resource.rows(), ...this.#rows].sort()
    })
  }

  savepoint(name: string): Promise<void> {
    return this.#control(`SAVEPOINT ${name}`, () => {
      this.#savepoints.push({ name, rows: [...this.#rows] })
    })
  }

  rollbackTo(name: string): Promise<void> {
    return this.#control(`ROLLBACK TO ${name}`, () => {
      this.#rows = [...this.#unwind(name).rows]
      this.#aborted = false
    })
  }

  release(name: string): Promise<void> {
    return this.#control(`RELEASE ${name}`, () => {
      const { name: released } = this.#unwind(name)
      this.#savepoints = this.#savepoints.filter(savepoint => savepoint.name !== released)
    })
  }

  commit(): Promise<CommitOutcome> {
    return this.#exclusive('COMMIT', async () => {
      if (this.#resource.eager) await this.#begin()
      return this.#commit()
    })
  }

  rollback(): Promise<void> {
    return this.#exclusive('ROLLBACK', async () => {
      if (this.#lost || !this.#begun) this.#giveBack()
      else {
        const injected = await this.#last('ROLLBACK')
        if (injected) throw injected.error
      }
    })
  }

  async #commit(): Promise<CommitOutcome> {
    const injected = await this.#last('COMMIT')
    if (injected?.failure === 'throws') throw injected.error
    if (injected?.failure === 'lost') return { kind: 'unknown', cause: injected.error }
    if (injected?.failure === 'error') return { kind: 'rolled-back', cause: injected.error }
    if (injected || this.#aborted || this.#lost) return { kind: 'rolled-back', cause: undefined }
    this.#resource.store(this.#rows)
    return { kind: 'committed' }
  }

  async #begin(): Promise<void> {
    if (this.#begun) return
    const command = beginCommand(this.#request)
    this.#connection ??= this.#resource.connect()
    this.#request.onControl(command)
    const injected = await this.#resource.arrive(this.#connection, command)
    if (injected) {
      this.#giveBack()
      throw injected.error
    }
    this.#begun = true
  }

  #control(command: string, effect: () => void): Promise<void> {
    return this.#exclusive(command, async () => {
      await this.#begin()
      this.#request.onControl(command)
      await this.#send(command, effect)
    })
  }

  async #send(command: string, effect: () => void): Promise<void> {
    const injected = await this.#resource.arrive(this.#connection ?? '?', command)
    try {
      if (injected?.failure === 'lost') this.#lost = true
      if (injected) throw injected.error
      if (this.#lost) throw new FakeDatabaseError('08006', 'the connection is lost')
      if (this.#aborted && !command.startsWith('ROLLBACK TO')) throw abortedError()
      effect()
    } catch (error) {
      this.#aborted = this.#resource.abortsOnError
      throw error
    }
  }

  /** COMMIT or ROLLBACK: the connection is given back whatever the answer. */
  async #last(command: string): Promise<InjectedFailure | undefined> {
    this.#request.onControl(command)
    try {
      return await this.#resource.arrive(this.#connection ?? '?', command)
    } finally {
      this.#giveBack()
    }
  }

  #giveBack(): void {
    if (this.#begun) this.#over = true
    if (this.#connection !== undefined) this.#resource.disconnect(this.#connection)
    this.#connection = undefined
  }

  #insert(rows: readonly string[]): void {
    for (const row of rows) {
      if (this.#request.readOnly) throw new FakeDatabaseError('25006', 'the transaction is read-only')
      if (this.#rows.includes(row) || this.#resource.holds(row)) throw duplicate(row)
      this.#rows.push(row)
    }
  }

  #unwind(name: string): { readonly name: string; readonly rows: readonly string[] } {
    const at = this.#savepoints.findIndex(savepoint => savepoint.name === name)
    const found = this.#savepoints[at]
    if (found === undefined) throw new FakeDatabaseError('3B001', `no savepoint ${name}`)
    this.#savepoints = this.#savepoints.slice(0, at + 1)
    return found
  }

  /** "The engine calls one method at a time", and none after the end. */
  async #exclusive<T>(command: string, run: () => Promise<T>): Promise<T> {
    const { violations } = this.#resource
    if (this.#busy !== undefined) violations.push(`${command} was sent while ${this.#busy} was running`)
    if (this.#over) violations.push(`${command} was sent after the end`)
    this.#busy = command
    try {
      return await run()
    } finally {
      this.#busy = undefined
    }
  }
}

function beginCommand({ isolation, readOnly }: OpenRequest): string {
  return `BEGIN${isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation}`}${readOnly ? ' READ ONLY' : ''}`
}

function duplicate(row: string): FakeDatabaseError {
  return new FakeDatabaseError('23505', `duplicate key ${row}`)
}

function abortedError(): FakeDatabaseError {
  return new FakeDatabaseError('25P02', 'current transaction is aborted')
}
