import { withPragmaStatements } from './pragma-statements'
import type { RawConnection, Row, SqliteDriverKind } from './raw-connection'
import { busyKind } from './sqlite-codes'

/** better-sqlite3: synchronous, each statement within one tick. */
export const betterSqlite3: SqliteDriverKind = {
  connection: handle => new BetterSqlite3Connection(handle as Database),
  busyKind,
  runnerClass: withPragmaStatements,
  refusedOptions: {
    busyTimeout: "Write 'timeout'.",
    busyErrorRetry: 'Take it out: waitTimeoutMs bounds every wait.',
    flags: "Write 'readonly' or 'fileMustExist'.",
  },
  opensReadOnly: ({ readonly }) => readonly === true,
  busyTimeoutOf: ({ timeout }) => (typeof timeout === 'number' ? timeout : TYPEORM_TIMEOUT_MS),
}

/** The part of better-sqlite3's Database that we use. */
interface Database {
  readonly inTransaction: boolean
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): unknown
}

interface Statement {
  all(): Row[]
  run(): unknown
}

class BetterSqlite3Connection implements RawConnection {
  readonly #prepared = new Map<string, Statement>()

  constructor(readonly handle: Database) {}

  get statements(): Database {
    return this.handle
  }

  async run(sql: string): Promise<void> {
    if (EVERY_TRANSACTION.has(sql)) this.#statement(sql).run()
    else this.handle.exec(sql)
  }

  async rows(sql: string): Promise<readonly Row[]> {
    return this.handle.prepare(sql).all()
  }

  async inTransaction(): Promise<boolean> {
    return this.handle.inTransaction
  }

  async close(): Promise<void> {
    this.handle.close()
  }

  #statement(sql: string): Statement {
    const known = this.#prepared.get(sql)
    if (known) return known
    const statement = this.handle.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}

const TYPEORM_TIMEOUT_MS = 5_000

/** What is sent so often that it is worth preparing. */
const EVERY_TRANSACTION: ReadonlySet<string> = new Set(['BEGIN', 'BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'])
