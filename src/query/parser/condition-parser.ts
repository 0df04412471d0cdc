import { BetweenNode } from '../ast/between-node'
import { BooleanTestNode } from '../ast/boolean-test-node'
import { ComparisonNode, type ComparisonOperator } from '../ast/comparison-node'
import { ExistsNode } from '../ast/exists-node'
import { MembershipNode, type Members } from '../ast/membership-node'
import { NullTestNode } from '../ast/null-test-node'
import type { Operand } from '../ast/operand'
import { PatternNode, type PatternOperator } from '../ast/pattern-node'
import type { Condition, Predicate } from '../ast/predicate'
import type { OperandParser } from './operand-parser'
import type { ParserBudget } from './parser-budget'
import { sourceError } from './query-source'
import { readPropertyPath } from './read-property-path'
import type { Mark, TokenCursor } from './token-cursor'

/** Reads one condition: a property, an operator, and what the operator takes. */
export class ConditionParser {
  readonly #cursor: TokenCursor
  readonly #operands: OperandParser
  readonly #budget: ParserBudget
  readonly #group: () => Predicate

  /** `group` reads a predicate in parentheses. */
  constructor(cursor: TokenCursor, operands: OperandParser, budget: ParserBudget, group: () => Predicate) {
    this.#cursor = cursor
    this.#operands = operands
    this.#budget = budget
    this.#group = group
  }

  condition(): Condition {
    this.#budget.term()
    const path = readPropertyPath(this.#cursor)
    const operator = COMPARISONS.get(this.#cursor.mark)
    if (operator) return this.#comparison(path, operator)
    if (this.#cursor.skip('is')) return this.#test(path)
    return this.#wordOperator(path, this.#cursor.skip('not'))
  }

  #comparison(path: string, operator: ComparisonOperator): Condition {
    this.#cursor.advance()
    const testsNull = (operator === 'eq' || operator === 'ne') && this.#cursor.skip('null')
    if (testsNull) return NullTestNode.create(path, { negated: operator === 'ne' })
    const value = this.#operands.operand()
    return ComparisonNode.create(operator, path, value, { ignoreCase: this.#ignoreCase() })
  }

  #test(path: string): Condition {
    const negated = this.#cursor.skip('not')
    if (this.#cursor.skip('null')) return NullTestNode.create(path, { negated })
    if (this.#cursor.skip('true')) return BooleanTestNode.create(path, true, { negated })
    if (this.#cursor.skip('false')) return BooleanTestNode.create(path, false, { negated })
    if (this.#cursor.skip('empty')) return ExistsNode.create(path, undefined, { negated: !negated })
    throw this.#cursor.unexpected([...(negated ? [] : ["'not'"]), "'null'", "'true'", "'false'", "'empty'"])
  }

  #wordOperator(path: string, negated: boolean): Condition {
    const { mark } = this.#cursor
    if (this.#cursor.skip('in')) return this.#membership(path, negated)
    if (this.#cursor.skip('between')) return this.#between(path, negated)
    if (!negated && this.#cursor.skip('any')) return this.#elements(path, false)
    if (!negated && this.#cursor.skip('none')) return this.#elements(path, true)
    const operator = PATTERNS.get(mark)
    if (operator) return this.#pattern(path, mark, { operator, negated })
    throw this.#noOperator(path, negated)
  }

  #membership(path: string, negated: boolean): Condition {
    const members: Members = this.#operands.placeholder() ?? this.#list()
    return MembershipNode.create(path, members, { negated, ignoreCase: this.#ignoreCase() })
  }

  #list(): readonly Operand[] {
    if (!this.#cursor.skip('(')) throw this.#cursor.unexpected(["'('", 'a :parameter'])
    if (this.#cursor.at(')')) throw this.#emptyList()
    const members: Operand[] = []
    do {
      this.#budget.member(members.length)
      members.push(this.#operands.operand())
    } while (this.#cursor.skip(','))
    if (!this.#cursor.skip(')')) throw this.#cursor.unexpected(["','", "')'"])
    return members
  }

  #between(path: string, negated: boolean): Condition {
    const low = this.#operands.operand()
    if (!this.#cursor.skip('and')) throw this.#cursor.unexpected(["'and'"])
    return BetweenNode.create(path, low, this.#operands.operand(), { negated })
  }

  #elements(path: string, negated: boolean): Condition {
    // The parentheses count for what stands in them; the test of an element is a level of its own.
    this.#budget.enter()
    const predicate = this.#group()
    this.#budget.leave()
    return ExistsNode.create(path, predicate, { negated })
  }

  #pattern(path: string, word: Mark, match: { operator: PatternOperator; negated: boolean }): Condition {
    this.#cursor.advance()
    if (TWO_WORDS.has(word) && !this.#cursor.skip('with')) throw this.#cursor.unexpected(["'with'"])
    const value = this.#operands.pattern()
    const ignoreCase = this.#ignoreCase() || word === 'ilike'
    const fromOutside = !this.#operands.takesPlaceholders
    return PatternNode.create(match.operator, path, value, { negated: match.negated, ignoreCase, fromOutside })
  }

  #ignoreCase(): boolean {
    if (!this.#cursor.skip('ignore')) return false
    if (!this.#cursor.skip('case')) throw this.#cursor.unexpected(["'case'"])
    return true
  }

  #emptyList() {
    return sourceError(this.#cursor.source, {
      index: this.#cursor.start,
      problem: 'this list is empty',
      next: 'Write at least one value, or leave the condition out: nothing is in an empty list.',
    })
  }

  #noOperator(path: string, negated: boolean) {
    if (negated)
      return this.#cursor.unexpected(["'in'", "'like'", "'between'", "'contains'", "'starts with'", "'ends with'"])
    return this.#cursor.unexpected(
      ["an operator (=, <>, <, <=, >, >=, 'in', 'like', 'between', 'contains', 'is', 'any')"],
      `A property alone is no condition: write '${path} = …', or '${path} = true' for a boolean.`,
    )
  }
}

const COMPARISONS: ReadonlyMap<Mark, ComparisonOperator> = new Map([
  ['=', 'eq'],
  ['==', 'eq'],
  ['<>', 'ne'],
  ['!=', 'ne'],
  ['<', 'lt'],
  ['<=', 'lte'],
  ['>', 'gt'],
  ['>=', 'gte'],
] as const)

const PATTERNS: ReadonlyMap<Mark, PatternOperator> = new Map([
  ['like', 'like'],
  ['ilike', 'like'],
  ['contains', 'contains'],
  ['starts', 'startsWith'],
  ['startswith', 'startsWith'],
  ['ends', 'endsWith'],
  ['endswith', 'endsWith'],
] as const)

const TWO_WORDS: ReadonlySet<Mark> = new Set(['starts', 'ends'])
