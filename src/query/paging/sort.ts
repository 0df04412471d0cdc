import { InvalidSortError } from '../errors'
import type { PropertyPath } from './property-path.types'
import { sortTerm, type SortDirection, type SortKey, type SortNulls, type SortTerm } from './sort-term'

/**
 * The order of a result: one key or several, by properties (never columns). Immutable; every method answers a new sort.
 *
 * Keys are checked here for their form, so text from outside is safe to pass; whether the property exists is checked against
 * the entity before any SQL runs.
 *
 * @example
 * Sort.by('lastName').and(Sort.by('age').desc().nullsLast())
 * Sort.by<User>('team.name', 'desc')   // the compiler knows the properties of User
 *
 * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT` for another direction, or a key that can be no property
 */
export class Sort {
  /** The keys, the most important first. */
  readonly terms: readonly SortTerm[]

  /** @param keys a property, or several keys as objects */
  constructor(keys: string | readonly SortKey[], direction?: string) {
    const list = typeof keys === 'string' ? [{ path: keys, direction }] : keys
    if (list.length === 0) throw invalid('A sort needs a key.', 'Leave the sort out where there is nothing to sort by.')
    this.terms = Object.freeze(list.map(sortTerm))
    Object.freeze(this)
  }

  /** Sorts by one property, ascending unless told otherwise. */
  static by<T = unknown>(
    path: PropertyPath<NoInfer<T>>,
    direction: SortDirection | Lowercase<SortDirection> = 'ASC',
  ): Sort {
    return new Sort(path, direction)
  }

  asc(): Sort {
    return this.#change({ direction: 'ASC' })
  }

  desc(): Sort {
    return this.#change({ direction: 'DESC' })
  }

  nullsFirst(): Sort {
    return this.#change({ nulls: 'FIRST' })
  }

  nullsLast(): Sort {
    return this.#change({ nulls: 'LAST' })
  }

  /** Compares text without regard to upper and lower case. */
  ignoreCase(): Sort {
    return this.#change({ ignoreCase: true })
  }

  /** Adds keys of less importance. */
  and(other: Sort | string, direction?: SortDirection | Lowercase<SortDirection>): Sort {
    return new Sort([...this.terms, ...(typeof other === 'string' ? new Sort(other, direction) : other).terms])
  }

  /** `'name DESC NULLS LAST, age ASC'`, for logs. */
  toString(): string {
    return this.terms.map(describe).join(', ')
  }

  /** With several keys it would be a guess which one is meant: Spring changes all, a reader expects the last. */
  #change(change: { direction?: SortDirection; nulls?: SortNulls; ignoreCase?: boolean }): Sort {
    const [term, second] = this.terms
    if (term === undefined || second !== undefined)
      throw invalid('This sort has several keys.', "Say it per key: Sort.by('a').and(Sort.by('b').desc()).")
    return new Sort([{ ...term, ...change }])
  }
}

function describe({ path, direction, nulls, ignoreCase }: SortTerm): string {
  return [path, ...(ignoreCase ? ['IGNORE CASE'] : []), direction, ...(nulls ? [`NULLS ${nulls}`] : [])].join(' ')
}

function invalid(what: string, next: string): InvalidSortError {
  return new InvalidSortError('AMBIT_QUERY_INVALID_SORT', { what, next })
}
