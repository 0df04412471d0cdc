import { OrderTerm, type NullOrder, type OrderDirection } from '../ast/order-term'
import type { ParserBudget } from './parser-budget'
import { readPropertyPath } from './read-property-path'
import type { TokenCursor } from './token-cursor'

/** Whether a key may say its direction by a sign before it: `-name`. */
type OrderSigns = 'signs' | 'words'

/** Reads the keys of an order: `name ignore case desc nulls last, id`. */
export class OrderParser {
  readonly #cursor: TokenCursor
  readonly #budget: ParserBudget
  readonly #signs: OrderSigns

  constructor(cursor: TokenCursor, budget: ParserBudget, signs: OrderSigns = 'words') {
    this.#cursor = cursor
    this.#budget = budget
    this.#signs = signs
  }

  terms(): readonly OrderTerm[] {
    const terms: OrderTerm[] = []
    do terms.push(this.#term())
    while (this.#cursor.skip(','))
    return Object.freeze(terms)
  }

  #term(): OrderTerm {
    this.#budget.term()
    const sign = this.#sign()
    const path = readPropertyPath(this.#cursor)
    const ignoreCase = this.#ignoreCase()
    return OrderTerm.create(path, sign ?? this.#direction(), { ignoreCase, nulls: this.#nulls() })
  }

  #sign(): OrderDirection | undefined {
    if (this.#signs === 'words') return undefined
    if (this.#cursor.skip('-')) return 'DESC'
    return this.#cursor.skip('+') ? 'ASC' : undefined
  }

  #ignoreCase(): boolean {
    if (!this.#cursor.skip('ignore')) return false
    if (!this.#cursor.skip('case')) throw this.#cursor.unexpected(["'case'"])
    return true
  }

  #direction(): OrderDirection {
    if (this.#cursor.skip('desc')) return 'DESC'
    this.#cursor.skip('asc')
    return 'ASC'
  }

  #nulls(): NullOrder | undefined {
    if (!this.#cursor.skip('nulls')) return undefined
    if (this.#cursor.skip('first')) return 'FIRST'
    if (this.#cursor.skip('last')) return 'LAST'
    throw this.#cursor.unexpected(["'first'", "'last'"])
  }
}
