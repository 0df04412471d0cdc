import { InvalidCursorError } from '../errors'
import { DEFAULT_MAX_PAGE_SIZE, type PageLimits } from './page-request'
import { invalidPage, wholeNumber } from './page-numbers'
import type { PropertyPath } from './property-path.types'
import { Sort } from './sort'

/** Where a window begins: at an end of the rows, or beside the row that a cursor names. */
export type WindowPlace = 'start' | 'end' | { readonly after: string } | { readonly before: string }

const BRAND = Symbol.for('ambit.window-request')

/**
 * Which window of a result is wanted: how many rows, how sorted, and from where. Immutable; checked on the spot, so numbers
 * and cursors from outside are safe to pass. Whether a cursor is one of ours shows when the query runs.
 *
 * @example
 * const first = WindowRequest.first(20, 'name')
 * const window = await users.findByActiveTrue(first)
 * await users.findByActiveTrue(first.after(cursor))              // the 20 rows behind it
 * await users.findByActiveTrue(WindowRequest.last(20, 'name'))   // the last 20, in the same order
 *
 * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE` for a size below 1, above the limit, or a fraction
 * @throws InvalidSortError `AMBIT_QUERY_INVALID_SORT`
 * @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR` for a cursor that is no text
 */
export class WindowRequest {
  readonly size: number
  /** `undefined`: in the order of the query. */
  readonly sort: Sort | undefined
  readonly from: WindowPlace
  readonly maxSize: number

  private constructor(size: number, sort: Sort | undefined, from: WindowPlace, maxSize: number) {
    this.size = size
    this.sort = sort
    this.from = from
    this.maxSize = maxSize
    Object.defineProperty(this, BRAND, { value: true })
    Object.freeze(this)
  }

  /** The first rows there are. */
  static first<T = unknown>(size: number, sort?: PropertyPath<NoInfer<T>> | Sort, limits?: PageLimits): WindowRequest {
    return WindowRequest.#of(size, sort, 'start', limits)
  }

  /** The last rows there are; they come in the order of the query all the same. */
  static last<T = unknown>(size: number, sort?: PropertyPath<NoInfer<T>> | Sort, limits?: PageLimits): WindowRequest {
    return WindowRequest.#of(size, sort, 'end', limits)
  }

  static #of(
    size: number,
    sort: string | Sort | undefined,
    from: WindowPlace,
    { maxSize = DEFAULT_MAX_PAGE_SIZE }: PageLimits = {},
  ): WindowRequest {
    const most = wholeNumber('maximum window size', maxSize, 1)
    const rows = wholeNumber('window size', size, 1)
    if (rows > most) throw tooLarge(rows, most)
    return new WindowRequest(rows, typeof sort === 'string' ? new Sort(sort) : sort, from, most)
  }

  /** Tells window requests from everything else, also those of another copy of the package. */
  static is(value: unknown): value is WindowRequest {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
  }

  /** As many rows, behind the row of a cursor. */
  after(cursor: string): WindowRequest {
    return new WindowRequest(this.size, this.sort, Object.freeze({ after: text(cursor) }), this.maxSize)
  }

  /** As many rows, in front of the row of a cursor. */
  before(cursor: string): WindowRequest {
    return new WindowRequest(this.size, this.sort, Object.freeze({ before: text(cursor) }), this.maxSize)
  }

  /** `'20 rows after a cursor, name ASC'`, for logs; never the cursor. */
  toString(): string {
    const { from, size, sort } = this
    const place = typeof from === 'string' ? `from the ${from}` : `${Object.keys(from).join()} a cursor`
    return `${String(size)} rows ${place}${sort ? `, ${sort.toString()}` : ''}`
  }
}

/** `undefined` is refused: taken for "from the start", it would send a reader round and round. */
function text(cursor: unknown): string {
  if (typeof cursor === 'string') return cursor
  throw new InvalidCursorError()
}

function tooLarge(size: number, most: number): Error {
  return invalidPage(
    `A window of ${String(size)} rows is above the limit of ${String(most)}.`,
    'Ask for less, stream the rows, or pass { maxSize } where so many rows are meant.',
  )
}
