import { briefSql } from '../../core/shown-sql'
import { retryWhileLocked } from './busy'
import type { Connection } from './connection'
import type { Hold } from './hold'
import type { SqlitePool } from './pool'
import type { Flow, Prompt } from '../../core/prompt'
import { isMissingOnReader, isReadOnlyRefusal } from './sqlite-codes'
import { type Lender, takeWriter, type WriterRequest } from './writer-access'

type Run<T> = (connection: Connection) => Prompt<T>

/** Statements of one runner outside any transaction: each leases a connection for its own time. */
export class OutsideStatements {
  readonly #pool: () => SqlitePool
  readonly #timeoutMs: number
  readonly #suspended: Lender | undefined
  readonly #who: string | undefined
  /** The writer while statements of this runner are on it: one that a subscriber sends inside another joins it. */
  #hold: Prompt<Hold> | undefined
  #users = 0

  /** `who`: whose statements they are; otherwise their first words must say it. */
  constructor(pool: () => SqlitePool, timeoutMs: number, suspended: Lender | undefined, who?: string) {
    this.#who = who
    this.#pool = pool
    this.#timeoutMs = timeoutMs
    this.#suspended = suspended
  }

  /**
   * A read, on the reader that all single statements share. The database has the last word: what turns out to write, or
   * misses something that only the writer has, is run once more there. Safe, because a reader refuses before it writes.
   */
  *onReader<T>(text: string, read: Run<T>, again: Run<T>): Flow<T> {
    const readers = this.#pool().readers
    if (readers === undefined) return yield* this.onWriter(text, true, again)
    const connection = (yield readers.shared()) as Connection
    try {
      const request = this.#request(text, true)
      return (yield untilUnlocked(connection, request, READ_PROBE, read)) as T
    } catch (error) {
      if (isReadOnlyRefusal(error)) return yield* this.onWriter(text, false, again)
      if (isMissingOnReader(error)) return yield* this.#elseWriter(text, error, again)
      throw error
    }
  }

  /** A write, or a read that has no reader. */
  *onWriter<T>(text: string, readOnly: boolean, run: Run<T>): Flow<T> {
    const request = this.#request(text, readOnly)
    return yield* this.#runOn(yield* this.#join(request), request, run)
  }

  /** Most of the time the thing is missing everywhere: where the writer cannot be had, the reader's answer stands. */
  *#elseWriter<T>(text: string, missing: unknown, run: Run<T>): Flow<T> {
    const request = this.#request(text, true)
    let hold: Hold
    try {
      hold = yield* this.#join(request)
    } catch {
      throw missing
    }
    return yield* this.#runOn(hold, request, run)
  }

  *#runOn<T>({ connection }: Hold, request: WriterRequest, run: Run<T>): Flow<T> {
    try {
      return (yield untilUnlocked(connection, request, request.readOnly ? READ_PROBE : LOCK_PROBE, run)) as T
    } finally {
      yield* this.#leave()
    }
  }

  *#join(request: WriterRequest): Flow<Hold> {
    this.#users += 1
    try {
      this.#hold ??= takeWriter(this.#pool(), request, this.#suspended)
      return (yield this.#hold) as Hold
    } catch (error) {
      this.#users -= 1
      if (this.#users === 0) this.#hold = undefined
      throw error
    }
  }

  #request(text: string, readOnly: boolean): OutsideRequest {
    return new OutsideRequest({ text, label: this.#who }, readOnly, this.#timeoutMs)
  }

  *#leave(): Flow<void> {
    this.#users -= 1
    if (this.#users > 0) return
    const hold = this.#hold
    this.#hold = undefined
    const held = (yield hold) as Hold | undefined
    yield held?.give()
  }
}

/** A statement outside every transaction that wants a connection. */
class OutsideRequest implements WriterRequest {
  readonly kind = 'outside'
  readonly signal = undefined

  constructor(
    readonly statement: { readonly text: string; readonly label: string | undefined },
    readonly readOnly: boolean,
    readonly timeoutMs: number,
  ) {}

  /** Where nobody is known by name, the first word only: a text may hold values. */
  get who(): string {
    const { text, label } = this.statement
    if (label !== undefined) return label
    const word = /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? 'statement'
    return `a statement outside every transaction (${word})`
  }

  activity(): string {
    return briefSql(this.statement.text)
  }
}

/**
 * While another process has the file locked, a bare probe is repeated instead of the statement itself, so that log and
 * subscribers are not told of every attempt.
 */
function untilUnlocked<T>(connection: Connection, request: WriterRequest, probe: string, run: Run<T>): Prompt<T> {
  const { driver, raw } = connection
  let first = true
  return retryWhileLocked(driver, request, () => {
    if (!first) return probed()
    first = false
    return run(connection)
  })

  async function probed(): Promise<T> {
    await raw.run(probe)
    return run(connection)
  }
}

const READ_PROBE = 'PRAGMA schema_version'
const LOCK_PROBE = 'BEGIN IMMEDIATE; ROLLBACK'
