import { InvalidSortError } from '../errors'

export type SortDirection = 'ASC' | 'DESC'
export type SortNulls = 'FIRST' | 'LAST'

/** One key of a sort, in the shape of the query tree's order terms. */
export interface SortTerm {
  /** A property, or several with dots between them. */
  readonly path: string
  readonly direction: SortDirection
  /** Where missing values go; without it the same place on every database. */
  readonly nulls?: SortNulls
  readonly ignoreCase: boolean
}

/** A sort key as a caller writes it. */
export interface SortKey {
  readonly path: string
  readonly direction?: string | undefined
  readonly nulls?: SortNulls | undefined
  readonly ignoreCase?: boolean | undefined
}

/**
 * Checks a key that may come from outside, and completes it.
 *
 * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT`
 */
export function sortTerm({ path, direction = 'ASC', nulls, ignoreCase = false }: SortKey): SortTerm {
  const term = { path: checkedPath(path), direction: checkedDirection(direction), ignoreCase }
  return Object.freeze(nulls === undefined ? term : { ...term, nulls: checkedNulls(nulls) })
}

function checkedPath(path: unknown): string {
  if (typeof path === 'string' && path.length <= MAX_LENGTH && PATH.test(path)) return path
  throw invalid(
    'A sort key can only be the path of a property.',
    "Use letters, digits, '_', '$' and dots, as in 'team.name'.",
  )
}

function checkedDirection(direction: unknown): SortDirection {
  const upper = typeof direction === 'string' ? direction.toUpperCase() : undefined
  if (upper === 'ASC' || upper === 'DESC') return upper
  throw invalid('A sort goes in no such direction.', "Use 'ASC' or 'DESC', in any case.")
}

/** Types end where plain JavaScript or `JSON.parse` begins, and the value becomes SQL. */
function checkedNulls(nulls: unknown): SortNulls {
  if (nulls === 'FIRST' || nulls === 'LAST') return nulls
  throw invalid('A sort places missing values first or last.', "Use 'FIRST' or 'LAST'.")
}

function invalid(what: string, next: string): InvalidSortError {
  return new InvalidSortError('AMBIT_QUERY_INVALID_SORT', { what, next })
}

const MAX_LENGTH = 500
const PATH = /^[\p{L}\p{N}_$]+(?:\.[\p{L}\p{N}_$]+)*$/u
