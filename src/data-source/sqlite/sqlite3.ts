import { onlyCounts } from '../../core/only-counts'
import type { FixedStatement } from '../statements/fixed-statement'
import { withOneStatement } from './one-statement'
import { type Prepared, PreparedStatements, type ReadRow } from './prepared-statements'
import { nothingFound, type RawAnswer, type RawConnection, type Row, type SqliteDriverKind } from './raw-connection'
import { busyKind } from './sqlite-codes'
import {
  bindable,
  type Changed,
  type Sqlite3Database,
  type Sqlite3Statement,
  Sqlite3Statements,
} from './sqlite3-statements'

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
  readonly #fixed = new PreparedStatements<Sqlite3Statement>(statement => statement.finalize())

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

  bound(values: readonly unknown[]): readonly unknown[] {
    return values
  }

  async send<R>(fixed: FixedStatement<R>, values: readonly unknown[]): Promise<RawAnswer<R>> {
    const prepared = this.#fixed.get(fixed.text) ?? (await this.#prepare(fixed.text))
    const { statement } = prepared
    const bound = values.map(bindable)
    try {
      if (onlyCounts(fixed.text)) {
        const { changes, lastID } = await changed(statement, bound)
        return nothingFound(changes, lastID)
      }
      const found = (await promised<Row[] | undefined>(done => statement.all(bound, done))) ?? []
      const read = prepared.reader(fixed, () => rowReader(fixed))
      return { found, affected: found.length, lastInsertId: undefined, read }
    } catch (error) {
      // It does not reset what has failed: SQLite would take it for a statement under way, and commit nothing beside it.
      this.#fixed.remove(fixed.text)
      throw error
    }
  }

  async compile(sql: string): Promise<undefined> {
    const statement = await this.#compiled(sql)
    statement.finalize()
  }

  /** Statements that live on would keep the database from closing. */
  async forget(): Promise<void> {
    this.#fixed.clear()
  }

  async close(): Promise<void> {
    await this.forget()
    await promised(done => this.handle.close(done))
  }

  async #prepare(text: string): Promise<Prepared<Sqlite3Statement>> {
    const statement = await this.#compiled(text)
    // Somebody else on a shared connection may have prepared it meanwhile.
    const known = this.#fixed.get(text)
    if (known === undefined) return this.#fixed.add(text, statement)
    statement.finalize()
    return known
  }

  async #compiled(text: string): Promise<Sqlite3Statement> {
    let statement: Sqlite3Statement | undefined
    await promised(done => {
      statement = this.handle.prepare(text, done)
    })
    if (statement === undefined) throw new TypeError('sqlite3 has prepared nothing')
    return statement
  }

  #exec(sql: string): Promise<void> {
    return promised(done => this.handle.exec(sql, done))
  }
}

function rowReader<R>(fixed: FixedStatement<R>): ReadRow<R> {
  const { columns } = fixed
  const read = fixed.reader()
  return row => read(columns.map(name => (row as Row)[name]))
}

function changed(statement: Sqlite3Statement, values: unknown[]): Promise<Changed> {
  return new Promise((resolve, reject) => {
    statement.run(values, function (error) {
      if (error) reject(error)
      else resolve({ changes: this.changes, lastID: this.lastID })
    })
  })
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
