import { type ColumnKind, ownKind } from './column-kind'
import type { ColumnMetadata } from './metadata-types'

/**
 * Whether a column, and the one that it refers to, hold the same value wherever the database takes theirs to be equal. 'a' may
 * be 'A' to it, 1.0 is 1.00 and a day is 24 hours; and what a transformer makes of a value may look like any other.
 */
export function isTellable(column: ColumnMetadata, referenced: ColumnMetadata): boolean {
  const form = formOf(referenced)
  return form !== undefined && form === formOf(column) && referenced.transformer === undefined
}

/** Columns of one form are answered alike; `undefined` for those whose values may be equal and look different. */
function formOf(column: ColumnMetadata): string | undefined {
  const { type, length, collation } = column
  const form = FORMS[ownKind(column)]
  if (form !== 'text') return form
  if (collation !== undefined || type === 'citext') return undefined
  // Filled with blanks to their length.
  return PADDED.has(type) ? `text of ${length}` : form
}

const FORMS: Readonly<Partial<Record<ColumnKind, string>>> = {
  text: 'text',
  smallint: 'number',
  integer: 'number',
  bigint: 'bigint',
  boolean: 'boolean',
  date: 'date',
  uuid: 'uuid',
  enum: 'enum',
  bytes: 'bytes',
}

const PADDED: ReadonlySet<ColumnMetadata['type']> = new Set(['char', 'character', 'nchar'] as const)
