import { withOneStatement } from './one-statement'
import type { RawConnection, Row, SqliteDriverKind } from './raw-connection'
import { busyKind } from './sqlite-codes'
import { type Sqlite3Database, Sqlite3Statements } from './sqlite3-statements'

/** sqlite3 (node-sqlite3), of TypeORM 0.3: asynchronous, on the threads of libuv. */
export const sqlite3: SqliteDriverKind = {
  connection: handle => new Sqlite3Connection(handle as Sqlite3Database),
  // A stale snapshot, which it does not tell from a lock, cannot be met: what may write begins IMMEDIATE.
  busyKind,
  runnerClass: withOneStatement,
  refusedOptions: {
    busyErrorRetry: 'Take it out: it would retry for ever. waitTimeoutMs bounds every wait.',
    prepareDatabase: 'Take it out, or use better-sqlite3: TypeORM never calls it with sqlite3.',
    readonly: "Write 'flags', or use better-sqlite3.",
    fileMustExist: "Write 'flags', or use better-sqlite3.",
    timeout: "Write 'busyTimeout'.",
    statementCacheSize: 'Take it out: TypeORM keeps no statements with sqlite3.',
  },
  opensReadOnly: ({ flags }) => typeof flags === 'number' && (flags & OPEN_READONLY) !== 0,
  busyTimeoutOf: ({ busyTimeout }) => (typeof busyTimeout === 'number' ? busyTimeout : BUILT_IN_TIMEOUT_MS),
}

class Sqlite3Connection implements RawConnection {
  readonly statements: Sqlite3Statements

  constructor(readonly handle: Sqlite3Database) {
    // By itself it starts statements in any order.
    handle.serialize()
    this.statements = new Sqlite3Statements(handle)
  }

  run(sql: string): Promise<void> {
    return this.#exec(sql)
  }

  rows(sql: string): Promise<readonly Row[]> {
    return promised(done => this.handle.all(sql, [], done))
  }

  /** The driver does not say; SQLite refuses to begin where a transaction is open. */
  async inTransaction(): Promise<boolean> {
    try {
      await this.#exec(PROBE)
    } catch (error) {
      if (String(error).includes(NESTED)) return true
      throw error
    }
    await this.#exec(UNDO_PROBE)
    return false
  }

  close(): Promise<void> {
    return promised(done => this.handle.close(done))
  }

  #exec(sql: string): Promise<void> {
    return promised(done => this.handle.exec(sql, done))
  }
}

function promised<T = void>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)))
  })
}

/** Spelt as nobody else does, so that a log can tell them from the commands of a transaction. */
const PROBE = 'BEGIN DEFERRED TRANSACTION'
const UNDO_PROBE = 'ROLLBACK TRANSACTION'
const NESTED = 'cannot start a transaction within a transaction'

/** SQLITE_OPEN_READONLY */
const OPEN_READONLY = 1
const BUILT_IN_TIMEOUT_MS = 1_000
