import { didYouMean } from '../../core/near-misses'
import { QueryDeclarationError } from '../errors'
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
 * InvalidPageError `AMBIT_QUERY_INVALID_PAGE`; QueryDeclarationError `AMBIT_QUERY_OPTION`
 */
export class QueryParser<T = unknown> {
  readonly #texts: FilterTexts

  constructor(limits: ParserLimits = {}) {
    requireKnown('new QueryParser()', limits, LIMITS)
    this.#texts = new FilterTexts(limits)
  }

  /** Reads a filter with the usual limits. */
  static parse<T = unknown>(text: string, options?: ParseOptions<T>): QueryParams<T> {
    return USUAL.parse(text, options)
  }

  parse<E = T>(text: string, options: ParseOptions<E> = {}): QueryParams<E> {
    requireKnown('QueryParser.parse()', options, OPTIONS)
    const { allow, sort, limit, offset } = options
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

/** A misspelt `allow` would open nothing, a misspelt limit would not limit. */
function requireKnown(where: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find(name => !known.includes(name))
  if (unknown === undefined) return
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${where} has no option '${unknown}'.`,
    where,
    next: `${didYouMean(unknown, known)}Use ${known.join(', ')}.`,
  })
}

const LIMITS = [
  'label',
  'maxLength',
  'maxDepth',
  'maxTerms',
  'maxListLength',
] as const satisfies readonly (keyof ParserLimits)[]

const OPTIONS = ['allow', 'sort', 'limit', 'offset'] as const satisfies readonly (keyof ParseOptions<unknown>)[]

const USUAL = new QueryParser()
