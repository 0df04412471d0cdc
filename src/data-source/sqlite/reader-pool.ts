import type { Connection } from './connection'
import { SqliteConnectionBusyError } from './errors'
import type { Hold } from './hold'
import { type Lease, LeaseQueue } from './lease-queue'
import type { Prompt } from '../../core/prompt'
import type { WaitRequest } from './waiting-line'

/**
 * The reader connections of a file: some for read-only transactions, opened when first needed, and one that all single
 * statements share. A single statement has no transaction, so nothing can come between it and itself: it waits for nobody.
 */
export class ReaderPool {
  readonly #openConnection: () => Promise<Connection>
  readonly #queue: LeaseQueue
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  #shared: Prompt<Connection> | undefined
  #refusal: (() => Error) | undefined

  /** `size`: how many transactions may have one at a time. */
  constructor(
    readonly size: number,
    open: () => Promise<Connection>,
  ) {
    this.#openConnection = open
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
  shared(): Prompt<Connection> {
    if (this.#refusal) throw this.#refusal()
    return (this.#shared ??= this.#openShared())
  }

  /**
   * A connection for a transaction. One inside another transaction never waits: all readers may be in the hands of
   * transactions that wait for such inner ones, so it gets an extra connection instead.
   */
  take(request: WaitRequest, inner: boolean): Prompt<Hold> {
    const lease = this.#queue.takeNow(request)
    if (lease === undefined && !inner) return this.#wait(request)
    const connection = this.#idle.pop()
    return connection ? this.#hold(connection, lease) : this.#open(lease)
  }

  async close(refusal: () => Error, timeoutMs: number): Promise<void> {
    this.#refusal = refusal
    await this.#queue.close(refusal, timeoutMs)
    for (const connection of this.#all) await this.#destroy(connection)
  }

  async #openShared(): Promise<Connection> {
    try {
      return (this.#shared = await this.#openOne())
    } catch (error) {
      this.#shared = undefined
      throw error
    }
  }

  async #wait(request: WaitRequest): Promise<Hold> {
    const lease = await this.#queue.take(request)
    const connection = this.#idle.pop()
    return connection ? this.#hold(connection, lease) : this.#open(lease)
  }

  async #open(lease: Lease | undefined): Promise<Hold> {
    try {
      return this.#hold(await this.#openOne(), lease)
    } catch (error) {
      lease?.give()
      throw error
    }
  }

  #hold(connection: Connection, lease: Lease | undefined): Hold {
    return {
      connection,
      give: () => {
        if (lease === undefined || connection.doubtful) return this.#giveUp(connection, lease)
        this.#idle.push(connection)
        lease.give()
        return undefined
      },
    }
  }

  async #giveUp(connection: Connection, lease: Lease | undefined): Promise<void> {
    await this.#destroy(connection)
    lease?.give()
  }

  async #openOne(): Promise<Connection> {
    const connection = await this.#openConnection()
    this.#all.add(connection)
    return connection
  }

  async #destroy(connection: Connection): Promise<void> {
    this.#all.delete(connection)
    // A connection that cannot be closed (an open iterator on it) is dropped: it holds no more than a read lock.
    await connection.raw.close().catch(() => undefined)
  }
}
