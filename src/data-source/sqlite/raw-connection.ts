import type { StockRunnerClass } from '../stock-runner'

export type Row = Readonly<Record<string, unknown>>

/**
 * One connection of a SQLite driver: the few raw operations that transactions need beside TypeORM's query runner. They
 * are neither logged nor told to subscribers.
 */
export interface RawConnection {
  /** The driver's own object. */
  readonly handle: unknown
  /** What TypeORM's runners are given to work on: the driver's own object, or one that corrects it. */
  readonly statements: unknown
  run(sql: string): Promise<void>
  rows(sql: string): Promise<readonly Row[]>
  /** Whether a transaction is open. Asked after failures: SQLite may have ended it by itself. */
  inTransaction(): Promise<boolean>
  close(): Promise<void>
}

/** Why SQLite answered BUSY: a lock that waiting may clear, or a snapshot that only a new transaction can. */
export type BusyKind = 'lock' | 'snapshot'

/** TypeORM's options of a SQLite data source, of whichever driver. */
export type SqliteOptions = Readonly<Record<string, unknown>>

/** What differs between the npm drivers of SQLite. */
export interface SqliteDriverKind {
  connection(handle: unknown): RawConnection
  busyKind(error: unknown): BusyKind | undefined
  /** TypeORM's runner class for the driver, corrected where it must be. */
  runnerClass(Stock: StockRunnerClass): StockRunnerClass
  /** TypeORM's options that would do nothing with this driver, or do harm; each with the way out. */
  readonly refusedOptions: Readonly<Record<string, string>>
  /** Whether the file is opened so that nothing can be written. */
  opensReadOnly(options: SqliteOptions): boolean
  /** How long the driver's connections wait for a lock where Ambit does not wait for them, in milliseconds. */
  busyTimeoutOf(options: SqliteOptions): number
}
