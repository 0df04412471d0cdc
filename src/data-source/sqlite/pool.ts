import type { EngineSettings } from '../engine'
import { Connection } from './connection'
import { setUpReader, setUpWriter } from './connection-setup'
import { SqliteClosedError, SqliteConnectionBusyError, SqliteWriterStuckError } from './errors'
import type { Hold } from './hold'
import { type Lease, LeaseQueue } from './lease-queue'
import type { Prompt } from '../../core/prompt'
import type { SqliteDriverKind } from './raw-connection'
import { ReaderPool } from './reader-pool'
import type { WaitRequest } from './waiting-line'

/** What the pool asks of the data source that it serves. */
export interface PoolHost {
  readonly name: string
  readonly driver: SqliteDriverKind
  readonly settings: EngineSettings
  readonly switchToWal: boolean
  /** Opens one more connection, the way TypeORM does. */
  open(): Promise<unknown>
  /** Tells TypeORM which connection is the writer from now on. */
  useWriter(handle: unknown): void
}

/**
 * The connections of one SQLite database: one writer, leased in a fair queue, and readers beside it where the database is
 * a file in WAL mode. Elsewhere readers would see, or block, a half-done transaction: all work shares the writer's queue.
 */
export class SqlitePool {
  readonly #host: PoolHost
  readonly #queue: LeaseQueue
  readonly #inMemory: boolean
  #writer: Connection
  readers: ReaderPool | undefined

  private constructor(host: PoolHost, writer: Connection, inMemory: boolean) {
    this.#host = host
    this.#writer = writer
    this.#inMemory = inMemory
    this.#queue = new LeaseQueue(
      1,
      facts => new SqliteConnectionBusyError('AMBIT_SQLITE_WRITER_BUSY', `the writer of '${host.name}'`, facts),
    )
  }

  /** Takes the connection that TypeORM has opened as the writer. */
  static async around(handle: unknown, host: PoolHost): Promise<SqlitePool> {
    const writer = new Connection('writer', host.driver, host.driver.connection(handle))
    const mayRead = await setUpWriter(writer, host)
    const inMemory = (await writer.databases()).every(({ name, file }) => name !== 'main' || file === '')
    const pool = new SqlitePool(host, writer, inMemory)
    if (mayRead && host.settings.readers > 0) {
      pool.readers = new ReaderPool(host.settings.readers, () => pool.#openReader())
    }
    return pool
  }

  /** The writer as it is, for whoever needs TypeORM's raw connection. Statements go through {@link takeWriter}. */
  get writer(): Connection {
    return this.#writer
  }

  /** Who holds or waits for connections: nothing, when all work is done. */
  get usage(): { readonly writer: number; readonly readers: number; readonly waiting: number } {
    return { writer: this.#queue.held, readers: this.readers?.held ?? 0, waiting: this.#queue.waiting }
  }

  /** Who holds connections now. */
  get holders(): readonly string[] {
    return [...this.#queue.holders, ...(this.readers?.holders ?? [])]
  }

  /**
   * @throws SqliteConnectionBusyError `AMBIT_SQLITE_WRITER_BUSY`, SqliteWriterStuckError `AMBIT_SQLITE_WRITER_STUCK`
   */
  takeWriter(request: WaitRequest): Prompt<Hold> {
    const lease = this.#queue.takeNow(request)
    if (lease === undefined || this.#writer.doubtful) return this.#waitForWriter(request, lease)
    return this.#holdWriter(lease)
  }

  /** Waits for those who hold connections, at most `timeoutMs`, and closes the readers; the writer on demand. */
  async close(closeWriter: boolean, timeoutMs: number): Promise<void> {
    const refusal = (): Error => new SqliteClosedError(this.#host.name)
    await Promise.all([this.#queue.close(refusal, timeoutMs), this.readers?.close(refusal, timeoutMs)])
    await this.#writer.raw.forget()
    // Last, so that its closing checkpoints and removes the WAL file. SQLite rolls back what is still open on it.
    if (closeWriter) await this.#writer.raw.close()
  }

  async #waitForWriter(request: WaitRequest, taken: Lease | undefined): Promise<Hold> {
    const lease = taken ?? (await this.#queue.take(request))
    try {
      // Nobody inherits a transaction that its owner could not end.
      if (this.#writer.doubtful) await this.#repair()
    } catch (error) {
      lease.give()
      throw error
    }
    return this.#holdWriter(lease)
  }

  #holdWriter(lease: Lease): Hold {
    const connection = this.#writer
    return {
      connection,
      give: () => {
        if (connection.doubtful) return this.#giveRepaired(lease)
        lease.give()
        return undefined
      },
    }
  }

  async #giveRepaired(lease: Lease): Promise<void> {
    await this.#repair().catch(() => undefined)
    lease.give()
  }

  async #repair(): Promise<void> {
    const broken = this.#writer
    await broken.settle()
    if (!broken.doubtful) return
    const { name } = this.#host
    if (this.#inMemory) throw new SqliteWriterStuckError(name, undefined)
    await broken.raw.close().catch((error: unknown) => {
      throw new SqliteWriterStuckError(name, error)
    })
    const handle = await this.#host.open()
    this.#writer = new Connection('writer', this.#host.driver, this.#host.driver.connection(handle))
    await setUpWriter(this.#writer, this.#host)
    this.#host.useWriter(handle)
  }

  async #openReader(): Promise<Connection> {
    const { driver, settings } = this.#host
    const reader = new Connection('reader', driver, driver.connection(await this.#host.open()))
    try {
      await setUpReader(reader, this.#writer, settings)
    } catch (error) {
      await reader.raw.close().catch(() => undefined)
      throw error
    }
    return reader
  }
}
