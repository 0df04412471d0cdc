import { BetweenNode } from '../ast/between-node'
import { ComparisonNode, type ComparisonOperator } from '../ast/comparison-node'
import { invalidNode } from '../ast/invalid-node'
import { MembershipNode } from '../ast/membership-node'
import { NullTestNode } from '../ast/null-test-node'
import { PatternNode, type PatternOperator } from '../ast/pattern-node'
import type { Condition } from '../ast/predicate'
import { valueOperand } from '../ast/value-operand'

/** How text is compared. */
export interface TextOptions {
  /** Compares in lower case. Default false. */
  readonly ignoreCase?: boolean
}

/** Equal or not; null makes it a test for null. */
export function equality(operator: 'eq' | 'ne', path: string, value: unknown, options?: TextOptions): Condition {
  if (value === null) return NullTestNode.create(path, { negated: operator === 'ne' })
  return comparison(operator, path, value, options)
}

export function comparison(
  operator: ComparisonOperator,
  path: string,
  value: unknown,
  options?: TextOptions,
): Condition {
  return ComparisonNode.create(operator, path, valueOperand(value), options)
}

export function membership(
  path: string,
  values: unknown,
  options: TextOptions & { readonly negated: boolean },
): Condition {
  if (!Array.isArray(values))
    throw invalidNode('A membership takes a list.', 'Pass an array; an empty one has no members.')
  return MembershipNode.create(path, values.map(valueOperand), options)
}

export function between(
  path: string,
  bounds: readonly [low: unknown, high: unknown],
  options?: { readonly negated: boolean },
): Condition {
  return BetweenNode.create(path, valueOperand(bounds[0]), valueOperand(bounds[1]), options)
}

export function pattern(
  operator: PatternOperator,
  path: string,
  text: unknown,
  options?: TextOptions & { readonly negated?: boolean },
): Condition {
  if (typeof text !== 'string') throw invalidNode('A pattern is text.', 'Pass a string.')
  return PatternNode.create(operator, path, valueOperand(text), options)
}
