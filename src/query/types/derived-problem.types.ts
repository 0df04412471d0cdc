import type { LowerCaseStart } from './characters.types'
import type { QueryResultKind } from '../declaration'
import type { IsAmbiguous } from './derived-ambiguity.types'
import type { ConditionArguments } from './derived-conditions.types'
import type { OrderProblem } from './derived-order.types'
import type { CutName, NameParts, SubjectKind } from './derived-subject.types'
import type { IsOpen } from './entity-of.types'
import type { ValueArguments } from './paged-arguments.types'
import type { EntityResultProblem } from './result-problem.types'
import type { MayBeUndefined } from './type-tests.types'

/** Why a method's name is no query of its entity, or does not fit the method's type; `never` where all fits. */
export type DerivedProblem<
  Name extends string,
  E,
  Result extends QueryResultKind,
  Args extends readonly unknown[],
  Answer,
  Row = E,
  Parts extends NameParts = CutName<Name>,
> = [Parts] extends [never]
  ? NoName
  : PartsProblem<Parts[1], E, KindOf<SubjectKind<Parts[0]>, Result>, Args, Answer, Row>

type NoName =
  'this is no name to derive a query from; begin it with a verb and By, as in findByName, or give the query a where'

/** What the name says, or what `result` makes of it; a sentence where they disagree. */
type KindOf<Said, Result extends QueryResultKind> = [Said] extends [never]
  ? NoName
  : [Result] extends [never]
    ? Said
    : Said extends keyof Refinements
      ? [Result] extends [Said | Refinements[Said]]
        ? Result
        : `result '${Result}' does not fit the name, which says '${Said}'`
      : Result

/** What `result` may say beside what the name says. */
interface Refinements {
  readonly many: 'page' | 'slice' | 'window' | 'one' | 'required' | 'stream'
  readonly one: 'required'
  readonly required: 'one'
  readonly count: never
  readonly exists: never
  readonly affected: never
  readonly stream: never
}

type PartsProblem<
  Rest extends string,
  E,
  Kind,
  Args extends readonly unknown[],
  Answer,
  Row,
> = Kind extends QueryResultKind
  ? [EntityResultProblem<Kind, Row, Answer>] extends [never]
    ? RestProblem<Rest, E, ValueArguments<Kind, Args>>
    : EntityResultProblem<Kind, Row, Answer>
  : Kind extends string
    ? Kind
    : RestProblem<Rest, E, Args>

type RestProblem<Rest extends string, E, Values extends readonly unknown[] | string> = Values extends readonly unknown[]
  ? IsOpen<E> extends true
    ? never
    : Rest extends `${infer Predicate}OrderBy${infer Order}`
      ? Order extends LowerCaseStart | `${string}OrderBy${string}`
        ? never
        : [OrderProblem<E, Order>] extends [never]
          ? PredicateProblem<E, Predicate, Values>
          : Unless<IsAmbiguous<E, Order, 'Asc', 'Desc'>, OrderProblem<E, Order>>
      : PredicateProblem<E, Rest, Values>
  : Values

type PredicateProblem<
  E,
  Text extends string,
  Values extends readonly unknown[],
  Problem = ArgumentsProblem<ConditionArguments<E, Text>, Values>,
> = [Problem] extends [never] ? never : Unless<IsAmbiguous<E, Text, 'And', 'Or'>, Problem>

type Unless<Doubtful, Problem> = Doubtful extends true ? never : Problem

/** Where a name may be read in several ways, it is enough that the arguments fit one of them. */
type ArgumentsProblem<Taken, Values extends readonly unknown[]> = [Values] extends [Taken]
  ? never
  : Taken extends readonly unknown[]
    ? number extends Values['length']
      ? never
      : Mismatch<Taken, Values>
    : Taken extends string
      ? Taken
      : never

type Mismatch<Taken extends readonly unknown[], Values extends readonly unknown[]> = [Values['length']] extends [
  Taken['length'],
]
  ? WrongType<Taken, Values>
  : Taken['length'] extends Values['length']
    ? 'an argument may be missing; take the question mark away'
    : `takes ${Taken['length'] & number} argument(s), the method declares ${Values['length'] & number}`

type WrongType<Taken extends readonly unknown[], Values extends readonly unknown[]> = {
  [At in keyof Taken]: At extends keyof Values
    ? [Values[At]] extends [Taken[At]]
      ? never
      : MayBeUndefined<Values[At]> extends true
        ? `argument ${Ordinal<At>} may be undefined; give it a value or null`
        : `argument ${Ordinal<At>} has the wrong type for its property`
    : never
}[number]

/** Places are counted from 1; the tenth and later ones say what the compiler calls them. */
type Ordinal<At> = At extends keyof Ordinals ? Ordinals[At] : At & string

type Ordinals = readonly ['1', '2', '3', '4', '5', '6', '7', '8', '9']
