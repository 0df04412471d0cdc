import type { QueryResultKind } from '../declaration'
import type { BareText } from './bare-text.types'
import type { NamedArguments } from './named-arguments.types'
import type { ValueArguments } from './paged-arguments.types'
import type { SqlParameters } from './parameter-names.types'
import type { RowResultProblem } from './result-problem.types'

/** Why raw SQL does not fit the type of its method; `never` where it does. */
export type SqlProblem<
  Text extends string,
  Kind extends QueryResultKind,
  Order extends readonly string[],
  Args extends readonly unknown[],
  Answer,
> = [RowResultProblem<Kind, Answer>] extends [never]
  ? ValuesProblem<BareText<Text>, Order, ValueArguments<Kind, Args>>
  : RowResultProblem<Kind, Answer>

type ValuesProblem<
  Text extends string,
  Order extends readonly string[],
  Values extends readonly unknown[] | string,
> = Values extends readonly unknown[]
  ? string extends Text
    ? never
    : Sentence<NamedArguments<SqlParameters<Text>, Order, Values>>
  : Values

type Sentence<Given> = Given extends string ? Given : never
