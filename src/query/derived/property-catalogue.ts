/** What a property holds, as far as operators care. */
export type PropertyType = 'string' | 'number' | 'boolean' | 'date' | 'other'

/** A property as the entity's metadata knows it. */
export interface PropertyInfo {
  /** `undefined` where it is not known: then every operator is allowed. */
  readonly type?: PropertyType | undefined
  /** Whether it is a relation to many itself; properties of its elements are not. */
  readonly collection?: boolean | undefined
}

/** What derived names need to know of an entity. Paths join names by dots; the entity itself is the empty path. */
export interface PropertyCatalogue {
  /** The entity's name, for messages. */
  readonly entityName: string
  /** The property at a path, `undefined` where there is none. */
  resolve(path: string): PropertyInfo | undefined
  /** The names directly below a path; empty below a plain column. */
  propertyNames(path: string): readonly string[]
}

/** The types in messages. */
export const TYPE_NAMES: Readonly<Record<PropertyType, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  date: 'a date',
  other: 'something else',
}
