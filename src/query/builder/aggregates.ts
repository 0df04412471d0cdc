/** What is computed over the rows of a group. */
export type AggregateFunction = 'count' | 'countDistinct' | 'sum' | 'avg' | 'min' | 'max'

/** A value of an aggregation. */
export interface Aggregate<T> {
  readonly fn: AggregateFunction
  /** `undefined`: the rows themselves are counted. */
  readonly path: string | undefined
  /** What it answers, for the compiler; there is no such property at run time. */
  readonly '~value'?: T
}

/** An exact sum: of whole numbers a number, or a `bigint` where that would not be exact; of decimals their digits. */
export type ExactSum = number | bigint | string

/**
 * The values of an aggregation. All but `count()` skip missing values; over no value they are null.
 *
 * @example
 * const { count, sum } = aggregates
 * await orders.aggregate({ groupBy: ['state'], values: { n: count(), total: sum('total') }, having: 'n > 1' })
 * // SELECT "state", COUNT(*), SUM("total") FROM "orders" GROUP BY "state" HAVING COUNT(*) > $1
 */
export const aggregates = Object.freeze({
  /** How many rows; with a property, how many that have a value. */
  count: (path?: string): Aggregate<number> => made('count', path),
  /** How many different values. */
  countDistinct: (path: string): Aggregate<number> => made('countDistinct', path),
  /** Exact for whole numbers and, on PostgreSQL, for decimals. */
  sum: (path: string): Aggregate<ExactSum | null> => made('sum', path),
  /** A number on every database, as exact as those are. */
  avg: (path: string): Aggregate<number | null> => made('avg', path),
  /** The least value, as the property holds it. */
  min: <T = unknown>(path: string): Aggregate<T | null> => made('min', path),
  /** The greatest value, as the property holds it. */
  max: <T = unknown>(path: string): Aggregate<T | null> => made('max', path),
})

function made<T>(fn: AggregateFunction, path: string | undefined): Aggregate<T> {
  return Object.freeze({ fn, path })
}
