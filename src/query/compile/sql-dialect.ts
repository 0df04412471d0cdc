import type { PlaceholderStyle } from '../sql/render-named-parameters'
import { type GivenRows, POSTGRES_GIVEN_ROWS, SQLITE_GIVEN_ROWS } from './given-rows'
import { globOf } from './glob'
import { type PagePart, POSTGRES_PAGE } from './page-statement'

/**
 * What databases spell differently in a predicate. `column` and `value` are SQL; values stay bound. No word of it may be the
 * name of a property: TypeORM replaces those.
 */
export interface SqlDialect {
  /** Equal, and two nulls are equal. */
  same(column: string, value: string): string
  /**
   * A text as it is compared: by case, and with every sign that it has. `undefined` where the database compares so by itself.
   */
  readonly exact: ((text: string) => string) | undefined
  /** In a list that is bound as one value, whatever its length. */
  inList(column: string, list: string): string
  notInList(column: string, list: string): string
  /** The bound form of a list. */
  list(values: readonly unknown[]): unknown
  /** Whether the driver writes a list into the text, where an empty one cannot stand. */
  readonly writesLists: boolean
  /** A column of bytes as the list holds its values; `undefined` where it holds them as they are. */
  readonly listedBytes: ((column: string) => string) | undefined
  /** A bound list of texts, folded as `LOWER` folds a column. */
  lowerList(list: string): string
  /** Matches a pattern of `%` and `_` by case; a backslash takes the next character literally. */
  like(column: string, pattern: string): string
  /** The bound form of such a pattern. */
  pattern(text: unknown): unknown
  contains(column: string, part: string): string
  startsWith(column: string, part: string): string
  endsWith(column: string, part: string): string
  /** Whether a number that is too large for the type of its column is an error, and not just unequal. */
  readonly sizedNumbers: boolean
  /**
   * A sort key in a form that loses nothing on its way through the driver and back, where it is compared with the key again:
   * dates have more digits than a Date, numbers more than a number. `numeric`: its column stores numbers. Never the bare key,
   * which TypeORM would take for the property.
   */
  exactKey(key: string, numeric: boolean): string
  /** One statement for a page and its total, where two would cost a round trip and might see different rows. */
  readonly page: readonly PagePart[] | undefined
  /** How a statement takes any number of rows of values; `undefined` where it takes none. */
  readonly givenRows: GivenRows | undefined
  /** How a raw statement's placeholders are written. */
  readonly placeholders: PlaceholderStyle
  /** The driver's own marks that would clash with ours in a raw statement. */
  readonly clashingMarks: RegExp
  /** Whether rows can be locked one by one; otherwise a transaction that writes has the whole database to itself. */
  readonly locksRows: boolean
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
  exact: undefined,
  inList: (column, list) => `${column} = ANY(${list})`,
  notInList: (column, list) => `${column} <> ALL(${list})`,
  list: values => values,
  writesLists: false,
  listedBytes: undefined,
  lowerList: list => `ARRAY(SELECT LOWER(ambit_item) FROM unnest(CAST(${list} AS text[])) ambit_item)`,
  like: (column, pattern) => `${column} LIKE ${pattern}`,
  pattern: text => text,
  contains: (column, part) => `strpos(${column}, ${part}) > 0`,
  startsWith: (column, part) => `starts_with(${column}, ${part})`,
  endsWith: (column, part) => `right(${column}, length(${part})) = ${part}`,
  sizedNumbers: true,
  exactKey: key => `CAST(${key} AS text)`,
  page: POSTGRES_PAGE,
  givenRows: POSTGRES_GIVEN_ROWS,
  placeholders: 'numbered',
  // `?` is an operator of jsonb.
  clashingMarks: /^\$\d/,
  locksRows: true,
  integerOf: int8,
}

/** What JSON knows no form of: bytes are compared in hexadecimal, and large integers as digits, which the column's type reads. */
function jsonList(values: readonly unknown[]): string {
  const elements = values.map(jsonElement)
  return elements.some(isLargeWhole) ? `[${elements.map(numberText).join(',')}]` : JSON.stringify(elements)
}

/** Its shortest digits are those of another integer, which is what SQLite would read; with a point they are this number's. */
function numberText(element: unknown): string {
  const text = JSON.stringify(element) as string | undefined
  return isLargeWhole(element) && !text?.includes('e') ? `${text}.0` : (text ?? 'null')
}

function isLargeWhole(element: unknown): element is number {
  return Number.isInteger(element) && !Number.isSafeInteger(element)
}

function jsonElement(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex').toUpperCase() : value
}

/**
 * SQLite: a JSON array serves every length; `instr`, `substr` and GLOB compare exactly, where its LIKE folds ASCII case and
 * knows no escape.
 */
export const sqliteDialect: SqlDialect = {
  same: (column, value) => `${column} IS ${value}`,
  exact: undefined,
  inList: (column, list) => `${column} IN (SELECT json_each.value FROM json_each(${list}))`,
  notInList: (column, list) => `${column} NOT IN (SELECT json_each.value FROM json_each(${list}))`,
  list: jsonList,
  writesLists: false,
  // HEX makes an empty text of NULL.
  listedBytes: column => `iif(${column} IS NULL, NULL, HEX(${column}))`,
  lowerList: list => `LOWER(${list})`,
  like: (column, pattern) => `${column} GLOB ${pattern}`,
  pattern: text => (typeof text === 'string' ? globOf(text) : text),
  contains: (column, part) => `instr(${column}, ${part}) > 0`,
  startsWith: (column, part) => `substr(${column}, 1, length(${part})) = ${part}`,
  endsWith: (column, part) => `substr(${column}, length(${column}) - length(${part}) + 1) = ${part}`,
  sizedNumbers: false,
  // A column of numbers makes a number of a text again; reals keep all their digits as numbers.
  exactKey: (key, numeric) =>
    numeric ? `CASE TYPEOF(${key}) WHEN 'integer' THEN CAST(${key} AS TEXT) ELSE ${key} END` : `(${key})`,
  // Two statements of one transaction see the same rows, and travel nowhere.
  page: undefined,
  givenRows: SQLITE_GIVEN_ROWS,
  placeholders: 'question',
  clashingMarks: /^[?@$]/,
  locksRows: false,
  integerOf: undefined,
}

/** The dialect for each TypeORM driver that Ambit supports. */
export const SQL_DIALECTS: Readonly<Record<string, SqlDialect | undefined>> = {
  postgres: postgresDialect,
  'better-sqlite3': sqliteDialect,
  sqlite: sqliteDialect,
}
