import type { PropertyAt } from '../types/entity-property.types'
import type { Projection } from './projection'

/** What a query answers for an entity with that `select`; the entity without one. */
export type Projected<E, Selected> = [Selected] extends [never]
  ? E
  : Selected extends Projection<infer T>
    ? T
    : Selected extends readonly (infer Name)[]
      ? Pick<E, Name & keyof E>
      : { [Name in keyof Selected]: PropertyAt<E, Selected[Name] & string> }
