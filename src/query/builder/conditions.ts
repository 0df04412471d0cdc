import type { PropertyPath } from '../paging/property-path.types'
import type { TextOptions } from './make-condition'
import type { PropertyValue } from './property-value.types'
import { QueryBuilder } from './query-builder'

/**
 * A builder without conditions, to begin with; the type argument says whose properties the compiler checks.
 *
 * @example
 * import { where } from 'ambit'
 * where<User>().eq('active', true).and().gt('age', 17)
 */
export function where<T = unknown>(): QueryBuilder<T> {
  return new QueryBuilder<T>()
}

/** Equal; null: has no value. Begins a chain: `eq('active', true).and().gt('age', 17)`. */
export function eq<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P> | null,
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().eq(path, value, options)
}

/** Different, where there is a value; null: has a value. */
export function ne<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P> | null,
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().ne(path, value, options)
}

/** Greater. */
export function gt<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().gt(path, value)
}

/** Greater or equal. */
export function gte<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().gte(path, value)
}

/** Less. */
export function lt<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().lt(path, value)
}

/** Less or equal. */
export function lte<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().lte(path, value)
}

/** One of a list (`in` is a word of JavaScript); of an empty one never. */
export function oneOf<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  values: readonly PropertyValue<T, P>[],
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().in(path, values, options)
}

/** None of a list; with an empty one always. */
export function notIn<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  values: readonly PropertyValue<T, P>[],
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().notIn(path, values, options)
}

/** Between two values, both ends included. */
export function between<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  low: PropertyValue<T, P>,
  high: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().between(path, low, high)
}

/** Outside of two values. */
export function notBetween<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  low: PropertyValue<T, P>,
  high: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().notBetween(path, low, high)
}

/** Matches a pattern of `%` and `_`, by case. */
export function like<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().like(path, text, options)
}

/** Has a value that does not match a pattern. */
export function notLike<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().notLike(path, text, options)
}

/** Matches a pattern without regard to case. */
export function ilike<T = unknown>(path: PropertyPath<T>, text: string): QueryBuilder<T> {
  return where<T>().ilike(path, text)
}

/** Has a value that does not match a pattern in any case. */
export function notIlike<T = unknown>(path: PropertyPath<T>, text: string): QueryBuilder<T> {
  return where<T>().notIlike(path, text)
}

/** Has the text in it, taken as it is. */
export function contains<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().contains(path, text, options)
}

/** Has a value without the text in it. */
export function notContains<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().notContains(path, text, options)
}

/** Begins with the text, taken as it is. */
export function startsWith<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().startsWith(path, text, options)
}

/** Has a value that does not begin with the text. */
export function notStartsWith<T = unknown>(
  path: PropertyPath<T>,
  text: string,
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().notStartsWith(path, text, options)
}

/** Ends with the text, taken as it is. */
export function endsWith<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().endsWith(path, text, options)
}

/** Has a value that does not end with the text. */
export function notEndsWith<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().notEndsWith(path, text, options)
}

/** Has no value. */
export function isNull<T = unknown>(path: PropertyPath<T>): QueryBuilder<T> {
  return where<T>().isNull(path)
}

/** Has a value. */
export function isNotNull<T = unknown>(path: PropertyPath<T>): QueryBuilder<T> {
  return where<T>().isNotNull(path)
}

/** Is true; no value is not true. */
export function isTrue<T = unknown>(path: PropertyPath<T>): QueryBuilder<T> {
  return where<T>().isTrue(path)
}

/** Is false; no value is not false. */
export function isFalse<T = unknown>(path: PropertyPath<T>): QueryBuilder<T> {
  return where<T>().isFalse(path)
}
