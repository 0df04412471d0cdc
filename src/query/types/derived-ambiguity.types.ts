import type { IsOpen } from './entity-of.types'
import type { Below, Walkable } from './entity-property.types'
import type { CutAtFirst } from './name-cut.types'

/**
 * Whether a text may mean, somewhere below the entity, a property with a keyword in its name, or one that nobody knows:
 * `VendorLandAndSea` may be the land of a vendor, and a sea. The run time takes the longest reading, the compiler the
 * shortest.
 */
export type IsAmbiguous<E, Text extends string, A extends string, B extends string> = true extends {
  [Name in Walkable<E>]: Text extends `${string}${Capitalize<Name> | Name}${infer Rest}`
    ? IsAmbiguousBelow<Below<E[Name]>, Rest, A, B>
    : false
}[Walkable<E>]
  ? true
  : false

type IsAmbiguousBelow<E, Text extends string, A extends string, B extends string> =
  IsOpen<E> extends true
    ? true
    : Text extends `${string}${NamesWith<A, B, keyof E & string>}${string}`
      ? true
      : IsAmbiguous<E, Text, A, B>

/** The properties with one of two keywords in their name, as they are written in names of methods. */
type NamesWith<A extends string, B extends string, Name extends string> = Name extends string
  ? [CutAtFirst<Capitalize<Name>, A, B>] extends [never]
    ? never
    : Capitalize<Name> | Name
  : never
