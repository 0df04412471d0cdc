import type { PropertyPath } from '../paging/property-path.types'
import type { TextOptions } from './make-condition'
import type { PropertyValue } from './property-value.types'
import { QueryBuilder } from './query-builder'

/**
 * A builder without conditions, to begin with; the type argument says whose properties the compiler checks. Whether the
 * entity has the properties, and takes the values, is asked by what runs the conditions, before any SQL.
 *
 * @example
 * import { where } from 'ambit'
 *
 * class User { active!: boolean; age!: number }
 * console.log(String(where<User>().eq('active', true).and().gt('age', 17))) // => active = true and age > 17
 *
 * @throws nothing by itself; its conditions throw InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE`, and what runs them
 * UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY` and QueryValueError `AMBIT_QUERY_VALUE`
 */
export function where<T = unknown>(): QueryBuilder<T> {
  return new QueryBuilder<T>()
}

/**
 * Equal; null: has no value. Begins a chain, as every condition here does. On PostgreSQL: `"username" = $1`.
 *
 * @example
 * import { eq } from 'ambit/query'
 * console.log(String(eq('username', 'ann'))) // => username = 'ann'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for undefined, NaN, an infinity, an invalid date, or what is no
 * path
 */
export function eq<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P> | null,
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().eq(path, value, options)
}

/**
 * Different, where there is a value; null: has a value. On PostgreSQL: `"username" <> $1`.
 *
 * @example
 * import { ne } from 'ambit/query'
 * console.log(String(ne('username', 'ann'))) // => username <> 'ann'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for undefined, NaN, an infinity, an invalid date, or what is no
 * path
 */
export function ne<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P> | null,
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().ne(path, value, options)
}

/**
 * Greater. On PostgreSQL: `"age" > $1`.
 *
 * @example
 * import { gt } from 'ambit/query'
 * console.log(String(gt('age', 17))) // => age > 17
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or what
 * is no path
 */
export function gt<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().gt(path, value)
}

/**
 * Greater or equal. On PostgreSQL: `"age" >= $1`.
 *
 * @example
 * import { gte } from 'ambit/query'
 * console.log(String(gte('age', 18))) // => age >= 18
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or what
 * is no path
 */
export function gte<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().gte(path, value)
}

/**
 * Less. On PostgreSQL: `"age" < $1`.
 *
 * @example
 * import { lt } from 'ambit/query'
 * console.log(String(lt('age', 18))) // => age < 18
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or what
 * is no path
 */
export function lt<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().lt(path, value)
}

/**
 * Less or equal. On PostgreSQL: `"age" <= $1`.
 *
 * @example
 * import { lte } from 'ambit/query'
 * console.log(String(lte('age', 17))) // => age <= 17
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or what
 * is no path
 */
export function lte<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  value: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().lte(path, value)
}

/**
 * One of a list (`in` is a word of JavaScript); of an empty one never. The list is one parameter, whatever its length. On
 * PostgreSQL: `"age" = ANY($1)`.
 *
 * @example
 * import { oneOf } from 'ambit/query'
 * console.log(String(oneOf('age', [17, 18]))) // => age in (17, 18)
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no array, a member that is null, undefined or NaN,
 * or what is no path
 */
export function oneOf<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  values: readonly PropertyValue<T, P>[],
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().in(path, values, options)
}

/**
 * None of a list; with an empty one always. On PostgreSQL: `"age" <> ALL($1)`.
 *
 * @example
 * import { notIn } from 'ambit/query'
 * console.log(String(notIn('age', [17, 18]))) // => age not in (17, 18)
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no array, a member that is null, undefined or NaN,
 * or what is no path
 */
export function notIn<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  values: readonly PropertyValue<T, P>[],
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().notIn(path, values, options)
}

/**
 * Between two values, both ends included. On PostgreSQL: `"age" BETWEEN $1 AND $2`.
 *
 * @example
 * import { between } from 'ambit/query'
 * console.log(String(between('age', 18, 30))) // => age between 18 and 30
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or what
 * is no path
 */
export function between<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  low: PropertyValue<T, P>,
  high: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().between(path, low, high)
}

/**
 * Outside of two values, and of both ends. On PostgreSQL: `"age" NOT BETWEEN $1 AND $2`.
 *
 * @example
 * import { notBetween } from 'ambit/query'
 * console.log(String(notBetween('age', 18, 30))) // => age not between 18 and 30
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or what
 * is no path
 */
export function notBetween<T = unknown, P extends PropertyPath<T> = PropertyPath<T>>(
  path: P,
  low: PropertyValue<T, P>,
  high: PropertyValue<T, P>,
): QueryBuilder<T> {
  return where<T>().notBetween(path, low, high)
}

/**
 * Matches a pattern: `%` is any text, `_` one character, and a backslash takes the next one literally. By case. On
 * PostgreSQL: `"username" LIKE $1`.
 *
 * @example
 * import { like } from 'ambit/query'
 * console.log(String(like('username', 'a%'))) // => username like 'a%'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function like<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().like(path, text, options)
}

/**
 * Has a value that does not match a pattern, as in {@link like}. On PostgreSQL: `NOT ("username" LIKE $1)`.
 *
 * @example
 * import { notLike } from 'ambit/query'
 * console.log(String(notLike('username', 'a%'))) // => username not like 'a%'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function notLike<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().notLike(path, text, options)
}

/**
 * Matches a pattern, as in {@link like}, without regard to case. On PostgreSQL: `LOWER("username") LIKE LOWER($1)`.
 *
 * @example
 * import { ilike } from 'ambit/query'
 * console.log(String(ilike('username', 'a%'))) // => username like 'a%' ignore case
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function ilike<T = unknown>(path: PropertyPath<T>, text: string): QueryBuilder<T> {
  return where<T>().ilike(path, text)
}

/**
 * Has a value that does not match a pattern in any case. On PostgreSQL: `NOT (LOWER("username") LIKE LOWER($1))`.
 *
 * @example
 * import { notIlike } from 'ambit/query'
 * console.log(String(notIlike('username', 'a%'))) // => username not like 'a%' ignore case
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function notIlike<T = unknown>(path: PropertyPath<T>, text: string): QueryBuilder<T> {
  return where<T>().notIlike(path, text)
}

/**
 * Has the text in it, taken as it is: `%` and `_` stand for themselves. On PostgreSQL: `strpos("username", $1) > 0`.
 *
 * @example
 * import { contains } from 'ambit/query'
 * console.log(String(contains('username', '50%'))) // => username contains '50%'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function contains<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().contains(path, text, options)
}

/**
 * Has a value without the text in it. On PostgreSQL: `NOT (strpos("username", $1) > 0)`.
 *
 * @example
 * import { notContains } from 'ambit/query'
 * console.log(String(notContains('username', '50%'))) // => username not contains '50%'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function notContains<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().notContains(path, text, options)
}

/**
 * Begins with the text, taken as it is. On PostgreSQL: `starts_with("username", $1)`.
 *
 * @example
 * import { startsWith } from 'ambit/query'
 * console.log(String(startsWith('username', 'a'))) // => username starts with 'a'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function startsWith<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().startsWith(path, text, options)
}

/**
 * Has a value that does not begin with the text. On PostgreSQL: `NOT (starts_with("username", $1))`.
 *
 * @example
 * import { notStartsWith } from 'ambit/query'
 * console.log(String(notStartsWith('username', 'a'))) // => username not starts with 'a'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function notStartsWith<T = unknown>(
  path: PropertyPath<T>,
  text: string,
  options?: TextOptions,
): QueryBuilder<T> {
  return where<T>().notStartsWith(path, text, options)
}

/**
 * Ends with the text, taken as it is. On PostgreSQL: `right("username", length($1)) = $1`.
 *
 * @example
 * import { endsWith } from 'ambit/query'
 * console.log(String(endsWith('username', 'n'))) // => username ends with 'n'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function endsWith<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().endsWith(path, text, options)
}

/**
 * Has a value that does not end with the text. On PostgreSQL: `NOT (right("username", length($1)) = $1)`.
 *
 * @example
 * import { notEndsWith } from 'ambit/query'
 * console.log(String(notEndsWith('username', 'n'))) // => username not ends with 'n'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
 */
export function notEndsWith<T = unknown>(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
  return where<T>().notEndsWith(path, text, options)
}

/**
 * Has no value. On PostgreSQL: `"team" IS NULL`.
 *
 * @example
 * import { isNull } from 'ambit/query'
 * console.log(String(isNull('team'))) // => team is null
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no path
 */
export function isNull<T = unknown>(path: PropertyPath<T>): QueryBuilder<T> {
  return where<T>().isNull(path)
}

/**
 * Has a value. On PostgreSQL: `"team" IS NOT NULL`.
 *
 * @example
 * import { isNotNull } from 'ambit/query'
 * console.log(String(isNotNull('team'))) // => team is not null
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no path
 */
export function isNotNull<T = unknown>(path: PropertyPath<T>): QueryBuilder<T> {
  return where<T>().isNotNull(path)
}

/**
 * Is true; no value is not true. On PostgreSQL: `"active" IS NOT DISTINCT FROM $1`.
 *
 * @example
 * import { isTrue } from 'ambit/query'
 * console.log(String(isTrue('active'))) // => active is true
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no path
 */
export function isTrue<T = unknown>(path: PropertyPath<T>): QueryBuilder<T> {
  return where<T>().isTrue(path)
}

/**
 * Is false; no value is not false. On PostgreSQL: `"active" IS NOT DISTINCT FROM $1`.
 *
 * @example
 * import { isFalse } from 'ambit/query'
 * console.log(String(isFalse('active'))) // => active is false
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no path
 */
export function isFalse<T = unknown>(path: PropertyPath<T>): QueryBuilder<T> {
  return where<T>().isFalse(path)
}
