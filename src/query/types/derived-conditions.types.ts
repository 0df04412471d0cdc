import type { LowerCaseStart } from './characters.types'
import type { NameOperators, OperatorArguments } from './derived-operators.types'
import type { IsHiddenProperty, NamedProperty } from './derived-property.types'
import type { Comparable } from './entity-property.types'
import type { Cut, CutAtFirst } from './name-cut.types'

/**
 * The arguments that the conditions of a method name take, from left to right; a sentence where a condition cannot be read;
 * `unknown` where nobody knows.
 */
export type ConditionArguments<E, Text extends string> = Text extends ''
  ? []
  : Text extends `${string}AllIgnor${string}Case${string}`
    ? Folded<E, Text>
    : Text extends `${string}${Ambiguous<E>}${string}`
      ? OnlyCondition<Condition<E, Text>>
      : Conditions<E, Text>

/** One spelling after the other: two in one pattern would be found in every combination. */
type Folded<E, Text extends string> = Text extends `${infer Before}AllIgnoreCase${infer After}`
  ? Unfolded<E, Before, After>
  : Text extends `${infer Before}AllIgnoringCase${infer After}`
    ? Unfolded<E, Before, After>
    : unknown

type Unfolded<E, Before extends string, After extends string> = After extends LowerCaseStart
  ? unknown
  : ConditionArguments<E, `${Before}${After}`>

/** Properties with a joiner in their name may be read in two ways; then only a name that is nothing else is checked. */
type Ambiguous<E> = Capitalize<keyof E & `${string}${'And' | 'Or'}${string}`>

type OnlyCondition<Taken> = [Taken] extends [never] ? unknown : Taken

type Conditions<
  E,
  Text extends string,
  Found extends readonly unknown[] = [],
  Head extends string = '',
  At extends Cut = CutAtFirst<Text, 'And', 'Or'>,
> = [At] extends [never]
  ? LastCondition<E, `${Head}${Text}`, Found, Condition<E, `${Head}${Text}`>>
  : Joined<E, At, Found, Head, Condition<E, `${Head}${At[0]}`>>

/** A part that is no condition goes on with the next: there may be a `landAndSea` below another property. */
type Joined<
  E,
  At extends Cut,
  Found extends readonly unknown[],
  Head extends string,
  Taken extends readonly unknown[],
> = [Taken] extends [never]
  ? Conditions<E, At[2], Found, `${Head}${At[0]}${At[1]}`>
  : Conditions<E, At[2], [...Found, ...Taken]>

type LastCondition<E, Text extends string, Found extends readonly unknown[], Taken extends readonly unknown[]> = [
  Taken,
] extends [never]
  ? UnknownPart<E, FirstPart<Text, CutAtFirst<Text, 'And', 'Or'>>>
  : [...Found, ...Taken]

type FirstPart<Text extends string, At extends Cut> = [At] extends [never] ? Text : At[0]

/**
 * The arguments of one condition, `never` where it is none. The operators are a parameter because the compiler counts a
 * union that is written into a pattern member by member, each time.
 */
type Condition<E, Text extends string, T = NamedProperty<E, Text>, Operator extends string = keyof NameOperators> = [
  T,
] extends [never]
  ? Text extends `${infer Property}${Operator}`
    ? Operated<E, Text, Property>
    : Text extends `${infer Part}${IgnoreCase}`
      ? Condition<E, Part>
      : never
  : [Comparable<T>]

/** Several operators may end a text: `IsNot`, and the `Not` in it. */
type Operated<E, Text extends string, Property extends string> = Property extends string
  ? Text extends `${Property}${infer Operator extends keyof NameOperators}`
    ? Taken<NamedProperty<E, Property>, Operator>
    : never
  : never

type Taken<T, Operator extends keyof NameOperators> = [T] extends [never]
  ? never
  : OperatorArguments<Comparable<T>>[NameOperators[Operator]]

type IgnoreCase = 'IgnoreCase' | 'IgnoringCase'

type UnknownPart<E, Part extends string> = Part extends ''
  ? 'a condition is missing beside And or Or'
  : true extends IsHiddenProperty<E, Part> | IsHiddenProperty<E, WithoutOperator<Part>>
    ? unknown
    : `'${Uncapitalize<WithoutOperator<Part>>}' is no property of the entity`

/** A part without its longest operator. */
type WithoutOperator<Part extends string> = Part extends `${infer Rest}${IgnoreCase}`
  ? WithoutOperator<Rest>
  : Part extends `${infer Property}${keyof NameOperators}`
    ? Property extends ''
      ? Part
      : Shortest<Property>
    : Part

type Shortest<Text extends string, All = Text> = Text extends string
  ? [All] extends [`${Text}${string}`]
    ? Text
    : never
  : never
