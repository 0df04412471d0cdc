import type { QueryResultKind, QuerySource } from '../declaration'
import type { DerivedProblem } from './derived-problem.types'
import type { EntityOf, NoEntity } from './entity-of.types'
import type { IsHidden } from './entity-property.types'
import type { SqlProblem } from './sql-problem.types'
import type { IsUnion } from './type-tests.types'
import type { WhereProblem } from './where-problem.types'

/** A query as its decorator was written; `never` stands for what was left out. */
export interface QueryShape {
  readonly source: QuerySource['kind']
  readonly text: string
  readonly result: QueryResultKind
  readonly args: readonly string[]
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
            ? 0 extends 1 & Answer
              ? AnyResult
              : SourceProblem<Q, C, Name, Args, Answer>
            : ReturnProblem<Name, Returned>
      : NoFunction

/** What a method may return beside a promise: a stream, or a type that a promise also has and that says nothing. */
type ReturnProblem<Name extends string, Returned> = 0 extends 1 & Returned
  ? AnyResult
  : Promise<never> extends Returned
    ? never
    : Name extends `stream${string}`
      ? never
      : NoPromise

type NoFunction = 'it needs the type of a function'
type NoPromise = 'a query method returns a Promise'
type AnyResult = 'the result type is any; say what the query answers'

type SourceProblem<
  Q extends QueryShape,
  C,
  Name extends string,
  Args extends readonly unknown[],
  Answer,
> = Q['source'] extends 'sql'
  ? SqlProblem<Q['text'], ResultOr<Q['result'], 'many'>, Q['args'], Args, Answer>
  : [EntityOf<C>] extends [never]
    ? NoEntity
    : Q['source'] extends 'where'
      ? WhereProblem<Q['text'], EntityOf<C>, ResultOr<Q['result'], 'many'>, Q['args'], Args, Answer>
      : [Q['args']] extends [never]
        ? DerivedProblem<Name, EntityOf<C>, Q['result'], Args, Answer>
        : 'the arguments of a derived name go by place; take args out'

type ResultOr<Result, Usual> = [Result] extends [never] ? Usual : Result
