import { wholeNumber } from './page-numbers'

/**
 * One page of a result whose size is not counted: it only knows whether more rows follow. Immutable.
 *
 * Cheaper than a `Page`, for lists that are scrolled and feeds.
 *
 * @example
 * const slice = await users.findByActiveTrue(request)
 * if (slice.hasNext) await load(request.next())
 *
 * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE` for a negative or fractional number
 */
export class Slice<T> {
  readonly content: readonly T[]
  /** From 0. */
  readonly page: number
  readonly size: number
  readonly hasNext: boolean

  constructor(content: readonly T[], page: number, size: number, hasNext: boolean) {
    this.content = Object.freeze(content.slice())
    this.page = wholeNumber('page number', page, 0)
    this.size = wholeNumber('page size', size, 0)
    this.hasNext = hasNext
    Object.freeze(this)
  }

  get isFirst(): boolean {
    return this.page === 0
  }

  get isLast(): boolean {
    return !this.hasNext
  }

  /** The same slice of other things. */
  map<U>(fn: (item: T, index: number) => U): Slice<U> {
    return new Slice(
      this.content.map((item, index) => fn(item, index)),
      this.page,
      this.size,
      this.hasNext,
    )
  }
}
