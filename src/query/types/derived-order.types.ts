import type { IsHiddenProperty, NamedProperty } from './derived-property.types'
import type { Cut, CutAtFirst } from './name-cut.types'

/** Why the text after `OrderBy` is no order of the entity; `never` where it is one. */
export type OrderProblem<E, Text extends string> = Text extends ''
  ? 'OrderBy names no property'
  : Text extends `${string}${Ambiguous<E>}${string}`
    ? never
    : Keys<E, Text>

/** Properties with a direction in their name may be read in two ways. */
type Ambiguous<E> = Capitalize<keyof E & `${string}${'Asc' | 'Desc'}${string}`>

type Keys<E, Text extends string, Head extends string = '', At extends Cut = CutAtFirst<Text, 'Asc', 'Desc'>> = [
  At,
] extends [never]
  ? [NamedProperty<E, `${Head}${Text}`>] extends [never]
    ? UnknownKey<E, `${Head}${Text}`>
    : never
  : [NamedProperty<E, `${Head}${At[0]}`>] extends [never]
    ? Keys<E, At[2], `${Head}${At[0]}${At[1]}`>
    : At[2] extends ''
      ? never
      : Keys<E, At[2]>

type UnknownKey<E, Text extends string, At extends Cut = CutAtFirst<Text, 'Asc', 'Desc'>> = [At] extends [never]
  ? UnknownProperty<E, Text>
  : UnknownProperty<E, At[0]>

type UnknownProperty<E, Text extends string> =
  true extends IsHiddenProperty<E, Text> ? never : `cannot order by '${Uncapitalize<Text>}', no such property`
