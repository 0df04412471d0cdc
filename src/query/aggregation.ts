import type { Sort } from './paging/sort'
import type { Projected } from './projection/projected.types'
import type { Aggregate } from './builder/aggregates'
import type { Specification } from './builder/specification'

/** Properties to group by: by their own names, or paths by the names they get. */
export type Groups = readonly string[] | Readonly<Record<string, string>>

/** What is computed, by the names the values get. */
export type AggregateValues = Readonly<Record<string, Aggregate<unknown>>>

/** What to compute over the rows of an entity. */
export interface Aggregation<E, G extends Groups = Groups, V extends AggregateValues = AggregateValues> {
  readonly values: V
  /** Without it all rows are one group, and there is one row. */
  readonly groupBy?: G | undefined
  /** Which rows count. */
  readonly where?: Specification<E> | undefined
  /** Which groups come: an expression over the names of values and groups, as in `'n > 1 and total >= 100'`. */
  readonly having?: string | Specification<unknown> | undefined
  /** By names of values and groups. */
  readonly sort?: Sort | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** A row of an aggregation. */
export type AggregateRow<E, G extends Groups, V extends AggregateValues> = Projected<E, G> & {
  readonly [Name in keyof V]: V[Name] extends Aggregate<infer T> ? T : never
}
