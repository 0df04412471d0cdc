import type { Below } from '../types/entity-property.types'
import type { Projection } from './projection'

/**
 * What a query answers for an entity with that `select`; the entity without one. `Untold`: what stands for a value of which
 * the compiler cannot tell whether it is an object or a relation's key, beside the two.
 */
export type Projected<E, Selected, Untold = never> = [Selected] extends [never]
  ? E
  : Selected extends Projection<infer T>
    ? T
    : Selected extends readonly (infer Name)[]
      ? Pick<E, Name & keyof E>
      : { [Name in keyof Selected]: SelectedAt<E, Selected[Name] & string, Untold> }

/** What is read at a path: null, where the entity says that a part of the way there may be missing. */
type SelectedAt<E, Path extends string, Untold> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof E
    ? SelectedAt<Below<E[Head]>, Rest, Untold> | IfMissing<Awaited<E[Head]>>
    : never
  : Path extends keyof E
    ? ValueOf<E[Path], Untold>
    : never

/** Of a relation it is the key, of a stored object the object: by their types they are the same. */
type ValueOf<T, Untold> = [KeyOf<Awaited<T>>] extends [never] ? T : Awaited<T> | KeyOf<Awaited<T>> | Untold

/** By the name that most keys have. */
type KeyOf<T> = T extends object ? ('id' extends keyof T ? NonNullable<T['id' & keyof T]> : never) : never

/** The row has null for what an entity leaves undefined, too. */
type IfMissing<T> = [T & (null | undefined)] extends [never] ? never : null
