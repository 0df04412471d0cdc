/** The type of the property at a path such as `team.name`; `never` where there is none. Lists are walked as what they hold. */
export type PropertyAt<E, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof E
    ? PropertyAt<Below<E[Head]>, Rest>
    : never
  : Path extends keyof E
    ? E[Path]
    : never

/** What lies below a property: the related entity, loaded lazily or not, or the embedded part. */
export type Below<T> = Known<Element<NonNullable<Awaited<NonNullable<T>>>>>

type Element<T> = T extends readonly (infer Item)[] ? Item : T

/** A relation may be typed as `object`, or as an entity or its key: then anything may lie below. */
type Known<T> = keyof T extends never ? (T extends AnyFunction ? T : Unknowing) : T

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- it has every property, of any type
type Unknowing = any

/** The properties that something lies below. */
export type Walkable<E> = {
  [Name in keyof E & string]-?: NonNullable<E[Name]> extends Plain ? never : Name
}[keyof E & string]

type Plain = string | number | bigint | boolean | symbol | Date | Uint8Array | AnyFunction

type AnyFunction = (...args: never[]) => unknown

/**
 * What a property may be compared with. Columns that hold objects, and relations, may be compared with whatever their
 * transformer or their key takes.
 */
export type Comparable<T> = 0 extends 1 & T ? unknown : ComparableWith<NonNullable<T>>

type ComparableWith<T> = [T] extends [string]
  ? string | null
  : [T] extends [number]
    ? number | bigint | null
    : [T] extends [boolean]
      ? boolean | null
      : [T] extends [Date]
        ? Date | null
        : [T] extends [bigint]
          ? bigint | number | string | null
          : unknown

/**
 * Whether an entity has a private or protected property of that name: a column that the compiler cannot see from outside.
 * Such a property stands in the way of a public one.
 */
export type IsHidden<E, Name extends string> = [E] extends [E & Partial<Record<Name, unknown>>] ? false : true
