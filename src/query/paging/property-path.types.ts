/** Values that have no properties to walk into. */
type Scalar = string | number | bigint | boolean | symbol | null | undefined | Date | Uint8Array

/** One level less; walking ends below the third property. */
interface Below {
  readonly 3: 2
  readonly 2: 1
  readonly 1: 0
  readonly 0: 0
}

/** The depths that a path may still have. */
type Depth = keyof Below

/** Any function: a method is no property that a database knows. */
type AnyFunction = (...args: never[]) => unknown

/** The names of a class's properties; lazy relations count as what they load. */
type NameOf<T> = { [K in keyof T & string]-?: NonNullable<T[K]> extends AnyFunction ? never : K }[keyof T & string]

/** Paths that begin at one property: the property, and what lies below it. */
type PathsFrom<Name extends string, Value, D extends Depth> =
  | Name
  | (D extends 0
      ? never
      : Value extends Scalar | readonly unknown[] | AnyFunction
        ? never
        : `${Name}.${Paths<Value, D>}`)

/** Paths of at most as many properties as the depth says. */
type Paths<T, D extends Depth> = {
  [K in NameOf<T>]-?: PathsFrom<K, Awaited<NonNullable<T[K]>>, Below[D]>
}[NameOf<T>]

/**
 * The properties of an entity, also below its relations and embedded parts, at most three deep: `'username' | 'team.name'`.
 *
 * Without an entity (`unknown`) it is any string: checked at run time only.
 *
 * @example
 * const key: PropertyPath<User> = 'team.name'
 */
export type PropertyPath<T> = unknown extends T
  ? string
  : // Written out once more, and through a template: of an alias, an error shows the name instead of the paths.
    { [K in NameOf<T>]-?: `${PathsFrom<K, Awaited<NonNullable<T[K]>>, 2>}` }[NameOf<T>]

/**
 * The properties of what an entity's lists hold, at most two deep: `'members.age'`. A condition on one is about any element.
 *
 * @example
 * const key: ElementPath<Team> = 'members.age'
 */
export type ElementPath<T> = unknown extends T
  ? string
  : { [K in NameOf<T>]-?: ElementPathsFrom<K, Awaited<NonNullable<T[K]>>> }[NameOf<T>]

type ElementPathsFrom<Name extends string, Value> = Value extends readonly (infer Element)[]
  ? Element extends Scalar | readonly unknown[]
    ? never
    : `${Name}.${Paths<Element, 1>}`
  : never
