import type { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { ConditionParser } from './condition-parser'
import { OperandParser } from './operand-parser'
import { OrderParser } from './order-parser'
import { ParserBudget } from './parser-budget'
import { resolveParserOptions, type ParserOptions, type ResolvedParserOptions } from './parser-options'
import { PredicateParser } from './predicate-parser'
import { sourceError, type QuerySource } from './query-source'
import { TokenCursor } from './token-cursor'

/** A where expression after reading. */
export interface ParsedWhere {
  /** `undefined` where the text is only an `order by`. */
  readonly predicate: Predicate | undefined
  readonly order: readonly OrderTerm[]
}

/**
 * Reads an expression over properties: what the `where` of a query, or a filter from outside, says.
 *
 * Takes linear time on any text, and never fails otherwise than by its own error. `= null` means `is null`; words in any
 * case; a property that is also a word of the language stands in back-ticks.
 *
 * @example
 * const { predicate, order } = parseWhere("active = true and (age > 18 or name like 'a%') order by name")
 * const filter = parseWhere(request.query.q, { placeholders: 'none', orderBy: false, maxTerms: 50 })
 *
 * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX` with the position and a marked excerpt, `AMBIT_QUERY_LIMIT` beyond a limit
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`
 */
export function parseWhere(text: string, options?: ParserOptions): ParsedWhere {
  return readWhere(text, resolveParserOptions(options))
}

/** The same with options that were looked at before. */
export function readWhere(text: string, options: ResolvedParserOptions): ParsedWhere {
  const cursor = open({ text, language: 'where expression', label: options.label }, options)
  const budget = new ParserBudget(cursor, options)
  const predicate = atOrderBy(cursor, options) ? undefined : predicates(cursor, budget, options).predicate()
  const order = atOrderBy(cursor, options) ? orderBy(cursor, budget) : NO_ORDER
  if (cursor.kind !== 'end') throw cursor.unexpected(continuations(order.length > 0, options))
  return Object.freeze({ predicate, order })
}

/**
 * Reads the sort of a request: keys as in an order, or with their direction before them.
 *
 * @example
 * parseSort('-createdAt,+name')   // created last first, then by name; a URL's plus may have become a space
 *
 * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX`, `AMBIT_QUERY_LIMIT`
 */
export function parseSort(text: string, options?: ParserOptions): readonly OrderTerm[] {
  return readSort(text, resolveParserOptions(options))
}

/** The same with options that were looked at before. */
export function readSort(text: string, options: ResolvedParserOptions): readonly OrderTerm[] {
  const cursor = open({ text, language: 'sort', label: options.label }, options)
  const terms = new OrderParser(cursor, new ParserBudget(cursor, options), 'signs').terms()
  if (cursor.kind !== 'end') throw cursor.unexpected(continuations(true, options))
  return terms
}

function open(source: QuerySource, { maxLength }: ResolvedParserOptions): TokenCursor {
  if (source.text.length > maxLength)
    throw sourceError(source, {
      code: 'AMBIT_QUERY_LIMIT',
      index: maxLength,
      problem: `it is longer than the ${String(maxLength)} characters allowed`,
      next: 'Shorten the expression; pass long lists as one parameter, as in "id in :ids".',
    })
  return new TokenCursor(source)
}

function predicates(cursor: TokenCursor, budget: ParserBudget, options: ResolvedParserOptions): PredicateParser {
  const operands = new OperandParser(cursor, options.placeholders)
  const conditions = new ConditionParser(cursor, operands, budget, () => parser.group())
  const parser: PredicateParser = new PredicateParser(cursor, conditions, budget)
  return parser
}

function atOrderBy(cursor: TokenCursor, { orderBy }: ResolvedParserOptions): boolean {
  return orderBy && cursor.atBoth('order', 'by')
}

function orderBy(cursor: TokenCursor, budget: ParserBudget): readonly OrderTerm[] {
  cursor.advance()
  cursor.advance()
  return new OrderParser(cursor, budget).terms()
}

function continuations(ordered: boolean, { orderBy }: ResolvedParserOptions): readonly string[] {
  if (ordered) return ["','", 'the end']
  return ["'and'", "'or'", ...(orderBy ? ["'order by'"] : []), 'the end']
}

const NO_ORDER: readonly OrderTerm[] = Object.freeze([])
