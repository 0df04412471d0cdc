import { invalidPage, wholeNumber } from './page-numbers'
import type { PropertyPath } from './property-path.types'
import { Sort } from './sort'

/** Limits of a page request. */
export interface PageLimits {
  /** The largest size accepted, in rows. Default {@link DEFAULT_MAX_PAGE_SIZE}. */
  readonly maxSize?: number
}

/** The largest page unless `maxSize` says otherwise, in rows: what a person or a screen can use, and a process can hold. */
export const DEFAULT_MAX_PAGE_SIZE = 1_000

const BRAND = Symbol.for('ambit.page-request')

/**
 * Which page of a result is wanted: its number (from 0), its size, and how to sort. Immutable; checked on the spot, so
 * numbers from outside are safe to pass.
 *
 * For larger batches say `{ maxSize }`, or better, stream.
 *
 * @example
 * users.findByActiveTrue(PageRequest.of(0, 20, Sort.by('name')))
 * PageRequest.of<User>(2, 50, 'team.name')                 // the compiler knows the properties of User
 * PageRequest.of(0, 5_000, undefined, { maxSize: 5_000 })
 *
 * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE` for a page below 0, a size below 1 or above the limit, or fractions
 * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT`
 */
export class PageRequest {
  readonly page: number
  readonly size: number
  /** `undefined`: in the order of the query. */
  readonly sort: Sort | undefined
  readonly maxSize: number

  constructor(page: number, size: number, sort?: string | Sort | readonly Sort[], limits: PageLimits = {}) {
    this.maxSize = wholeNumber('maximum page size', limits.maxSize ?? DEFAULT_MAX_PAGE_SIZE, 1)
    this.page = wholeNumber('page number', page, 0)
    this.size = wholeNumber('page size', size, 1)
    if (size > this.maxSize)
      throw invalidPage(
        `A page of ${String(size)} rows is above the limit of ${String(this.maxSize)}.`,
        'Ask for less, stream the rows, or pass { maxSize } where so many rows are meant.',
      )
    wholeNumber('offset', page * size, 0)
    this.sort = combined(sort)
    Object.defineProperty(this, BRAND, { value: true })
    Object.freeze(this)
  }

  /**
   * A request for one page: its number, from 0, its size, and how to sort. `LIMIT size OFFSET page * size`.
   *
   * @example
   * import { PageRequest, Sort } from 'ambit'
   * console.log(String(PageRequest.of(2, 20, Sort.by('name')))) // => page 2 of size 20, name ASC
   *
   * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE` for a page below 0, a size below 1 or above the limit, or
   * fractions; InvalidSortError `AMBIT_QUERY_INVALID_SORT`
   */
  static of<T = unknown>(
    page: number,
    size: number,
    sort?: PropertyPath<NoInfer<T>> | Sort | readonly Sort[],
    limits?: PageLimits,
  ): PageRequest {
    return new PageRequest(page, size, sort, limits)
  }

  /**
   * Tells page requests from everything else, also those of another copy of the package.
   *
   * @example
   * import { PageRequest } from 'ambit'
   * console.log(PageRequest.is(PageRequest.of(0, 20)), PageRequest.is({ page: 0, size: 20 })) // => true false
   */
  static is(value: unknown): value is PageRequest {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
  }

  /**
   * How many rows come before this page.
   *
   * @example
   * import { PageRequest } from 'ambit'
   * console.log(PageRequest.of(2, 20).offset) // => 40
   */
  get offset(): number {
    return this.page * this.size
  }

  /**
   * The page after this one.
   *
   * @example
   * import { PageRequest } from 'ambit'
   * console.log(String(PageRequest.of(0, 20).next())) // => page 1 of size 20
   *
   * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE` behind the last page whose rows a number can count
   */
  next(): PageRequest {
    return new PageRequest(this.page + 1, this.size, this.sort, { maxSize: this.maxSize })
  }

  /**
   * `'page 2 of size 20, name ASC'`, for logs.
   *
   * @example
   * import { PageRequest } from 'ambit'
   * console.log(PageRequest.of(2, 20, 'name').toString()) // => page 2 of size 20, name ASC
   */
  toString(): string {
    return `page ${String(this.page)} of size ${String(this.size)}${this.sort ? `, ${this.sort.toString()}` : ''}`
  }
}

function combined(sort: string | Sort | readonly Sort[] | undefined): Sort | undefined {
  if (sort === undefined || sort instanceof Sort) return sort
  if (typeof sort === 'string') return new Sort(sort)
  return sort.length === 0 ? undefined : new Sort(sort.flatMap(each => each.terms))
}
