import { EmptyResultError, IncorrectResultSizeError } from '../errors'

/** What to do instead, where there are more or fewer rows than the method answers. */
export interface SizeAdvice {
  readonly several: string
  readonly none: string
}

/** At most one row: null for none, an error for two. */
export function one<T>(label: string, rows: readonly T[], { several }: SizeAdvice = OF_DECLARATIONS): T | null {
  if (rows.length > 1) {
    const text = { what: `${label} found more than one row.`, where: label, next: several }
    throw new IncorrectResultSizeError(text, 1, rows.length)
  }
  return rows[0] ?? null
}

/** Exactly one row. */
export function required<T>(label: string, rows: readonly T[], advice: SizeAdvice = OF_DECLARATIONS): T {
  const found = one(label, rows, advice)
  if (found !== null) return found
  throw new EmptyResultError({ what: `${label} found no row.`, where: label, next: advice.none })
}

const OF_DECLARATIONS: SizeAdvice = {
  several: "Narrow the query, or use result: 'many'.",
  none: "Use result: 'one', which answers null, where a row may be missing.",
}
