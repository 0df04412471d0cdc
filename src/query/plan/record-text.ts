import type { BoundForm } from '../../data-source/statements/bound-form'
import type { ColumnMetadata } from '../compile/metadata-types'

/**
 * Rows as one JSON text for `json_populate_recordset`, which hands each value to the input function of its column's type, as a
 * placeholder of its own would: texts as they are, all else as the driver would have written it. `undefined` for what JSON
 * cannot carry.
 */
export function recordText(
  columns: readonly ColumnMetadata[],
  rows: readonly (readonly unknown[])[],
  form: BoundForm,
): string | undefined {
  const names = columns.map(({ databaseName }) => databaseName)
  const text = JSON.stringify(
    rows.map(row => {
      const record: Record<string, unknown> = {}
      for (let at = 0; at < names.length; at += 1) record[names[at] ?? ''] = jsonOf(row[at], form)
      return record
    }),
  )
  return NOT_IN_TEXT.test(text) ? undefined : text
}

/** Half a surrogate pair, which a driver replaces, and zero, which PostgreSQL refuses: both as other errors here. */
const NOT_IN_TEXT = /\\u(?:0000|d[89a-f])/

/** What JSON makes a text of that the input function of a column takes for the value. */
export function jsonOf(value: unknown, form: BoundForm): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  const sent = form(value)
  return sent instanceof Uint8Array
    ? `\\x${Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength).toString('hex')}`
    : sent
}
