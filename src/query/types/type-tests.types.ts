/** Whether a text is known word by word: no `string`, no template with a `string` in it, no choice of several texts. */
export type IsKnown<S extends string> = Nameless extends Record<S, 1> ? false : IsUnion<S> extends true ? false : true

/** It has all the properties that `string` or a pattern asks for, and none that a text does. */
type Nameless = Readonly<Record<'', 1>>

/** `never` for `never`. */
export type IsUnion<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? false : true) : never

/** Any value but `undefined`. */
export type Defined = object | string | number | bigint | boolean | symbol | null

/** Whether a value of that type may be `undefined`; a type that says nothing may not. */
export type MayBeUndefined<T> = [T] extends [Defined] ? false : unknown extends T ? false : true
