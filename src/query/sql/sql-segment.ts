/** Text that goes to the database. */
export interface SqlText {
  readonly kind: 'text'
  /** As written. */
  readonly raw: string
  /** As sent: `\:` has become `:`. */
  readonly sql: string
}

/** A named parameter. */
export interface SqlParameter {
  readonly kind: 'parameter'
  /** As written, with its colon. */
  readonly raw: string
  readonly name: string
  /** Where it begins in the whole text. */
  readonly index: number
}

/** A part of a raw SQL text; the `raw` of all parts, joined, is the text. */
export type SqlSegment = SqlText | SqlParameter
