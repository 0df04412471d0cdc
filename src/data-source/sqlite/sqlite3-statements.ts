import { onlyCounts } from '../../core/only-counts'

type Done = (this: unknown, error: Error | null, rows?: Readonly<Record<string, unknown>>[]) => void

/** The part of sqlite3's Database that we use. */
export interface Sqlite3Database {
  serialize(): void
  exec(sql: string, done: (error: Error | null) => void): unknown
  run(sql: string, values: unknown[], done: Done): unknown
  all(sql: string, values: unknown[], done: Done): unknown
  prepare(sql: string, done: (error: Error | null) => void): Sqlite3Statement
  close(done: (error: Error | null) => void): unknown
}

/** What a write answers. */
export interface Changed {
  readonly changes: number
  readonly lastID: number
}

/** The part of its prepared statements that we use. Each waits for its own last use by itself. */
export interface Sqlite3Statement {
  run(values: unknown[], done: (this: Changed, error: Error | null) => void): unknown
  all(values: unknown[], done: (error: Error | null, rows?: Readonly<Record<string, unknown>>[]) => void): unknown
  finalize(): void
}

/**
 * What TypeORM's runner is given in place of sqlite3's Database. It chooses between `run` (counts rows, drops those of
 * RETURNING) and `all` (the opposite) by the first word in upper case; here the statement itself decides. Both call back
 * with what TypeORM then reads.
 */
export class Sqlite3Statements {
  readonly #database: Sqlite3Database

  constructor(database: Sqlite3Database) {
    this.#database = database
  }

  run(sql: string, values: unknown[] | undefined, done: Done): void {
    this.#send(sql, values, done)
  }

  all(sql: string, values: unknown[] | undefined, done: Done): void {
    this.#send(sql, values, done)
  }

  #send(sql: string, values: unknown[] = [], done: Done): void {
    const bound = values.map(bindable)
    if (onlyCounts(sql)) this.#database.run(sql, bound, done)
    else this.#database.all(sql, bound, done)
  }
}

/** sqlite3 would store NULL for a bigint; as text it becomes the exact integer in a column of integers. */
export function bindable(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}
