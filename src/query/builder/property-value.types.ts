import type { PropertyAt } from '../types/entity-property.types'

/** What a property of an entity may be compared with; anything where the entity is not known. */
export type PropertyValue<T, Path extends string> = unknown extends T ? AnyValue : Comparable<PropertyAt<T, Path>>

/** What a condition can hold, whatever the property. */
export type AnyValue = string | number | bigint | boolean | object

type Comparable<V> = 0 extends 1 & V ? AnyValue : ComparableWith<NonNullable<V>>

/** Columns of other objects, and relations, are compared with whatever their transformer or their key takes. */
type ComparableWith<V> = [V] extends [string | boolean | Date]
  ? V
  : [V] extends [number]
    ? V | bigint
    : [V] extends [bigint]
      ? bigint | number | string
      : AnyValue
