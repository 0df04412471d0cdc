import type { Predicate } from '../ast/predicate'
import { Sort } from '../paging/sort'
import { readSort, readWhere } from '../parser/parse-where'
import { type ParserOptions, type ResolvedParserOptions, resolveParserOptions } from '../parser/parser-options'
import { BoundedMap } from '../plan/bounded-map'

/** How large a text may be; the defaults are those of where expressions. */
export type ParserLimits = Pick<ParserOptions, 'label' | 'maxLength' | 'maxDepth' | 'maxTerms' | 'maxListLength'>

/** Reads texts from outside, and remembers what it has read: the same texts come with many requests. */
export class FilterTexts {
  readonly #options: ResolvedParserOptions
  readonly #filters = new BoundedMap<Predicate>(TEXTS)
  readonly #sorts = new BoundedMap<Sort>(TEXTS)

  /** @throws QueryDeclarationError `AMBIT_QUERY_OPTION` */
  constructor(limits: ParserLimits) {
    this.#options = resolveParserOptions({ ...limits, placeholders: 'none', orderBy: false })
  }

  /** @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX`, `AMBIT_QUERY_LIMIT` */
  filter(text: string): Predicate {
    return remembered(this.#filters, text, () => {
      const { predicate } = readWhere(text, this.#options)
      if (predicate === undefined) throw new TypeError('without an order there are conditions')
      return predicate
    })
  }

  /** @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX`, `AMBIT_QUERY_LIMIT` */
  sort(text: string): Sort {
    return remembered(this.#sorts, text, () => new Sort(readSort(text, this.#options)))
  }
}

/** Long texts are rare, and would fill the memory. */
function remembered<V>(known: BoundedMap<V>, text: string, read: () => V): V {
  return text.length > LONG ? read() : known.of(text, read)
}

const TEXTS = 500
const LONG = 1_000
