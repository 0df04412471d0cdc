import { invalidPage } from './page-numbers'

/** What a window knows beside its content. */
export interface WindowFacts {
  readonly hasNext: boolean
  readonly hasPrevious: boolean
  /** The cursor of the row at that place of the content; asked once for each. */
  cursorAt(index: number): string
}

/**
 * Some rows of a result in their order, and whether there are more on either side. It has no number: the next window begins
 * behind a row, wherever that row stands by then, so none is shown twice or left out when others come and go.
 *
 * @example
 * const window = await users.findByActiveTrue(WindowRequest.first(20, 'name'))
 * window.content                     // the first 20 users
 * response.json(window)              // { content, hasNext, hasPrevious, startCursor, endCursor }
 */
export class Window<T> {
  readonly content: readonly T[]
  /** Whether rows follow the content. Of a window before a cursor: the row of the cursor, which was there. */
  readonly hasNext: boolean
  /** Whether rows precede the content. Of a window after a cursor: the row of the cursor, which was there. */
  readonly hasPrevious: boolean
  readonly #cursorAt: (index: number) => string
  readonly #cursors = new Map<number, string>()

  constructor(content: readonly T[], facts: WindowFacts) {
    this.content = Object.freeze(content.slice())
    this.hasNext = facts.hasNext
    this.hasPrevious = facts.hasPrevious
    this.#cursorAt = index => facts.cursorAt(index)
    Object.freeze(this)
  }

  /**
   * The cursor of a row of the content: an opaque text, good for this query with these arguments and this sort.
   *
   * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE` where the content has no such row
   */
  cursorAt(index: number): string {
    if (!(index in this.content)) throw noRow(index, this.content.length)
    const known = this.#cursors.get(index)
    if (known !== undefined) return known
    const made = this.#cursorAt(index)
    this.#cursors.set(index, made)
    return made
  }

  /** The cursor of the first row: `request.before(cursor)` is what precedes it. `undefined` where there is no row. */
  get startCursor(): string | undefined {
    return this.content.length === 0 ? undefined : this.cursorAt(0)
  }

  /** The cursor of the last row: `request.after(cursor)` is what follows it. `undefined` where there is no row. */
  get endCursor(): string | undefined {
    return this.content.length === 0 ? undefined : this.cursorAt(this.content.length - 1)
  }

  /** The same window of other things, with the same cursors. */
  map<U>(fn: (item: T, index: number) => U): Window<U> {
    const content = this.content.map((item, index) => fn(item, index))
    const { hasNext, hasPrevious } = this
    return new Window(content, { hasNext, hasPrevious, cursorAt: index => this.cursorAt(index) })
  }

  /** What a client needs to ask for more; cursors are null where there is no row. */
  toJSON(): WindowJson<T> {
    const { content, hasNext, hasPrevious, startCursor = null, endCursor = null } = this
    return { content, hasNext, hasPrevious, startCursor, endCursor }
  }
}

function noRow(index: number, rows: number): Error {
  return invalidPage(
    `A window of ${String(rows)} rows has no row ${String(index)}.`,
    'Rows are counted from 0; an empty window has no cursors.',
  )
}

/** A window as JSON has it. */
export interface WindowJson<T> {
  readonly content: readonly T[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}
