import type { PlaceholderStyle } from '../sql/render-named-parameters'
import { globOf } from './glob'

/**
 * What databases spell differently in a predicate. `column` and `value` are SQL; values stay bound. No word of it may be the
 * name of a property: TypeORM replaces those.
 */
export interface SqlDialect {
  /** Equal, and two nulls are equal. */
  same(column: string, value: string): string
  /** In a list that is bound as one value, whatever its length. */
  inList(column: string, list: string): string
  notInList(column: string, list: string): string
  /** The bound form of a list. */
  list(values: readonly unknown[]): unknown
  /** A bound list of texts, folded as `LOWER` folds a column. */
  lowerList(list: string): string
  /** Matches a pattern of `%` and `_` by case; a backslash takes the next character literally. */
  like(column: string, pattern: string): string
  /** The bound form of such a pattern. */
  pattern(text: unknown): unknown
  contains(column: string, part: string): string
  startsWith(column: string, part: string): string
  endsWith(column: string, part: string): string
  /** How a raw statement's placeholders are written. */
  readonly placeholders: PlaceholderStyle
  /** The driver's own marks that would clash with ours in a raw statement. */
  readonly clashingMarks: RegExp
  /**
   * Where the driver gives large integers as text and tells the column's type: the value as a number, or a bigint beyond
   * `Number.MAX_SAFE_INTEGER`. `undefined` where the driver answers numbers by itself.
   */
  readonly integerOf: ((value: unknown, typeId: number) => unknown) | undefined
}

const INT8 = 20

function int8(value: unknown, typeId: number): unknown {
  if (typeId !== INT8 || typeof value !== 'string') return value
  const exact = BigInt(value)
  const number = Number(exact)
  return Number.isSafeInteger(number) ? number : exact
}

/** PostgreSQL: one array parameter serves every length, so a statement's text is the same for all lists. */
export const postgresDialect: SqlDialect = {
  same: (column, value) => `${column} IS NOT DISTINCT FROM ${value}`,
  inList: (column, list) => `${column} = ANY(${list})`,
  notInList: (column, list) => `${column} <> ALL(${list})`,
  list: values => values,
  lowerList: list => `ARRAY(SELECT LOWER(ambit_item) FROM unnest(CAST(${list} AS text[])) ambit_item)`,
  like: (column, pattern) => `${column} LIKE ${pattern}`,
  pattern: text => text,
  contains: (column, part) => `strpos(${column}, ${part}) > 0`,
  startsWith: (column, part) => `starts_with(${column}, ${part})`,
  endsWith: (column, part) => `right(${column}, length(${part})) = ${part}`,
  placeholders: 'numbered',
  // `?` is an operator of jsonb.
  clashingMarks: /^\$\d/,
  integerOf: int8,
}

/**
 * SQLite: a JSON array serves every length; `instr`, `substr` and GLOB compare exactly, where its LIKE folds ASCII case and
 * knows no escape.
 */
export const sqliteDialect: SqlDialect = {
  same: (column, value) => `${column} IS ${value}`,
  inList: (column, list) => `${column} IN (SELECT json_each.value FROM json_each(${list}))`,
  notInList: (column, list) => `${column} NOT IN (SELECT json_each.value FROM json_each(${list}))`,
  list: values => JSON.stringify(values),
  lowerList: list => `LOWER(${list})`,
  like: (column, pattern) => `${column} GLOB ${pattern}`,
  pattern: text => (typeof text === 'string' ? globOf(text) : text),
  contains: (column, part) => `instr(${column}, ${part}) > 0`,
  startsWith: (column, part) => `substr(${column}, 1, length(${part})) = ${part}`,
  // substr(x, -0) is the whole text.
  endsWith: (column, part) => `(length(${part}) = 0 OR substr(${column}, -length(${part})) = ${part})`,
  placeholders: 'question',
  clashingMarks: /^[?@$]/,
  integerOf: undefined,
}

/** The dialect for each TypeORM driver that Ambit supports. */
export const SQL_DIALECTS: Readonly<Record<string, SqlDialect | undefined>> = {
  postgres: postgresDialect,
  'better-sqlite3': sqliteDialect,
  sqlite: sqliteDialect,
}
