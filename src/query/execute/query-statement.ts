/** A statement that a query sends, as it can be known without a call. */
export interface QueryStatement {
  /** With the driver's own placeholders. */
  readonly text: string
  /** The part of it, where a query has several: `'its total'`. */
  readonly part?: string
  /** Whether rows are read of its answer: then it must have columns. */
  readonly answersRows: boolean
}
