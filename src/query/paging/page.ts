import { wholeNumber } from './page-numbers'

/**
 * One page of a result, and how large the whole is. Immutable.
 *
 * @example
 * const page = await users.findByActiveTrue(PageRequest.of(0, 20))
 * page.totalPages                          // 3 for 45 rows
 * page.map(user => user.username)          // the same page of names
 *
 * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE` for a negative or fractional number
 */
export class Page<T> {
  readonly content: readonly T[]
  /** How many rows all pages have together. */
  readonly total: number
  /** From 0. */
  readonly page: number
  readonly size: number

  constructor(content: readonly T[], total: number, page: number, size: number) {
    this.content = Object.freeze(content.slice())
    this.total = wholeNumber('total', total, 0)
    this.page = wholeNumber('page number', page, 0)
    this.size = wholeNumber('page size', size, 0)
    Object.freeze(this)
  }

  /** 0 where there are no rows, or pages hold none. */
  get totalPages(): number {
    return this.size === 0 ? 0 : Math.ceil(this.total / this.size)
  }

  get isFirst(): boolean {
    return this.page === 0
  }

  /** Also true past the end. */
  get isLast(): boolean {
    return this.page + 1 >= this.totalPages
  }

  /** The same page of other things. */
  map<U>(fn: (item: T, index: number) => U): Page<U> {
    return new Page(
      this.content.map((item, index) => fn(item, index)),
      this.total,
      this.page,
      this.size,
    )
  }

  /** What a client needs to draw a pager; `JSON.stringify` would leave the getters out. */
  toJSON(): { content: readonly T[]; total: number; page: number; size: number; totalPages: number } {
    const { content, total, page, size, totalPages } = this
    return { content, total, page, size, totalPages }
  }
}
