import { InvalidPageError } from '../errors'

/**
 * A whole number of at least `least` that JavaScript holds exactly.
 *
 * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE`
 */
export function wholeNumber(what: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value === 0 ? 0 : value
  throw invalidPage(
    `The ${what} cannot be ${shown(value)}.`,
    `Pass a whole number from ${String(least)} to Number.MAX_SAFE_INTEGER.`,
  )
}

export function invalidPage(what: string, next: string): InvalidPageError {
  return new InvalidPageError('AMBIT_QUERY_INVALID_PAGE', { what, next })
}

/** Numbers are shown; of anything else only its type, as it may be anything. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a ${value === null ? 'null' : typeof value}`
}
