import type { QueryResultKind } from '../declaration'
import type { Page } from '../paging/page'
import type { Slice } from '../paging/slice'

/**
 * Why a method cannot answer `Answer`, a promise's type, where the result is of that kind; `never` where it can.
 *
 * Of entities a method may also promise less: an interface that the entity has, or `unknown`.
 */
export type EntityResultProblem<Kind extends QueryResultKind, E, Answer> = Kind extends keyof Entities<E>
  ? [Entities<E>[Kind]] extends [Answer]
    ? ShapeProblem<Kind, Answer, 'Entity'>
    : Needs<Kind, Answer, 'Entity'>
  : `result '${Kind}' is not for entities; use Query.sql`

/** The same for raw SQL, whose rows are whatever the text selects. */
export type RowResultProblem<Kind extends QueryResultKind, Answer> = Kind extends keyof Rows
  ? [Least[Kind]] extends [Answer]
    ? [Answer] extends [Rows[Kind]]
      ? never
      : [Unknowns[Kind]] extends [Answer]
        ? ShapeProblem<Kind, Answer, 'Row'>
        : Needs<Kind, Answer, 'Row'>
    : Needs<Kind, Answer, 'Row'>
  : `result '${Kind}' is not for sql; use 'scalar'`

type ShapeProblem<Kind extends QueryResultKind, Answer, Item extends string> = [Answer] extends [Shapes[Kind]]
  ? never
  : unknown extends Answer
    ? never
    : Needs<Kind, Answer, Item>

/** What a query answers. */
interface Entities<E> {
  readonly many: E[]
  readonly one: E | null
  readonly required: E
  readonly page: Page<E>
  readonly slice: Slice<E>
  readonly count: number
  readonly exists: boolean
  readonly affected: number
}

/** The widest type that still shows the kind. */
interface Shapes {
  readonly many: readonly unknown[]
  readonly one: object | null
  readonly required: object
  readonly page: Page<unknown>
  readonly slice: Slice<unknown>
  readonly scalar: unknown
  readonly count: number
  readonly exists: boolean
  readonly affected: number
}

/** A row, and no list of rows. */
type Row = object & { readonly [Symbol.iterator]?: never }

interface Rows {
  readonly many: readonly Row[]
  readonly one: Row | null
  readonly required: Row
  readonly page: Page<Row>
  readonly slice: Slice<Row>
  readonly scalar: unknown
  readonly affected: number
}

/** What the type of a method must have room for, whatever its rows are. */
interface Least {
  readonly many: never[]
  readonly one: null
  readonly required: never
  readonly page: never
  readonly slice: never
  readonly scalar: never
  readonly affected: number
}

/** Types that leave the rows open. */
interface Unknowns {
  readonly many: unknown[]
  readonly one: unknown
  readonly required: unknown
  readonly page: Page<unknown>
  readonly slice: Slice<unknown>
  readonly scalar: unknown
  readonly affected: number
}

/** A kind is never guessed from the type, so whoever wrote a page is told how to ask for one. */
type Needs<Kind extends QueryResultKind, Answer, Item extends string> = [Kind, Answer] extends [NoPage, Page<unknown>]
  ? `${Needed<Kind, Item>}; for a page say result: 'page'`
  : [Kind, Answer] extends [NoSlice, Slice<unknown>]
    ? `${Needed<Kind, Item>}; for a slice say result: 'slice'`
    : Needed<Kind, Item>

type NoPage = Exclude<QueryResultKind, 'page'>
type NoSlice = Exclude<QueryResultKind, 'slice'>

type Needed<
  Kind extends QueryResultKind,
  Item extends string,
> = `result '${Kind}' needs the return type Promise<${Promised<Item>[Kind]}>`

interface Promised<Item extends string> {
  readonly many: `${Item}[]`
  readonly one: `${Item} | null`
  readonly required: Item
  readonly page: `Page<${Item}>`
  readonly slice: `Slice<${Item}>`
  readonly scalar: 'Value'
  readonly count: 'number'
  readonly exists: 'boolean'
  readonly affected: 'number'
}
