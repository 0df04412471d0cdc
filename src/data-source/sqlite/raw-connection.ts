import type { FixedStatement } from '../statements/fixed-statement'
import type { StockRunnerClass } from '../stock-runner'
import type { Prompt } from '../../core/prompt'

export type Row = Readonly<Record<string, unknown>>

/** What a driver answered to a fixed statement, before anybody has read its rows. */
export interface RawAnswer<R> {
  readonly found: readonly unknown[]
  readonly affected: number
  /** The row id that an INSERT gave last. */
  readonly lastInsertId: number | bigint | undefined
  /** Makes what the caller wants of one of `found`. */
  readonly read: (row: unknown) => R
}

/**
 * One connection of a SQLite driver: the few raw operations that transactions need beside TypeORM's query runner. They
 * are neither logged nor told to subscribers.
 */
export interface RawConnection {
  /** The driver's own object. */
  readonly handle: unknown
  /** What TypeORM's runners are given to work on: the driver's own object, or one that corrects it. */
  readonly statements: unknown
  run(sql: string): Prompt<void>
  rows(sql: string): Prompt<readonly Row[]>
  /** Whether a transaction is open. Asked after failures: SQLite may have ended it by itself. */
  inTransaction(): Prompt<boolean>
  /** The values as TypeORM's runner for the driver would log and bind them. */
  bound(values: readonly unknown[]): readonly unknown[]
  /** Sends a fixed statement, prepared with its first use. */
  send<R>(statement: FixedStatement<R>, values: readonly unknown[]): Prompt<RawAnswer<R>>
  /**
   * The rows of a fixed statement as they are asked for, where the driver can do that; nothing else may be sent on the
   * connection until the iterator has come to its end, or was told to.
   */
  iterate?<R>(statement: FixedStatement<R>, values: readonly unknown[]): IterableIterator<R>
  /**
   * Prepares a statement and lets it go, without running it: the names of the columns that it answers; `undefined` where the
   * driver does not tell them.
   */
  compile(sql: string): Prompt<readonly string[] | undefined>
  /** Lets go of what it has prepared: some drivers close nothing before. */
  forget(): Promise<void>
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

/** The answer of a statement without rows. */
export function nothingFound(affected: number, lastInsertId: number | bigint): RawAnswer<never> {
  return { found: [], affected, lastInsertId, read: notRead }
}

function notRead(): never {
  throw new TypeError('there is no row to read')
}
