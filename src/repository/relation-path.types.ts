import type { Below, Walkable } from '../query/types/entity-property.types'

/** One level less; deeper paths are checked at run time only. */
interface Shallower {
  readonly 3: 2
  readonly 2: 1
  readonly 1: 0
}

/**
 * The relations of an entity, also those of related ones: `'team' | 'orders' | 'orders.items'`.
 *
 * Without an entity (`unknown`) it is any string. Types cannot tell relations from other objects, which start-up can.
 *
 * @example
 * const path: RelationPath<User> = 'orders.items'
 */
export type RelationPath<T> = unknown extends T ? string : Paths<T, 3> & string

type Paths<T, Depth extends 0 | keyof Shallower> = {
  [Name in Walkable<T>]:
    Name | (Depth extends keyof Shallower ? `${Name}.${Paths<Below<T[Name]>, Shallower[Depth]>}` : `${Name}.${string}`)
}[Walkable<T>]
