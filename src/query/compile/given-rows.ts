/**
 * How a statement takes any number of given rows, so that its text is the same for all numbers. `at` is the place of a column
 * among those that are given; `:given_0`, `:given_1`, … stand for the values of {@link GivenRows.bind}.
 */
export interface GivenRows {
  /** What a select of the table joins; `undefined` where the rows stand around it. `samples` are selects of the columns. */
  readonly source: ((samples: readonly string[]) => string) | undefined
  /** The given value of a column. */
  value(at: number): string
  /** Counts the given rows that the select finds, locked in the order of `keys` where rows are locked. */
  count(select: string, lock: { readonly alias: string; readonly keys: readonly string[] }): string
  /** `undefined` for values that cannot be sent this way as they would be alone. */
  bind(rows: readonly (readonly unknown[])[]): readonly unknown[] | undefined
}

/** The name of a given row within statements. */
export const GIVEN = 'ambit_given'

/**
 * PostgreSQL: an array for each column. Its type is that of the column, of which COALESCE never reads one; rows are locked
 * above the sort, and so in its order.
 */
export const POSTGRES_GIVEN_ROWS: GivenRows = {
  source: samples => {
    const arrays = samples.map((sample, at) => `COALESCE(:given_${at}, ARRAY(${sample} LIMIT 0))`)
    const names = samples.map((_, at) => `given_${at}`)
    return `(SELECT * FROM unnest(${arrays.join(', ')}) AS ambit_rows(${names.join(', ')}))`
  },
  value: at => `${GIVEN}.given_${at}`,
  count: (select, { alias, keys }) =>
    `SELECT COUNT(*) AS "n" FROM (${select} ORDER BY ${keys.join(', ')} FOR NO KEY UPDATE OF ${alias}) ambit_held`,
  bind: rows => (rows.every(row => row.every(isOneValue)) ? columnsOf(rows) : undefined),
}

/** SQLite: one JSON text. The rows stand outside, so that they are never looked through once for each row of the table. */
export const SQLITE_GIVEN_ROWS: GivenRows = {
  source: undefined,
  value: at => `json_extract(${GIVEN}.value, '$[${at}]')`,
  count: select => `SELECT COUNT(*) AS "n" FROM json_each(:given_0) ${GIVEN} WHERE EXISTS (${select})`,
  bind: rows => (rows.every(row => row.every(isExactInJson)) ? [JSON.stringify(rows)] : undefined),
}

function columnsOf(rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  const [first = []] = rows
  return first.map((_, at) => rows.map(row => row[at]))
}

/** TypeORM calls functions for SQL; an array would become a dimension, and undefined a null. */
function isOneValue(value: unknown): boolean {
  return typeof value !== 'function' && value !== undefined && !Array.isArray(value)
}

/** What SQLite reads out of JSON just as it is bound. */
function isExactInJson(value: unknown): boolean {
  return typeof value === 'string' ? !NOT_IN_JSON.test(value) : Number.isSafeInteger(value)
}

/** Zero, at which a text would end, and half a surrogate pair, which a driver replaces. */
const NOT_IN_JSON = /[\0\ud800-\udfff]/u
