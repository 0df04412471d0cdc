import type { SqlDialect } from './sql-dialect'

/**
 * MySQL and MariaDB. Their collations fold case and ignore spaces at the end, so texts are compared as bytes of UTF-8; lists
 * are written by the driver, which quotes each element.
 */
export const mysqlDialect: SqlDialect = {
  same: (column, value) => `${column} <=> ${value}`,
  exact: bytes,
  inList: (column, list) => `${column} IN (${list})`,
  notInList: (column, list) => `${column} NOT IN (${list})`,
  list: values => values.map(value => (typeof value === 'bigint' ? value.toString() : value)),
  writesLists: true,
  listedBytes: undefined,
  // Folded before it is bound.
  lowerList: list => list,
  like: (column, pattern) => `${characters(column)} LIKE ${characters(pattern)}`,
  pattern: text => text,
  contains: (column, part) => `INSTR(${bytes(column)}, ${bytes(part)}) > 0`,
  startsWith: (column, part) => `LEFT(${bytes(column)}, LENGTH(${bytes(part)})) = ${bytes(part)}`,
  endsWith: (column, part) => `RIGHT(${bytes(column)}, LENGTH(${bytes(part)})) = ${bytes(part)}`,
  sizedNumbers: false,
  exactKey: key => `CAST(${key} AS CHAR)`,
  page: undefined,
  givenRows: undefined,
  placeholders: 'question',
  clashingMarks: /^\?/,
  locksRows: true,
  integerOf: undefined,
}

function bytes(text: string): string {
  return `CAST(CONVERT(${text} USING utf8mb4) AS BINARY)`
}

/** Wildcards stand for characters, not bytes. */
function characters(text: string): string {
  return `CONVERT(${text} USING utf8mb4) COLLATE utf8mb4_bin`
}
