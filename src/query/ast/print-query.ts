import { COMPARISON_SIGNS } from './comparison-node'
import { isListParameter, type Members } from './membership-node'
import { visitOperand, type Operand, type OperandVisitor } from './operand'
import type { OrderTerm } from './order-term'
import { PATTERN_WORDS } from './pattern-node'
import { visitPredicate, type Predicate, type PredicateVisitor } from './predicate'
import { printPath } from './property-path'
import type { Value } from './value-node'

/**
 * A predicate in the query language's canonical text, which the parser reads back as an equal tree.
 *
 * @example
 * printPredicate(parseWhere("age>=18 AND name LIKE 'a%'").predicate)   // "age >= 18 and name like 'a%'"
 */
export function printPredicate(predicate: Predicate): string {
  return visitPredicate(predicate, PREDICATE)
}

/** An order in canonical text, without the words `order by`. */
export function printOrder(terms: readonly OrderTerm[]): string {
  return terms.map(printTerm).join(', ')
}

/** A predicate and an order as one text; either may be missing. */
export function printQuery(predicate: Predicate | undefined, order: readonly OrderTerm[] = []): string {
  const parts = predicate ? [printPredicate(predicate)] : []
  return (order.length > 0 ? [...parts, `order by ${printOrder(order)}`] : parts).join(' ')
}

function printTerm({ path, direction, nulls, ignoreCase }: OrderTerm): string {
  return `${printPath(path)}${suffix(ignoreCase)} ${direction.toLowerCase()}${nulls ? ` nulls ${nulls.toLowerCase()}` : ''}`
}

function printOperand(operand: Operand): string {
  return visitOperand(operand, OPERAND)
}

/** For people: the parser reads it back as text. */
function shown(value: Value): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  return typeof value === 'object' ? Object.prototype.toString.call(value) : String(value)
}

function printMembers(members: Members): string {
  return isListParameter(members) ? printOperand(members) : `(${members.map(printOperand).join(', ')})`
}

/** `or` binds weaker than `and`: it is the one kind that needs parentheses inside. */
function printInAnd(predicate: Predicate): string {
  return predicate.kind === 'or' ? `(${printPredicate(predicate)})` : printPredicate(predicate)
}

function printString(value: string): string {
  return `'${value.replace(/['\\\n\r\t]/g, character => ESCAPES[character] ?? character)}'`
}

function suffix(ignoreCase: boolean): string {
  return ignoreCase ? ' ignore case' : ''
}

function not(negated: boolean): string {
  return negated ? 'not ' : ''
}

const ESCAPES: Readonly<Record<string, string>> = { "'": "''", '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const OPERAND: OperandVisitor<string> = {
  literal: ({ value }) => (typeof value === 'string' ? printString(value) : String(value)),
  decimal: ({ digits }) => digits,
  value: ({ value }) => (typeof value === 'bigint' ? String(value) : printString(shown(value))),
  parameter: ({ name }) => `:${name}`,
  argument: ({ index }) => `?${String(index + 1)}`,
}

const PREDICATE: PredicateVisitor<string> = {
  and: node => node.operands.map(printInAnd).join(' and '),
  or: node => node.operands.map(printPredicate).join(' or '),
  not: node => `not (${printPredicate(node.operand)})`,
  comparison: ({ operator, path, value, ignoreCase }) =>
    `${printPath(path)} ${COMPARISON_SIGNS[operator]} ${printOperand(value)}${suffix(ignoreCase)}`,
  membership: ({ path, members, negated, ignoreCase }) =>
    `${printPath(path)} ${not(negated)}in ${printMembers(members)}${suffix(ignoreCase)}`,
  pattern: ({ operator, path, value, negated, ignoreCase }) =>
    `${printPath(path)} ${not(negated)}${PATTERN_WORDS[operator]} ${printOperand(value)}${suffix(ignoreCase)}`,
  'null-test': ({ path, negated }) => `${printPath(path)} is ${not(negated)}null`,
  'boolean-test': ({ path, expected, negated }) => `${printPath(path)} is ${not(negated)}${String(expected)}`,
  between: ({ path, low, high, negated }) =>
    `${printPath(path)} ${not(negated)}between ${printOperand(low)} and ${printOperand(high)}`,
  exists: ({ path, predicate, negated }) =>
    predicate === undefined
      ? `${printPath(path)} is ${not(!negated)}empty`
      : `${printPath(path)} ${negated ? 'none' : 'any'} (${printPredicate(predicate)})`,
}
