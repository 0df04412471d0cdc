import type { SqlDialect } from '../compile/sql-dialect'

type Placeholders = Pick<SqlDialect, 'placeholders'>

/**
 * What stands behind a text of so many values, with values of its own behind those: one statement serves every range.
 *
 * @example
 * rangeText(postgresDialect, 2, 'LIMIT', 'OFFSET')   // ' LIMIT $3 OFFSET $4'
 */
export function rangeText(dialect: Placeholders, values: number, ...words: readonly string[]): string {
  return words.map((word, at) => ` ${word} ${markAt(dialect, values + at + 1)}`).join('')
}

/** The mark of a value, by its place among all values of the text. */
export function markAt({ placeholders }: Placeholders, place: number): string {
  return placeholders === 'numbered' ? `$${place}` : '?'
}
