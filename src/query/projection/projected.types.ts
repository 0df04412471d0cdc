import type { Below } from '../types/entity-property.types'
import type { Projection } from './projection'

/** What a query answers for an entity with that `select`; the entity without one. */
export type Projected<E, Selected> = [Selected] extends [never]
  ? E
  : Selected extends Projection<infer T>
    ? T
    : Selected extends readonly (infer Name)[]
      ? Pick<E, Name & keyof E>
      : { [Name in keyof Selected]: SelectedAt<E, Selected[Name] & string> }

/** What is read at a path: null, where the entity says that a part of the way there may be missing. */
type SelectedAt<E, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof E
    ? SelectedAt<Below<E[Head]>, Rest> | IfMissing<Awaited<E[Head]>>
    : never
  : Path extends keyof E
    ? E[Path]
    : never

/** The row has null for what an entity leaves undefined, too. */
type IfMissing<T> = [T & (null | undefined)] extends [never] ? never : null
