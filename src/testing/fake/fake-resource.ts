import { ISOLATION_LEVELS, type IsolationLevel } from '../../tx/isolation'
import type { OpenRequest, ResourceUsage, TransactionalResource } from '../../tx/transactional-resource'
import { FakeDatabaseError, type Failure, fakeCode, type InjectedFailure, insertedBy } from './fake-database'
import { FakePool } from './fake-pool'
import { FakeTransaction } from './fake-transaction'

/** A command that waits until it is let go. */
export interface Latch {
  /** Resolves when the command has arrived at the database. */
  readonly reached: Promise<void>
  release(): void
}

/** How a fake behaves. */
export interface FakeOptions {
  /** The data source's name. Default `'default'`. */
  readonly name?: string
  /** PostgreSQL refuses everything after an error until the (sub)transaction ends; SQLite does not. Default true. */
  readonly abortsOnError?: boolean
  /** Default: all four. */
  readonly isolationLevels?: readonly IsolationLevel[]
  /** BEGIN and COMMIT also for transactions without a statement: code under test may have nothing that sends one. */
  readonly eager?: boolean
  /**
   * How many connections it has, one of them for transactions that run inside others. Those that find none wait, up to
   * `waitTimeoutMs`. Default: as many as are asked for.
   */
  readonly poolSize?: number
  /** How long a command takes. Default one turn of the event loop. */
  readonly latency?: () => Promise<void>
}

/** Taken before any test can install fake timers. */
const realSetImmediate = setImmediate

function oneLoopTurn(): Promise<void> {
  return new Promise(resolve => realSetImmediate(resolve))
}

/**
 * A database that is only a log, for unit tests: it records what each connection was sent, in the order it arrived, and
 * fails, or waits, on demand. Made by `fakeApplication()`.
 *
 * Its own language is one word for one row: `insert a b` stores two, `select` reads all. It complains in `violations` when
 * the port's contract is broken.
 *
 * @example
 * import { fakeApplication } from 'ambit/testing'
 * const app = await fakeApplication({ components: [OrderService], overrides: [[OrderRepository, { useValue: orders }]] })
 * app.database().failNext('COMMIT', 'lost')
 * await expect(app.get(OrderService).place(cart)).rejects.toThrow(CommitOutcomeUnknownError)
 */
export class FakeResource implements TransactionalResource {
  readonly name: string
  readonly isolationLevels: readonly IsolationLevel[]
  readonly defaultIsolation: IsolationLevel = 'READ COMMITTED'
  readonly abortsOnError: boolean
  readonly eager: boolean
  /** Everything that was sent, as `c1 BEGIN`, `c1 insert a`, …: one name per connection that was taken. */
  readonly log: string[] = []
  /** What `open` was asked for. */
  readonly requests: OpenRequest[] = []
  /** Broken promises of the engine: empty after every scenario. */
  readonly violations: string[] = []
  readonly #latency: () => Promise<void>
  readonly #pool: FakePool
  readonly #committed = new Set<string>()
  readonly #failures = new Map<string, InjectedFailure[]>()
  readonly #latches = new Map<string, { reached(): void; released: Promise<void> }[]>()

  constructor(options: FakeOptions = {}) {
    this.name = options.name ?? 'default'
    this.abortsOnError = options.abortsOnError ?? true
    this.eager = options.eager ?? false
    this.isolationLevels = options.isolationLevels ?? ISOLATION_LEVELS
    this.#latency = options.latency ?? oneLoopTurn
    this.#pool = new FakePool(options.poolSize ?? Infinity)
  }

  get usage(): ResourceUsage {
    return this.#pool.usage
  }

  /** The connections that nobody gave back. */
  get openConnections(): readonly string[] {
    return this.#pool.open
  }

  open(request: OpenRequest): FakeTransaction {
    this.requests.push(request)
    const refusal = this.#take('open')
    if (refusal) throw refusal.error
    return new FakeTransaction(this, request)
  }

  isTransient(error: unknown): boolean {
    const code = fakeCode(error)
    return code === '40001' || code === '40P01'
  }

  isTimeout(error: unknown): boolean {
    return fakeCode(error) === '57014'
  }

  isAftermath(error: unknown): boolean {
    return fakeCode(error) === '25P02'
  }

  /** The committed rows, sorted. */
  rows(): string[] {
    return [...this.#committed].sort()
  }

  /** What one command would log, without the connection's name. */
  commands(): string[] {
    return this.log.map(line => line.slice(line.indexOf(' ') + 1))
  }

  /** Makes the next arrival of a command (by its exact text) fail. */
  failNext(
    command: string,
    failure: Failure = 'error',
    error: Error = new FakeDatabaseError('XX000', `${command} failed`),
  ): void {
    this.#failures.set(command, [...(this.#failures.get(command) ?? []), { failure, error }])
  }

  /** Makes the next arrival of a command wait. */
  holdNext(command: string): Latch {
    let reached = (): void => undefined
    let release = (): void => undefined
    const arrival = new Promise<void>(resolve => (reached = resolve))
    const released = new Promise<void>(resolve => (release = resolve))
    this.#latches.set(command, [...(this.#latches.get(command) ?? []), { reached, released }])
    return { reached: arrival, release }
  }

  /** A statement outside every transaction: a connection of its own, committed at once. */
  async autocommit(text: string): Promise<string[]> {
    const connection = await this.connect(AUTOCOMMIT, false)
    try {
      const injected = await this.arrive(connection, text)
      if (injected) throw injected.error
      this.store(insertedBy(text))
      return this.rows()
    } finally {
      this.disconnect(connection)
    }
  }

  connect(request: Pick<OpenRequest, 'label' | 'waitTimeoutMs' | 'signal'>, inner: boolean): string | Promise<string> {
    return this.#pool.take(request, inner)
  }

  disconnect(connection: string): void {
    this.#pool.give(connection)
  }

  store(rows: readonly string[]): void {
    for (const row of rows) this.#committed.add(row)
  }

  holds(row: string): boolean {
    return this.#committed.has(row)
  }

  /** The way of every command: logged, held where a latch says so, then perhaps failed. */
  async arrive(connection: string, command: string): Promise<InjectedFailure | undefined> {
    this.log.push(`${connection} ${command}`)
    const latch = this.#latches.get(command)?.shift()
    latch?.reached()
    await (latch?.released ?? this.#latency())
    return this.#take(command)
  }

  #take(command: string): InjectedFailure | undefined {
    return this.#failures.get(command)?.shift()
  }
}

const AUTOCOMMIT = { label: 'a statement outside every transaction', waitTimeoutMs: 5_000, signal: undefined }
