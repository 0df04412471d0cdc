import type { SqliteDriverKind } from '../../../src/data-source/sqlite/raw-connection'
import type { StatementLog } from '../statement-log'

/** A SQLite library of npm, as tests use it: to look at a file from outside, and to see what is sent. */
export interface SqliteLibrary {
  /** TypeORM's name of the driver. */
  readonly type: 'better-sqlite3' | 'sqlite'
  readonly kind: SqliteDriverKind
  /** A connection of its own, which waits for no lock. */
  connect(file: string): Promise<SqliteConnection>
  /** The options of a data source with which the log is told of everything that is sent. */
  watch(log: StatementLog): Record<string, unknown>
}

export interface SqliteConnection {
  /** The driver's own object. */
  readonly handle: unknown
  /** The rows of one statement. */
  query<Row = Record<string, unknown>>(sql: string): Promise<Row[]>
  /** Runs the statements of a text. */
  exec(sql: string): Promise<void>
  close(): Promise<void>
}
