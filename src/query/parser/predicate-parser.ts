import { AndNode } from '../ast/and-node'
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
    const first = this.#conjunction()
    return this.#cursor.atWord('or') ? OrNode.create(this.#more('or', first)) : first
  }

  #conjunction(): Predicate {
    const first = this.#negation()
    return this.#cursor.atWord('and') ? AndNode.create(this.#more('and', first)) : first
  }

  #more(word: 'and' | 'or', first: Predicate): readonly Predicate[] {
    const parts = [first]
    while (this.#cursor.takeWord(word)) parts.push(word === 'or' ? this.#conjunction() : this.#negation())
    return parts
  }

  #negation(): Predicate {
    if (!this.#cursor.takeWord('not')) return this.#primary()
    this.#budget.enter()
    const operand = this.#negation()
    this.#budget.leave()
    return NotNode.create(operand)
  }

  #primary(): Predicate {
    return this.#cursor.atSymbol('(') ? this.group() : this.#conditions.condition()
  }

  /** A predicate in parentheses. */
  group(): Predicate {
    if (!this.#cursor.takeSymbol('(')) throw this.#cursor.unexpected(["'('"])
    this.#budget.enter()
    const inner = this.predicate()
    if (!this.#cursor.takeSymbol(')')) throw this.#cursor.unexpected(["'and'", "'or'", "')'"])
    this.#budget.leave()
    return inner
  }
}
