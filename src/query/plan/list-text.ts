import type { BoundForm } from '../../data-source/statements/bound-form'
import type { ColumnMetadata } from '../compile/metadata-types'
import { jsonOf } from './record-text'

/**
 * Rows as one text for each column, as PostgreSQL writes an array: `{"a","b",null}`. Each value goes to the input function
 * of its column's type, as a placeholder of its own would.
 *
 * Source: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function listTexts(
  columns: readonly ColumnMetadata[],
  rows: readonly (readonly unknown[])[],
  form: BoundForm,
): readonly string[] {
  return columns.map((_, at) => listText(rows.map(row => jsonOf(row[at], form))))
}

/** JSON is an array's text, too, as long as nothing in it is escaped; and it is written by far the fastest. */
function listText(values: readonly unknown[]): string {
  const json = JSON.stringify(values)
  return json.includes('\\') ? `{${values.map(element).join()}}` : `{${json.slice(1, -1)}}`
}

function element(value: unknown): string {
  return typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value)
}
