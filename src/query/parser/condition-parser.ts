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
import type { TokenCursor } from './token-cursor'

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
    const { kind, value } = this.#cursor.current
    const operator = kind === 'symbol' ? COMPARISONS.get(value) : undefined
    if (operator) return this.#comparison(path, operator)
    if (this.#cursor.takeWord('is')) return this.#test(path)
    return this.#wordOperator(path, this.#cursor.takeWord('not'))
  }

  #comparison(path: string, operator: ComparisonOperator): Condition {
    this.#cursor.take()
    const testsNull = (operator === 'eq' || operator === 'ne') && this.#cursor.takeWord('null')
    if (testsNull) return NullTestNode.create(path, { negated: operator === 'ne' })
    const value = this.#operands.operand()
    return ComparisonNode.create(operator, path, value, { ignoreCase: this.#ignoreCase() })
  }

  #test(path: string): Condition {
    const negated = this.#cursor.takeWord('not')
    if (this.#cursor.takeWord('null')) return NullTestNode.create(path, { negated })
    if (this.#cursor.takeWord('true')) return BooleanTestNode.create(path, true, { negated })
    if (this.#cursor.takeWord('false')) return BooleanTestNode.create(path, false, { negated })
    if (this.#cursor.takeWord('empty')) return ExistsNode.create(path, undefined, { negated: !negated })
    throw this.#cursor.unexpected([...(negated ? [] : ["'not'"]), "'null'", "'true'", "'false'", "'empty'"])
  }

  #wordOperator(path: string, negated: boolean): Condition {
    const word = this.#cursor.current.keyword
    const pattern = PATTERNS.get(word ?? '')
    if (this.#cursor.takeWord('in')) return this.#membership(path, negated)
    if (this.#cursor.takeWord('between')) return this.#between(path, negated)
    if (!negated && this.#cursor.takeWord('any')) return this.#elements(path, false)
    if (!negated && this.#cursor.takeWord('none')) return this.#elements(path, true)
    if (pattern && word !== undefined) return this.#pattern(path, word, { operator: pattern, negated })
    throw this.#noOperator(path, negated)
  }

  #membership(path: string, negated: boolean): Condition {
    const members: Members = this.#operands.placeholder() ?? this.#list()
    return MembershipNode.create(path, members, { negated, ignoreCase: this.#ignoreCase() })
  }

  #list(): readonly Operand[] {
    if (!this.#cursor.takeSymbol('(')) throw this.#cursor.unexpected(["'('", 'a :parameter'])
    if (this.#atClosing()) throw this.#emptyList()
    const members: Operand[] = []
    do {
      this.#budget.member(members.length)
      members.push(this.#operands.operand())
    } while (this.#cursor.takeSymbol(','))
    if (!this.#cursor.takeSymbol(')')) throw this.#cursor.unexpected(["','", "')'"])
    return members
  }

  #between(path: string, negated: boolean): Condition {
    const low = this.#operands.operand()
    if (!this.#cursor.takeWord('and')) throw this.#cursor.unexpected(["'and'"])
    return BetweenNode.create(path, low, this.#operands.operand(), { negated })
  }

  #elements(path: string, negated: boolean): Condition {
    // The parentheses count for what stands in them; the test of an element is a level of its own.
    this.#budget.enter()
    const predicate = this.#group()
    this.#budget.leave()
    return ExistsNode.create(path, predicate, { negated })
  }

  #pattern(path: string, word: string, match: { operator: PatternOperator; negated: boolean }): Condition {
    this.#cursor.take()
    if (TWO_WORDS.has(word) && !this.#cursor.takeWord('with')) throw this.#cursor.unexpected(["'with'"])
    const value = this.#operands.pattern()
    const ignoreCase = this.#ignoreCase() || word === 'ilike'
    const fromOutside = !this.#operands.takesPlaceholders
    return PatternNode.create(match.operator, path, value, { negated: match.negated, ignoreCase, fromOutside })
  }

  #ignoreCase(): boolean {
    if (!this.#cursor.takeWord('ignore')) return false
    if (!this.#cursor.takeWord('case')) throw this.#cursor.unexpected(["'case'"])
    return true
  }

  #atClosing(): boolean {
    const { kind, value } = this.#cursor.current
    return kind === 'symbol' && value === ')'
  }

  #emptyList() {
    return sourceError(this.#cursor.source, {
      index: this.#cursor.current.start,
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

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['=', 'eq'],
  ['==', 'eq'],
  ['<>', 'ne'],
  ['!=', 'ne'],
  ['<', 'lt'],
  ['<=', 'lte'],
  ['>', 'gt'],
  ['>=', 'gte'],
] as const)

const PATTERNS: ReadonlyMap<string, PatternOperator> = new Map([
  ['like', 'like'],
  ['ilike', 'like'],
  ['contains', 'contains'],
  ['starts', 'startsWith'],
  ['startswith', 'startsWith'],
  ['ends', 'endsWith'],
  ['endswith', 'endsWith'],
] as const)

const TWO_WORDS: ReadonlySet<string> = new Set(['starts', 'ends'])
