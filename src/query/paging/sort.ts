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

  /**
   * Sorts by one property, ascending unless told otherwise.
   *
   * @example
   * import { Sort } from 'ambit'
   *
   * class User { name!: string; age!: number }
   * console.log(String(Sort.by<User>('age', 'desc'))) // => age DESC
   *
   * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT` for another direction, or a key that can be no property
   */
  static by<T = unknown>(
    path: PropertyPath<NoInfer<T>>,
    direction: SortDirection | Lowercase<SortDirection> = 'ASC',
  ): Sort {
    return new Sort(path, direction)
  }

  /**
   * Smallest first.
   *
   * @example
   * import { Sort } from 'ambit'
   * console.log(String(Sort.by('name').asc())) // => name ASC
   *
   * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT` for a sort of several keys: say it per key
   */
  asc(): Sort {
    return this.#change({ direction: 'ASC' })
  }

  /**
   * Largest first.
   *
   * @example
   * import { Sort } from 'ambit'
   * console.log(String(Sort.by('name').desc())) // => name DESC
   *
   * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT` for a sort of several keys: say it per key
   */
  desc(): Sort {
    return this.#change({ direction: 'DESC' })
  }

  /**
   * Missing values before all others.
   *
   * @example
   * import { Sort } from 'ambit'
   * console.log(String(Sort.by('name').nullsFirst())) // => name ASC NULLS FIRST
   *
   * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT` for a sort of several keys: say it per key
   */
  nullsFirst(): Sort {
    return this.#change({ nulls: 'FIRST' })
  }

  /**
   * Missing values behind all others.
   *
   * @example
   * import { Sort } from 'ambit'
   * console.log(String(Sort.by('name').nullsLast())) // => name ASC NULLS LAST
   *
   * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT` for a sort of several keys: say it per key
   */
  nullsLast(): Sort {
    return this.#change({ nulls: 'LAST' })
  }

  /**
   * Compares text without regard to upper and lower case.
   *
   * @example
   * import { Sort } from 'ambit'
   * console.log(String(Sort.by('name').ignoreCase())) // => name IGNORE CASE ASC
   *
   * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT` for a sort of several keys: say it per key
   */
  ignoreCase(): Sort {
    return this.#change({ ignoreCase: true })
  }

  /**
   * Adds keys of less importance.
   *
   * @example
   * import { Sort } from 'ambit'
   * console.log(String(Sort.by('name').and('age', 'desc').and(Sort.by('id')))) // => name ASC, age DESC, id ASC
   *
   * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT` for another direction, or a key that can be no property
   */
  and(other: Sort | string, direction?: SortDirection | Lowercase<SortDirection>): Sort {
    return new Sort([...this.terms, ...(typeof other === 'string' ? new Sort(other, direction) : other).terms])
  }

  /**
   * `'name DESC NULLS LAST, age ASC'`, for logs.
   *
   * @example
   * import { Sort } from 'ambit'
   * console.log(Sort.by('name').desc().nullsLast().and('age').toString()) // => name DESC NULLS LAST, age ASC
   */
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
