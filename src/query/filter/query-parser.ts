import type { Allowed } from './allow-list'
import { FilterTexts, type ParserLimits } from './filter-texts'
import { QueryParams } from './query-params'

/** What belongs to a filter's text. */
export interface ParseOptions<T> {
  /** The properties that the text may name. Without them it is read, but neither run nor combined. */
  readonly allow?: Allowed<T> | undefined
  /** Text such as `'+createdAt,-name'` or `'name desc'`. */
  readonly sort?: string | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/**
 * Reads filters: text that a user, another program or a file supplies. It holds no placeholders and no order, every value of
 * it is bound, and it may name nothing that `allow` does not list.
 *
 * For the parameters of URLs use `defineQueryable`, which has limits for outsiders.
 *
 * @example
 * const params = QueryParser.parse<Post>('published == true AND pk > 10', { limit: 20, allow: ['published', 'pk'] })
 *
 * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX`, `AMBIT_QUERY_LIMIT`; PropertyNotAllowedError `AMBIT_QUERY_NOT_ALLOWED`;
 * InvalidPageError `AMBIT_QUERY_INVALID_PAGE`
 */
export class QueryParser<T = unknown> {
  readonly #texts: FilterTexts

  constructor(limits: ParserLimits = {}) {
    this.#texts = new FilterTexts(limits)
  }

  /** Reads a filter with the usual limits. */
  static parse<T = unknown>(text: string, options?: ParseOptions<T>): QueryParams<T> {
    return USUAL.parse(text, options)
  }

  parse<E = T>(text: string, { allow, sort, limit, offset }: ParseOptions<E> = {}): QueryParams<E> {
    const content = {
      predicate: this.#texts.filter(text),
      sort: sort === undefined ? undefined : this.#texts.sort(sort),
      limit,
      offset,
    }
    const closed = QueryParams.closed<E>(content)
    return allow === undefined ? closed : closed.allow(allow)
  }
}

const USUAL = new QueryParser()
