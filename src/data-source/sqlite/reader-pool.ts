import type { Connection } from './connection'
import { SqliteConnectionBusyError } from './errors'
import type { Hold } from './hold'
import { LeaseQueue } from './lease-queue'
import type { WaitRequest } from './waiting-line'

/**
 * The reader connections of a file: some for read-only transactions, opened when first needed, and one that all single
 * statements share. A single statement has no transaction, so nothing can come between it and itself: it waits for nobody.
 */
export class ReaderPool {
  readonly #open: () => Promise<Connection>
  readonly #queue: LeaseQueue
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  #shared: Promise<Connection> | undefined
  #refusal: (() => Error) | undefined

  constructor(size: number, open: () => Promise<Connection>) {
    this.#open = open
    this.#queue = new LeaseQueue(
      size,
      facts => new SqliteConnectionBusyError('AMBIT_SQLITE_READERS_BUSY', 'a reader connection', facts),
    )
  }

  get opened(): number {
    return this.#all.size
  }

  get holders(): readonly string[] {
    return this.#queue.holders
  }

  get held(): number {
    return this.#queue.held
  }

  /** The connection for single statements; never leave a transaction open on it. */
  shared(): Promise<Connection> {
    if (this.#refusal) return Promise.reject(this.#refusal())
    this.#shared ??= this.#openOne().catch((error: unknown) => {
      this.#shared = undefined
      throw error
    })
    return this.#shared
  }

  /**
   * A connection for a transaction. One inside another transaction never waits: all readers may be in the hands of
   * transactions that wait for such inner ones, so it gets an extra connection instead.
   */
  async take(request: WaitRequest, inner: boolean): Promise<Hold> {
    const lease = inner ? this.#queue.takeNow(request) : await this.#queue.take(request)
    try {
      const connection = this.#idle.pop() ?? (await this.#openOne())
      const keep = lease !== undefined
      return {
        connection,
        give: async () => {
          await this.#giveBack(connection, keep)
          lease?.give()
        },
      }
    } catch (error) {
      lease?.give()
      throw error
    }
  }

  async close(refusal: () => Error, timeoutMs: number): Promise<void> {
    this.#refusal = refusal
    await this.#queue.close(refusal, timeoutMs)
    for (const connection of this.#all) await this.#destroy(connection)
  }

  async #giveBack(connection: Connection, keep: boolean): Promise<void> {
    if (connection.doubtful || !keep) await this.#destroy(connection)
    else this.#idle.push(connection)
  }

  async #openOne(): Promise<Connection> {
    const connection = await this.#open()
    this.#all.add(connection)
    return connection
  }

  async #destroy(connection: Connection): Promise<void> {
    this.#all.delete(connection)
    // A connection that cannot be closed (an open iterator on it) is dropped: it holds no more than a read lock.
    await connection.raw.close().catch(() => undefined)
  }
}
