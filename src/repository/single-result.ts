import { EmptyResultError, IncorrectResultSizeError } from '../query/errors'

/** At most one entity; two were asked for, so that a second one is noticed. */
export function atMostOne<T>(label: string, [first, second]: readonly T[]): T | null {
  if (second === undefined) return first ?? null
  const text = {
    what: `${label} found more than one row.`,
    where: label,
    next: 'Narrow the specification, or use findMany() or findFirst().',
  }
  throw new IncorrectResultSizeError(text, 1, 2)
}

/** Exactly one entity. */
export function exactlyOne<T>(label: string, rows: readonly T[]): T {
  const found = atMostOne(label, rows)
  if (found !== null) return found
  throw new EmptyResultError({
    what: `${label} found no row.`,
    where: label,
    next: 'Use findOne(), which answers null, where a row may be missing.',
  })
}
