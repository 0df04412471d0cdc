export type Row = Readonly<Record<string, unknown>>

/**
 * One connection of a SQLite driver: the few raw operations that transactions need beside TypeORM's query runner. They
 * are neither logged nor told to subscribers.
 */
export interface RawConnection {
  /** The driver's own object, which TypeORM's runners work on. */
  readonly handle: unknown
  run(sql: string): Promise<void>
  rows(sql: string): Promise<readonly Row[]>
  /** Whether a transaction is open. Asked after failures: SQLite may have ended it by itself. */
  inTransaction(): Promise<boolean>
  close(): Promise<void>
}

/** Why SQLite answered BUSY: a lock that waiting may clear, or a snapshot that only a new transaction can. */
export type BusyKind = 'lock' | 'snapshot'

/** What differs between the npm drivers of SQLite. */
export interface SqliteDriverKind {
  connection(handle: unknown): RawConnection
  busyKind(error: unknown): BusyKind | undefined
}
