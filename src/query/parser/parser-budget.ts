import { sourceError } from './query-source'
import type { ResolvedParserOptions } from './parser-options'
import type { TokenCursor } from './token-cursor'

/** Counts what a text spends of its limits. */
export class ParserBudget {
  readonly #cursor: TokenCursor
  readonly #options: ResolvedParserOptions
  #depth = 0
  #terms = 0

  constructor(cursor: TokenCursor, options: ResolvedParserOptions) {
    this.#cursor = cursor
    this.#options = options
  }

  /** Goes one level deeper. */
  enter(): void {
    this.#depth++
    if (this.#depth > this.#options.maxDepth) throw this.#exceeded('nests deeper', 'levels', this.#options.maxDepth)
  }

  leave(): void {
    this.#depth--
  }

  /** Counts a condition, a list member or an order key. */
  term(): void {
    this.#terms++
    if (this.#terms > this.#options.maxTerms) throw this.#exceeded('has more', 'terms', this.#options.maxTerms)
  }

  /** Counts the next member of a list that has so many. */
  member(before: number): void {
    this.term()
    const { maxListLength } = this.#options
    if (before >= maxListLength) throw this.#exceeded('has a list of more', 'members', maxListLength)
  }

  #exceeded(what: string, unit: string, limit: number) {
    return sourceError(this.#cursor.source, {
      code: 'AMBIT_QUERY_LIMIT',
      index: this.#cursor.start,
      problem: `it ${what} than the ${String(limit)} ${unit} allowed`,
      next: 'Shorten the expression; pass long lists as one parameter, as in "id in :ids".',
    })
  }
}
