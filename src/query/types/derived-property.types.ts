import type { LowerCaseStart } from './characters.types'
import type { Below, IsHidden, Walkable } from './entity-property.types'

/**
 * The type of the property that a part of a method name means; `never` where there is none. The whole text is tried first,
 * then every property that it begins with and what lies below; an underscore may stand between.
 */
export type NamedProperty<E, Text extends string> =
  Uncapitalize<Text> extends keyof E
    ? E[Uncapitalize<Text>]
    : Text extends keyof E
      ? E[Text]
      : Text extends `${Heads<E>}${infer Rest}`
        ? Nested<E, Text, Rest>
        : never

/** Whether it means a property that is private or protected. */
export type IsHiddenProperty<E, Text extends string> =
  IsHidden<E, Uncapitalize<Text> | Text> extends true
    ? true
    : Text extends `${Heads<E>}${infer Rest}`
      ? IsHiddenBelow<E, Text, Rest>
      : false

/** Several properties may begin a text: `Team` and `TeamLead`. Each leaves another rest. */
type Nested<E, Text extends string, Rest extends string> = Rest extends LowerCaseStart
  ? never
  : Rest extends string
    ? Text extends `${infer Head}${Rest}`
      ? NamedProperty<Below<E[HeadOf<E, Head>]>, WithoutUnderscore<Rest>>
      : never
    : never

type IsHiddenBelow<E, Text extends string, Rest extends string> = Rest extends string
  ? Text extends `${infer Head}${Rest}`
    ? IsHiddenProperty<Below<E[HeadOf<E, Head>]>, WithoutUnderscore<Rest>>
    : never
  : never

type Heads<E> = Capitalize<Walkable<E>>

type HeadOf<E, Head extends string> = (Uncapitalize<Head> | Head) & keyof E

type WithoutUnderscore<Text extends string> = Text extends `_${infer Rest}` ? Rest : Text
