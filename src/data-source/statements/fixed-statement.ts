/** What a driver's own parser makes of the text of one cell. */
export type CellParser = (text: string) => unknown

/** Makes what a caller wants of one row; `cells` are in the order of the statement's columns, and are not kept. */
export type RowReader<R> = (cells: readonly unknown[]) => R

/**
 * A statement whose text never changes: databases prepare it once per connection, and what reads its rows is made once.
 *
 * Whoever makes one answers for its being a single statement that takes no part in transaction control, and for values in
 * the form that TypeORM would bind.
 */
export interface FixedStatement<R> {
  /** With the driver's own placeholders: `$1`, `$2`, … or `?`. */
  readonly text: string
  readonly effect: 'read' | 'write'
  /** The names of the columns it answers, each once; none for a statement without rows. */
  readonly columns: readonly string[]
  /**
   * Compiled from a query tree: it takes no locks of its own and calls nothing that a user declared. Such statements may
   * share a round trip with others of their kind that run at the same time.
   */
  readonly shares?: boolean
  /**
   * Makes the reader of its rows. With `parsers`, a cell is null or the server's own text, and its parser makes the
   * driver's value of it; without, cells are the driver's values already.
   */
  reader(parsers?: readonly CellParser[]): RowReader<R>
}

/** What a fixed statement answered. */
export interface StatementAnswer<R> {
  readonly rows: R[]
  /** Rows written, or read where the database counts those. */
  readonly affected: number
  /** SQLite: the row id that an INSERT gave last; `undefined` elsewhere. */
  readonly lastInsertId: number | bigint | undefined
}
