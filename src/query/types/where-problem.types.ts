import type { QueryResultKind } from '../declaration'
import type { BareText } from './bare-text.types'
import type { ComparedPaths } from './compared-paths.types'
import type { IsOpen } from './entity-of.types'
import type { Below, Comparable, IsHidden, PropertyAt } from './entity-property.types'
import type { NamedArguments } from './named-arguments.types'
import type { ValueArguments } from './paged-arguments.types'
import type { NoNamePart } from './parameter-names.types'
import type { EntityResultProblem } from './result-problem.types'
import type { IsUnion } from './type-tests.types'
import type { Use, UsesIn } from './where-uses.types'

/** Why a where expression does not fit its entity, or the type of its method; `never` where all fits. */
export type WhereProblem<
  Text extends string,
  E,
  Kind extends QueryResultKind,
  Order extends readonly string[],
  Args extends readonly unknown[],
  Answer,
  Row = E,
> = Kind extends 'affected'
  ? "result 'affected' is not for a where expression; use a name such as deleteByAge, or Query.sql"
  : [EntityResultProblem<Kind, Row, Answer>] extends [never]
    ? ValuesProblem<OneLine<BareText<Text>>, E, Order, ValueArguments<Kind, Args>>
    : EntityResultProblem<Kind, Row, Answer>

type ValuesProblem<
  Text extends string,
  E,
  Order extends readonly string[],
  Values extends readonly unknown[] | string,
> = Values extends readonly unknown[]
  ? string extends Text
    ? never
    : Lowercase<Text> extends Quantified
      ? NamesProblem<UsesIn<Text>[0], Order, Values>
      : [PathProblem<ComparedPaths<Text>, E>] extends [never]
        ? UsesProblem<UsesIn<Text>, E, Order, Values>
        : PathProblem<ComparedPaths<Text>, E>
  : Values

/** Paths in the parentheses of a collection begin at its elements: of such a text only the parameters are checked. */
type Quantified = `${string}${Edge | '`'}${'any' | 'none'}${Edge | '('}${string}`
type Edge = ' ' | '\u00a0'

/** A single object may be meant as the value itself. */
type NamesProblem<Names extends string, Order extends readonly string[], Args extends readonly unknown[]> = [
  Args,
  IsUnion<Names>,
] extends [readonly [unknown], false]
  ? never
  : Sentence<NamedArguments<Names, Order, Args>>

type Sentence<Given> = Given extends string ? Given : never

/** A typing error in a property is told before all that follows from it. */
type PathProblem<Path extends string, E> = Path extends string
  ? [PropertyAt<E, Path>] extends [never]
    ? UnknownPath<Path, E>
    : never
  : never

type UsesProblem<Uses extends Use, E, Order extends readonly string[], Args extends readonly unknown[]> = GivenProblem<
  NamedArguments<Uses[0], Order, Args>,
  Uses,
  E,
  Args
>

type GivenProblem<Given, Uses extends Use, E, Args extends readonly unknown[]> = [Given] extends [string]
  ? IsOwnValue<Uses, E, Args> extends true
    ? never
    : Given
  : IsOpen<E> extends true
    ? never
    : UseProblem<Given, Uses, E>

/** A single object that is compared with an object, a related entity say, is no params object, whatever its keys are. */
type IsOwnValue<Uses extends Use, E, Args extends readonly unknown[]> = Args extends readonly [unknown]
  ? IsUnion<Uses[0]> extends false
    ? unknown extends Comparable<PropertyAt<E, Uses[1]>>
      ? true
      : false
    : false
  : false

type UseProblem<Given, Uses extends Use, E> = Uses extends Use
  ? [PropertyAt<E, Uses[1]>] extends [never]
    ? UnknownPath<Uses[1], E>
    : TypeProblem<Uses, Comparable<PropertyAt<E, Uses[1]>>, Uses[0] extends keyof Given ? Given[Uses[0]] : unknown>
  : never

type TypeProblem<U extends Use, T, Given> = unknown extends Given
  ? never
  : [Given] extends [Shaped<T>[U[2]]]
    ? never
    : Misfits<U>[U[2]]

/** What an operator takes, where its property may be compared with T. */
interface Shaped<T> {
  readonly value: T
  readonly list: readonly T[] | null
  readonly member: T | readonly T[]
  /** A collection contains its elements, or their keys. */
  readonly pattern: unknown extends T ? unknown : string | null
}

interface Misfits<U extends Use> {
  readonly value: `':${U[0]}' has another type than its property '${U[1]}'`
  readonly member: `':${U[0]}' has another type than its property '${U[1]}'`
  readonly list: `':${U[0]}' must be a list of what its property '${U[1]}' holds`
  readonly pattern: `':${U[0]}' is a pattern for '${U[1]}', so it must be a string`
}

/** Whatever is no plain path was not meant for this small a reader; and a hidden property is a property. */
type UnknownPath<Path extends string, E> = Path extends '' | `${string}${Exclude<NoNamePart, '.'>}${string}`
  ? never
  : IsOpen<E> extends true
    ? never
    : IsHiddenPath<E, Path> extends true
      ? never
      : `'${Path}' is no property of the entity`

type IsHiddenPath<E, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof E
    ? IsHiddenPath<Below<E[Head]>, Rest>
    : IsHidden<E, Head>
  : IsHidden<E, Path>

type OneLine<Text extends string> = Text extends `${string}${'\n' | '\r' | '\t'}${string}`
  ? Spaced<Spaced<Spaced<Text, '\n'>, '\r'>, '\t'>
  : Text

type Spaced<
  Text extends string,
  Character extends string,
  Done extends string = '',
> = Text extends `${infer Before}${Character}${infer After}`
  ? Spaced<After, Character, `${Done}${Before} `>
  : `${Done}${Text}`
