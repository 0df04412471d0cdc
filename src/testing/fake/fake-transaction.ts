import { satisfiesIsolation } from '../../tx/isolation'
import type { CommitOutcome, OpenRequest, ResourceTransaction } from '../../tx/transactional-resource'
import { FakeDatabaseError, type InjectedFailure, insertedBy } from './fake-database'
import type { FakeResource } from './fake-resource'
import { FakeSavepoints } from './fake-savepoints'

/** One transaction of the fake: a connection taken with the first command, rows that others see after COMMIT. */
export class FakeTransaction implements ResourceTransaction {
  readonly #resource: FakeResource
  readonly #request: OpenRequest
  readonly #savepoints = new FakeSavepoints()
  #connection: string | undefined
  #rows: string[] = []
  /** What others had committed when it began, where its isolation shows it nothing else. */
  #snapshot: readonly string[] | undefined
  #aborted = false
  /** Why its connection is gone. */
  #lost: Error | undefined
  #busy: string | undefined
  #over = false
  #asked = false
  #begun = false
  /** The BEGIN of an eager one, sent on its own. */
  #starting: Promise<void> | undefined
  /** Fails the statement that is under way. */
  #giveUp: ((error: Error) => void) | undefined

  constructor(resource: FakeResource, request: OpenRequest) {
    this.#resource = resource
    this.#request = request
    if (resource.eager) this.#start()
  }

  get begun(): boolean {
    return this.#asked || this.#starting !== undefined
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
      return [...(this.#snapshot ?? this.#resource.rows()), ...this.#rows].sort()
    })
  }

  savepoint(name: string, readOnly = false): Promise<void> {
    return this.#control(`SAVEPOINT ${name}`, () => {
      this.#savepoints.set({ name, readOnly, rows: [...this.#rows] })
    })
  }

  rollbackTo(name: string): Promise<void> {
    return this.#control(`ROLLBACK TO ${name}`, () => {
      this.#rows = [...this.#savepoints.rollbackTo(name)]
      this.#aborted = false
    })
  }

  release(name: string): Promise<void> {
    return this.#control(`RELEASE ${name}`, () => {
      this.#savepoints.release(name)
    })
  }

  commit(): Promise<CommitOutcome> {
    return this.#exclusive('COMMIT', () => this.#commit())
  }

  rollback(): Promise<void> {
    return this.#exclusive('ROLLBACK', async () => {
      await this.#starting?.catch(() => undefined)
      if (!this.#begun || this.#lost) {
        this.#giveBack()
        return
      }
      const injected = await this.#last('ROLLBACK')
      // A connection that has died has rolled back by itself.
      if (injected && injected.failure !== 'lost') throw injected.error
    })
  }

  abandon(): void {
    this.#lost ??= new FakeDatabaseError('08006', 'the connection was given up')
    this.#disconnect()
    this.#giveUp?.(this.#lost)
  }

  async #commit(): Promise<CommitOutcome> {
    const cause = await this.#lossBefore()
    if (cause) {
      this.#giveBack()
      return { kind: 'rolled-back', cause }
    }
    return this.#begun ? this.#sendCommit() : { kind: 'committed' }
  }

  /** Why it cannot commit whatever the database says. */
  async #lossBefore(): Promise<unknown> {
    try {
      await this.#starting
    } catch (error) {
      return error
    }
    return this.#lost
  }

  async #sendCommit(): Promise<CommitOutcome> {
    const injected = await this.#last('COMMIT')
    if (injected?.failure === 'throws') throw injected.error
    if (injected?.failure === 'lost') return { kind: 'unknown', cause: injected.error }
    if (injected?.failure === 'error') return { kind: 'rolled-back', cause: injected.error }
    if (injected || this.#aborted) return { kind: 'rolled-back', cause: undefined }
    return this.#store()
  }

  /** Somebody else may have stored the same row meanwhile. */
  #store(): CommitOutcome {
    const taken = this.#rows.find(row => this.#resource.holds(row))
    if (taken !== undefined) return { kind: 'rolled-back', cause: duplicate(taken) }
    this.#resource.store(this.#rows)
    return { kind: 'committed' }
  }

  /** Behind what is running now: a method that begins inside another one sends its BEGIN second. */
  #start(): void {
    this.#starting = Promise.resolve().then(() => this.#sendBegin())
    // Told by the first command, or by the end.
    this.#starting.catch(() => undefined)
  }

  async #begin(): Promise<void> {
    if (this.#starting) await this.#starting
    if (!this.#begun) await this.#sendBegin()
  }

  async #sendBegin(): Promise<void> {
    const command = beginCommand(this.#request)
    if (this.#connection === undefined) {
      const connecting = this.#connect()
      this.#connection = typeof connecting === 'string' ? connecting : await connecting
    }
    this.#request.onControl(command)
    const injected = await this.#resource.arrive(this.#connection, command)
    if (injected) {
      this.#giveBack()
      throw injected.error
    }
    this.#begun = true
    if (satisfiesIsolation(this.#request.isolation ?? 'READ COMMITTED', 'REPEATABLE READ'))
      this.#snapshot = this.#resource.rows()
  }

  #connect(): string | Promise<string> {
    const { outer, onLeased } = this.#request
    const asked = performance.now()
    this.#asked = true
    const leased = (connection: string): string => {
      onLeased?.(performance.now() - asked)
      return connection
    }
    const connection = this.#resource.connect(this.#request, outer?.begun === true)
    return typeof connection === 'string' ? leased(connection) : connection.then(leased)
  }

  #control(command: string, effect: () => void): Promise<void> {
    return this.#exclusive(command, async () => {
      await this.#begin()
      this.#request.onControl(command)
      await this.#send(command, effect)
    })
  }

  async #send(command: string, effect: () => void): Promise<void> {
    this.#refuseLost()
    const injected = await this.#unlessAbandoned(this.#resource.arrive(this.#connection ?? '?', command))
    try {
      if (injected?.failure === 'lost') this.#lost = injected.error
      if (injected) throw injected.error
      this.#refuseLost()
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
      return await this.#unlessAbandoned(this.#resource.arrive(this.#connection ?? '?', command))
    } catch (error) {
      if (error !== this.#lost) throw error
      return { failure: 'lost', error: error as Error }
    } finally {
      this.#giveBack()
    }
  }

  /** A statement on a connection that is given up fails, wherever it is. */
  #unlessAbandoned<T>(command: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject
      command.then(resolve, reject)
    })
  }

  #refuseLost(): void {
    if (this.#lost) throw this.#lost
  }

  #giveBack(): void {
    if (this.#begun) this.#over = true
    else this.#asked = false
    this.#disconnect()
  }

  #disconnect(): void {
    if (this.#connection !== undefined) this.#resource.disconnect(this.#connection)
    this.#connection = undefined
  }

  /** All of them, or none. */
  #insert(rows: readonly string[]): void {
    for (const row of rows) {
      if (this.#request.readOnly || this.#savepoints.readOnly)
        throw new FakeDatabaseError('25006', 'the transaction is read-only')
      if (this.#rows.includes(row) || this.#resource.holds(row)) throw duplicate(row)
    }
    this.#rows.push(...rows)
  }

  /** "The engine calls one method at a time", and none after the end. */
  async #exclusive<T>(command: string, run: () => Promise<T>): Promise<T> {
    const { violations } = this.#resource
    if (this.#busy !== undefined) violations.push(`${command} was sent while ${this.#busy} was running`)
    if (this.#over) {
      violations.push(`${command} was sent after the end`)
      throw new FakeDatabaseError('25P01', `${command} was sent after the end of the transaction`)
    }
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
