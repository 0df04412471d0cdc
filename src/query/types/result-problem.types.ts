import type { QueryResultKind } from '../declaration'
import type { RowStream } from '../execute/row-stream'
import type { Page } from '../paging/page'
import type { Slice } from '../paging/slice'
import type { Window } from '../paging/window'
import type { OwnRow } from './entity-of.types'

/** Stands for the answer of a method that promises nothing: it returns an iterable of that type. */
export interface StreamAnswer<Returned> {
  readonly '~returned': Returned
}

/**
 * Why a method cannot answer `Answer`, a promise's type or a stream, where the result is of that kind; `never` where it can.
 *
 * Of entities a method may also promise less: an interface that the entity has, or `unknown`.
 */
export type EntityResultProblem<Kind extends QueryResultKind, E, Answer> = Kind extends keyof Entities<E>
  ? [E] extends [OwnRow<infer Own, infer Named>]
    ? OwnResultProblem<Kind, Own, Named, Answer>
    : [Entities<E>[Kind]] extends [Answer]
      ? ShapeProblem<Kind, Answer, 'Entity'>
      : Needs<Kind, Answer, 'Entity'>
  : `result '${Kind}' is not for entities; use Query.sql`

/** Of a type parameter the compiler knows only that it is itself; whether it is `any`, it cannot say. */
type OwnResultProblem<Kind extends keyof Entities<unknown>, Own, Named, Answer> =
  Is<Answer, Entities<Own>[Kind]> extends true
    ? never
    : 0 extends 1 & Answer
      ? AnyResult
      : Entities<Own & Named>[Kind][] extends Answer[]
        ? never
        : Needs<Kind, Answer, 'Entity'>

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the compiler compares such functions by identity
type Is<A, B> = (<T>() => T extends A ? 1 : 0) extends <T>() => T extends B ? 1 : 0 ? true : false

export type AnyResult = 'the result type is any; say what the query answers'

/** The same for raw SQL, whose rows are whatever the text selects. */
export type RowResultProblem<Kind extends QueryResultKind, Answer> = Kind extends keyof Rows
  ? [Least[Kind]] extends [Answer]
    ? [Answer] extends [Rows[Kind]]
      ? never
      : [Unknowns[Kind]] extends [Answer]
        ? ShapeProblem<Kind, Answer, 'Row'>
        : Needs<Kind, Answer, 'Row'>
    : Needs<Kind, Answer, 'Row'>
  : Kind extends 'window'
    ? "result 'window' is not for sql, whose keys nobody knows; use 'slice'"
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
  readonly window: Window<E>
  readonly count: number
  readonly exists: boolean
  readonly affected: number
  readonly stream: StreamAnswer<RowStream<E>>
}

/** The widest type that still shows the kind. */
interface Shapes {
  readonly many: readonly unknown[]
  readonly one: object | null
  readonly required: object
  readonly page: Page<unknown>
  readonly slice: Slice<unknown>
  readonly window: Window<unknown>
  readonly scalar: unknown
  readonly count: number
  readonly exists: boolean
  readonly affected: number
  readonly stream: StreamAnswer<AsyncIterable<unknown>>
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
  readonly stream: StreamAnswer<AsyncIterable<Row>>
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
  readonly stream: StreamAnswer<RowStream<never>>
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
  readonly stream: StreamAnswer<RowStream<unknown>>
}

/** A kind is never guessed from the type, so whoever wrote a page, or a stream, is told how to ask for one. */
type Needs<Kind extends QueryResultKind, Answer, Item extends string> = [Kind, Answer] extends [NoPage, Page<unknown>]
  ? `${Needed<Kind, Item>}; for a page say result: 'page'`
  : [Kind, Answer] extends [NoSlice, Slice<unknown>]
    ? `${Needed<Kind, Item>}; for a slice say result: 'slice'`
    : [Kind, Answer] extends [NoWindow, Window<unknown>]
      ? `${Needed<Kind, Item>}; for a window say result: 'window'`
      : [Kind, Answer] extends [NoStream, StreamAnswer<unknown>]
        ? `${Needed<Kind, Item>}; for a stream say result: 'stream'`
        : Needed<Kind, Item>

type NoStream = Exclude<QueryResultKind, 'stream'>
type NoPage = Exclude<QueryResultKind, 'page'>
type NoSlice = Exclude<QueryResultKind, 'slice'>
type NoWindow = Exclude<QueryResultKind, 'window'>

type Needed<Kind extends QueryResultKind, Item extends string> = Kind extends keyof Promised<Item>
  ? `result '${Kind}' needs the return type Promise<${Promised<Item>[Kind]}>`
  : `result '${Kind}' needs the return type AsyncIterable<${Item}>`

interface Promised<Item extends string> {
  readonly many: `${Item}[]`
  readonly one: `${Item} | null`
  readonly required: Item
  readonly page: `Page<${Item}>`
  readonly slice: `Slice<${Item}>`
  readonly window: `Window<${Item}>`
  readonly scalar: 'Value'
  readonly count: 'number'
  readonly exists: 'boolean'
  readonly affected: 'number'
}
