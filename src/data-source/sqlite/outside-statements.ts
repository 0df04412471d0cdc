import { retryWhileLocked } from './busy'
import type { Connection } from './connection'
import type { Hold } from './hold'
import type { SqlitePool } from './pool'
import { isMissingOnReader, isReadOnlyRefusal } from './sqlite-codes'
import { type Lender, takeWriter, type WriterRequest } from './writer-access'

type Run<T> = (connection: Connection) => Promise<T>

/** Statements of one runner outside any transaction: each leases a connection for its own time. */
export class OutsideStatements {
  readonly #pool: () => SqlitePool
  readonly #timeoutMs: number
  readonly #suspended: Lender | undefined
  /** The writer while statements of this runner are on it: one that a subscriber sends inside another joins it. */
  #hold: Promise<Hold> | undefined
  #users = 0

  constructor(pool: () => SqlitePool, timeoutMs: number, suspended: Lender | undefined) {
    this.#pool = pool
    this.#timeoutMs = timeoutMs
    this.#suspended = suspended
  }

  /**
   * A read, on the reader that all single statements share. The database has the last word: what turns out to write, or
   * misses something that only the writer has, is run once more there. Safe, because a reader refuses before it writes.
   */
  async onReader<T>(text: string, read: Run<T>, again: Run<T>): Promise<T> {
    const readers = this.#pool().readers
    if (readers === undefined) return this.onWriter(text, true, again)
    const connection = await readers.shared()
    try {
      return await this.#untilUnlocked(connection, this.#request(text, true), 'PRAGMA schema_version', read)
    } catch (error) {
      if (isReadOnlyRefusal(error)) return this.onWriter(text, false, again)
      if (isMissingOnReader(error)) return this.#elseWriter(text, error, again)
      throw error
    }
  }

  /** A write, or a read that has no reader. */
  async onWriter<T>(text: string, readOnly: boolean, run: Run<T>): Promise<T> {
    const request = this.#request(text, readOnly)
    return this.#runOn(await this.#join(request), request, run)
  }

  /** Most of the time the thing is missing everywhere: where the writer cannot be had, the reader's answer stands. */
  async #elseWriter<T>(text: string, missing: unknown, run: Run<T>): Promise<T> {
    const request = this.#request(text, true)
    const hold = await this.#join(request).catch(() => undefined)
    if (hold === undefined) throw missing
    return this.#runOn(hold, request, run)
  }

  async #runOn<T>({ connection }: Hold, request: WriterRequest, run: Run<T>): Promise<T> {
    try {
      return await this.#untilUnlocked(
        connection,
        request,
        request.readOnly ? 'PRAGMA schema_version' : LOCK_PROBE,
        run,
      )
    } finally {
      await this.#leave()
    }
  }

  /**
   * While another process has the file locked, a bare probe is repeated instead of the statement itself, so that log and
   * subscribers are not told of every attempt.
   */
  async #untilUnlocked<T>(connection: Connection, request: WriterRequest, probe: string, run: Run<T>): Promise<T> {
    const { driver, raw } = connection
    let locked = false
    return retryWhileLocked(driver, request, async () => {
      if (locked) await raw.run(probe)
      try {
        return await run(connection)
      } catch (error) {
        locked = driver.busyKind(error) === 'lock'
        throw error
      }
    })
  }

  async #join(request: WriterRequest): Promise<Hold> {
    this.#users += 1
    this.#hold ??= takeWriter(this.#pool(), request, this.#suspended)
    try {
      return await this.#hold
    } catch (error) {
      this.#users -= 1
      if (this.#users === 0) this.#hold = undefined
      throw error
    }
  }

  async #leave(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    const hold = this.#hold
    this.#hold = undefined
    await (await hold)?.give()
  }

  #request(text: string, readOnly: boolean): WriterRequest {
    // The first word only: a text may hold values.
    const word = /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? 'statement'
    return {
      who: `a statement outside every transaction (${word})`,
      timeoutMs: this.#timeoutMs,
      signal: undefined,
      kind: 'outside',
      readOnly,
    }
  }
}

const LOCK_PROBE = 'BEGIN IMMEDIATE; ROLLBACK'
