import { EmptyResultError, IncorrectResultSizeError } from '../errors'

/** At most one row: null for none, an error for two. */
export function one<T>(label: string, rows: readonly T[]): T | null {
  if (rows.length > 1) {
    const text = {
      what: `${label} found more than one row.`,
      where: label,
      next: "Narrow the query, or use result: 'many'.",
    }
    throw new IncorrectResultSizeError(text, 1, rows.length)
  }
  return rows[0] ?? null
}

/** Exactly one row. */
export function required<T>(label: string, rows: readonly T[]): T {
  const found = one(label, rows)
  if (found !== null) return found
  throw new EmptyResultError({
    what: `${label} found no row.`,
    where: label,
    next: "Use result: 'one', which answers null, where a row may be missing.",
  })
}
