import type { LowerCaseStart } from './characters.types'
import type { Below, IsHidden, Walkable } from './entity-property.types'

/**
 * The type of the property that a part of a method name means; `never` where there is none. The whole text is tried first,
 * then every property that it begins with and what lies below; an underscore forces the place.
 */
export type NamedProperty<E, Text extends string> =
  Uncapitalize<Text> extends keyof E
    ? E[Uncapitalize<Text>]
    : Text extends keyof E
      ? E[Text]
      : Text extends `${infer Before}_${infer After}`
        ? AtUnderscore<E, Before, After>
        : Text extends `${Heads<E>}${infer Rest}`
          ? Nested<E, Text, Rest>
          : never

/** Whether it may mean a property that is private or protected. */
export type IsHiddenProperty<E, Text extends string> =
  IsHidden<E, Uncapitalize<Text> | Text> extends true
    ? true
    : Text extends `${Heads<E>}${infer Rest}`
      ? IsHiddenBelow<E, Text, Rest>
      : false

/** The last underscore is tried first, as at run time. */
type AtUnderscore<E, Before extends string, After extends string> = After extends `${infer Next}_${infer Last}`
  ? Either<AtUnderscore<E, `${Before}_${Next}`, Last>, E, Before, After>
  : Split<NamedProperty<E, Before>, After>

type Either<Found, E, Before extends string, After extends string> = [Found] extends [never]
  ? Split<NamedProperty<E, Before>, After>
  : Found

type Split<T, After extends string> = [T] extends [never] ? never : NamedProperty<Below<T>, After>

/** Several properties may begin a text: `Team` and `TeamLead`. Each leaves another rest. */
type Nested<E, Text extends string, Rest extends string> = Rest extends LowerCaseStart
  ? never
  : Rest extends string
    ? Text extends `${infer Head}${Rest}`
      ? NamedProperty<Below<E[HeadOf<E, Head>]>, Rest>
      : never
    : never

type IsHiddenBelow<E, Text extends string, Rest extends string> = Rest extends string
  ? Text extends `${infer Head}${Rest}`
    ? IsHiddenProperty<Below<E[HeadOf<E, Head>]>, WithoutUnderscore<Rest>>
    : never
  : never

/** Behind an underscore a property may also be written as it is. */
type Heads<E> = Capitalize<Walkable<E>> | Walkable<E>

type HeadOf<E, Head extends string> = (Uncapitalize<Head> | Head) & keyof E

type WithoutUnderscore<Text extends string> = Text extends `_${infer Rest}` ? Rest : Text
