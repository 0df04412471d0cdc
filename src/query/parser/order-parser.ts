import { OrderTerm, type NullOrder, type OrderDirection } from '../ast/order-term'
import type { ParserBudget } from './parser-budget'
import { readPropertyPath } from './read-property-path'
import type { TokenCursor } from './token-cursor'

/** Reads the keys of an order: `name ignore case desc nulls last, id`. */
export class OrderParser {
  readonly #cursor: TokenCursor
  readonly #budget: ParserBudget

  constructor(cursor: TokenCursor, budget: ParserBudget) {
    this.#cursor = cursor
    this.#budget = budget
  }

  terms(): readonly OrderTerm[] {
    const terms: OrderTerm[] = []
    do terms.push(this.#term())
    while (this.#cursor.takeSymbol(','))
    return Object.freeze(terms)
  }

  #term(): OrderTerm {
    this.#budget.term()
    const path = readPropertyPath(this.#cursor)
    const ignoreCase = this.#ignoreCase()
    return OrderTerm.create(path, this.#direction(), { ignoreCase, nulls: this.#nulls() })
  }

  #ignoreCase(): boolean {
    if (!this.#cursor.takeWord('ignore')) return false
    if (!this.#cursor.takeWord('case')) throw this.#cursor.unexpected(["'case'"])
    return true
  }

  #direction(): OrderDirection {
    if (this.#cursor.takeWord('desc')) return 'DESC'
    this.#cursor.takeWord('asc')
    return 'ASC'
  }

  #nulls(): NullOrder | undefined {
    if (!this.#cursor.takeWord('nulls')) return undefined
    if (this.#cursor.takeWord('first')) return 'FIRST'
    if (this.#cursor.takeWord('last')) return 'LAST'
    throw this.#cursor.unexpected(["'first'", "'last'"])
  }
}
