import type { QueryResultKind, QuerySource } from '../declaration'
import type { RowStream } from '../execute/row-stream'
import type { Projected } from '../projection/projected.types'
import type { Select } from '../projection/projection'
import type { DerivedProblem } from './derived-problem.types'
import type { EntityOf, NoEntity, RowOf } from './entity-of.types'
import type { IsHidden } from './entity-property.types'
import type { AnyResult, StreamAnswer } from './result-problem.types'
import type { SqlProblem } from './sql-problem.types'
import type { IsUnion } from './type-tests.types'
import type { WhereProblem } from './where-problem.types'

/** A query as its decorator was written; `never` stands for what was left out. */
export interface QueryShape {
  readonly source: QuerySource['kind']
  readonly text: string
  readonly result: QueryResultKind
  readonly args: readonly string[]
  /** What `Query.of` names. */
  readonly entity: unknown
  readonly select: Select
}

/** What is wrong with a query on a member of a class, as a sentence; `never` where nothing is, or nobody can tell. */
export type QueryProblem<Q extends QueryShape, C, Member extends string | symbol> =
  IsChoice<Q['result']> extends true
    ? never
    : Member extends string
      ? Member extends keyof C
        ? MethodProblem<Q, C, Member, C[Member]>
        : HiddenProblem<Q, IsHidden<C, Member>>
      : never

/** The type of a private or protected member is out of reach. */
type HiddenProblem<Q extends QueryShape, Hidden> = [Q['source'], Hidden] extends ['where' | 'derived', true]
  ? 'a query method is public; use Query.unchecked for a private one'
  : never

/** Options that were typed as such, and passed on, may hold any result. */
type IsChoice<Result> = [Result] extends [never] ? false : IsUnion<Result>

type MethodProblem<Q extends QueryShape, C, Name extends string, Method> = 0 extends 1 & Method
  ? 'its type is any; give it the type of a function'
  : [Method] extends [never]
    ? NoFunction
    : Method extends (...args: infer Args extends readonly unknown[]) => infer Returned
      ? 0 extends 1 & Args[number]
        ? 'an argument is any; give it a type'
        : [Returned] extends [never]
          ? NoPromise
          : Returned extends Promise<infer Answer>
            ? IsAny<Answer, Q, C> extends true
              ? AnyResult
              : SourceProblem<Q, C, Name, Args, Answer>
            : ReturnProblem<Q, C, Name, Args, Returned>
      : NoFunction

/** Where the class may be generic over its entity, it is asked of the result in its place. */
type IsAny<T, Q extends QueryShape, C> = [Q['entity']] extends [never]
  ? Any<T>
  : '~entity' extends keyof C
    ? false
    : Any<T>

type Any<T> = 0 extends 1 & T ? true : false

/** What a method may return beside a promise: a stream, or a type that they also have and that says nothing. */
type ReturnProblem<
  Q extends QueryShape,
  C,
  Name extends string,
  Args extends readonly unknown[],
  Returned,
> = 0 extends 1 & Returned
  ? AnyResult
  : [Returned] extends [AsyncIterable<infer Row>]
    ? IsAny<Row, Q, C> extends true
      ? AnyResult
      : SourceProblem<Q, C, Name, Args, StreamAnswer<Returned>>
    : Promise<never> extends Returned
      ? never
      : RowStream<never> extends Returned
        ? never
        : NeitherProblem<Q['result'], Name>

type NeitherProblem<Result, Name extends string> = [Result] extends [never]
  ? Name extends `stream${string}`
    ? NoStream
    : NoPromise
  : Result extends 'stream'
    ? NoStream
    : NoPromise

type NoFunction = 'it needs the type of a function'
type NoPromise = 'a query method returns a Promise'
type NoStream = 'a query that streams returns an AsyncIterable'

type SourceProblem<
  Q extends QueryShape,
  C,
  Name extends string,
  Args extends readonly unknown[],
  Answer,
> = Q['source'] extends 'sql'
  ? SqlProblem<Q['text'], ResultOr<Q['result'], 'many'>, Q['args'], Args, Answer>
  : [Q['entity']] extends [never]
    ? [EntityOf<C>] extends [never]
      ? NoEntity
      : PropertiesProblem<Q, EntityOf<C>, Selection<EntityOf<C>, Q['select']>, Name, Args, Answer>
    : PropertiesProblem<Q, Q['entity'], RowOfNamed<Q, C>, Name, Args, Answer>

/** What is selected has the types of the class that was named. */
type RowOfNamed<Q extends QueryShape, C> = [Q['select']] extends [never]
  ? RowOf<C, Q['entity']>
  : Selection<Q['entity'], Q['select']>

/** Either may be declared of what may be a key or an object. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- it suits both
type Selection<E, Selected> = Projected<E, Selected, any>

/** Of a query over properties of `E`, whose rows are `Row`. */
type PropertiesProblem<
  Q extends QueryShape,
  E,
  Row,
  Name extends string,
  Args extends readonly unknown[],
  Answer,
> = Q['source'] extends 'where'
  ? WhereProblem<Q['text'], E, ResultOr<Q['result'], 'many'>, Q['args'], Args, Answer, Row>
  : [Q['args']] extends [never]
    ? DerivedProblem<Name, E, Q['result'], Args, Answer, Row>
    : 'the arguments of a derived name go by place; take args out'

type ResultOr<Result, Usual> = [Result] extends [never] ? Usual : Result
