import { AndNode } from './and-node'
import { BetweenNode } from './between-node'
import { ComparisonNode } from './comparison-node'
import { ExistsNode } from './exists-node'
import { isListParameter, MembershipNode } from './membership-node'
import { NotNode } from './not-node'
import { isPlaceholder, type Operand, type Placeholder, visitOperand } from './operand'
import { OrNode } from './or-node'
import { ParameterNode } from './parameter-node'
import { PatternNode } from './pattern-node'
import { type Predicate, type PredicateVisitor, visitPredicate } from './predicate'

/** A predicate without values of its own, and those values by the names that now stand for them. */
export interface LiftedPredicate {
  readonly predicate: Predicate
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * Puts a parameter in the place of every value: predicates that differ only in their values have one text, and so one
 * statement. A list becomes one parameter, whatever its length. The names begin with `prefix`.
 *
 * @example
 * liftValues(parseWhere("age > 18 and name in ('a', 'b')").predicate)
 * // { predicate: age > :v1 and name in :v2, values: { v1: 18, v2: ['a', 'b'] } }
 */
export function liftValues(predicate: Predicate, prefix = 'v'): LiftedPredicate {
  const values: Record<string, unknown> = {}
  let count = 0
  const lift = (value: unknown): ParameterNode => {
    const name = `${prefix}${String((count += 1))}`
    values[name] = value
    return ParameterNode.create(name)
  }
  const operand = (node: Operand): Placeholder => (isPlaceholder(node) ? node : lift(valueOf(node)))
  const visitor: PredicateVisitor<Predicate> = {
    and: node => AndNode.create(node.operands.map(visit)),
    or: node => OrNode.create(node.operands.map(visit)),
    not: node => NotNode.create(visit(node.operand)),
    comparison: node => ComparisonNode.create(node.operator, node.path, operand(node.value), node),
    membership: node => {
      const { members } = node
      if (isListParameter(members)) return node
      const own = members.filter((member): member is ValueOperand => !isPlaceholder(member))
      const list = own.length === members.length ? lift(own.map(valueOf)) : members.map(operand)
      return MembershipNode.create(node.path, list, node)
    },
    pattern: node => PatternNode.create(node.operator, node.path, operand(node.value), node),
    'null-test': node => node,
    'boolean-test': node => node,
    between: node => BetweenNode.create(node.path, operand(node.low), operand(node.high), node),
    exists: node => ExistsNode.create(node.path, node.predicate && visit(node.predicate), node),
  }
  function visit(node: Predicate): Predicate {
    return visitPredicate(node, visitor)
  }
  return Object.freeze({ predicate: visit(predicate), values: Object.freeze(values) })
}

/** An operand that holds its value. */
type ValueOperand = Exclude<Operand, Placeholder>

function valueOf(node: ValueOperand): unknown {
  return visitOperand<unknown>(node, {
    literal: ({ value }) => (typeof value === 'bigint' ? value.toString() : value),
    decimal: ({ digits }) => digits,
    value: ({ value }) => value,
    parameter: placeholder,
    argument: placeholder,
  })
}

function placeholder(): never {
  throw new TypeError('a placeholder has no value of its own')
}
