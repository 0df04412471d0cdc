import { AndNode } from '../ast/and-node'
import { anyOf } from '../ast/combine'
import { NotNode } from '../ast/not-node'
import { OrNode } from '../ast/or-node'
import type { Predicate } from '../ast/predicate'
import type { ConditionParser } from './condition-parser'
import type { ParserBudget } from './parser-budget'
import type { TokenCursor } from './token-cursor'

/** Reads conditions joined by `not`, `and`, `or`, in this order of precedence, and parentheses. */
export class PredicateParser {
  readonly #cursor: TokenCursor
  readonly #conditions: ConditionParser
  readonly #budget: ParserBudget

  constructor(cursor: TokenCursor, conditions: ConditionParser, budget: ParserBudget) {
    this.#cursor = cursor
    this.#conditions = conditions
    this.#budget = budget
  }

  predicate(): Predicate {
    const first = this.#conjunction(this.#negation())
    if (!this.#cursor.skip('or')) return first
    const parts = [first]
    this.#alternatives(parts)
    return OrNode.create(parts)
  }

  /** Adds what `or` joins. */
  #alternatives(parts: Predicate[]): void {
    do this.#alternative(parts)
    while (this.#cursor.skip('or'))
  }

  /** A group of alternatives among alternatives is no node of its own: they are added one by one. */
  #alternative(parts: Predicate[]): void {
    if (!this.#cursor.at('(')) {
      parts.push(this.#conjunction(this.#negation()))
      return
    }
    const before = parts.length
    this.#open()
    this.#alternatives(parts)
    this.#close()
    if (!this.#cursor.at('and')) return
    const group = anyOf(parts.splice(before))
    if (group) parts.push(this.#conjunction(group))
  }

  #conjunction(first: Predicate): Predicate {
    if (!this.#cursor.skip('and')) return first
    const parts = [first, this.#negation()]
    while (this.#cursor.skip('and')) parts.push(this.#negation())
    return AndNode.create(parts)
  }

  #negation(): Predicate {
    if (!this.#cursor.skip('not')) return this.#primary()
    this.#budget.enter()
    const operand = this.#negation()
    this.#budget.leave()
    return NotNode.create(operand)
  }

  #primary(): Predicate {
    return this.#cursor.at('(') ? this.group() : this.#conditions.condition()
  }

  /** A predicate in parentheses. */
  group(): Predicate {
    this.#open()
    const inner = this.predicate()
    this.#close()
    return inner
  }

  #open(): void {
    if (!this.#cursor.skip('(')) throw this.#cursor.unexpected(["'('"])
    this.#budget.enter()
  }

  #close(): void {
    if (!this.#cursor.skip(')')) throw this.#cursor.unexpected(["'and'", "'or'", "')'"])
    this.#budget.leave()
  }
}
