import { AndNode } from './and-node'
import { BetweenNode } from './between-node'
import { BooleanTestNode } from './boolean-test-node'
import { ComparisonNode, type ComparisonOperator } from './comparison-node'
import { conditionsOf, operandsOf } from './conditions'
import { ExistsNode } from './exists-node'
import { isListParameter, MembershipNode } from './membership-node'
import { NotNode } from './not-node'
import { NullTestNode } from './null-test-node'
import { OrNode } from './or-node'
import { PatternNode } from './pattern-node'
import { type Condition, type Predicate, type PredicateVisitor, visitPredicate } from './predicate'
import { printPredicate } from './print-query'

/**
 * A predicate that is true, false and unknown for the same rows, and has less to say: no `not` but in conditions, groups of a
 * kind in one, nothing twice, lists of one as equality, and nothing beside what is always true or false.
 *
 * Rests on SQL's three-valued logic, and on nothing else about columns. What it leaves alone is the same object.
 *
 * @example
 * simplifyPredicate(not (a = 1 or a in (2)))   // a <> 1 and a <> 2
 */
export function simplifyPredicate(predicate: Predicate): Predicate {
  return visitPredicate(predicate, SIMPLE)
}

const SIMPLE: PredicateVisitor<Predicate> = {
  and: node => joined(node, node.operands.map(simplifyPredicate)),
  or: node => joined(node, node.operands.map(simplifyPredicate)),
  not: node => opposite(node.operand),
  comparison: same,
  membership: node => equalityOfOne(node) ?? node,
  pattern: same,
  'null-test': same,
  'boolean-test': same,
  between: same,
  exists: node => inside(node, node.negated),
}

function same<N extends Predicate>(node: N): N {
  return node
}

/** The simple form of a predicate's negation; De Morgan's laws hold for three values as well. */
function opposite(predicate: Predicate): Predicate {
  return visitPredicate(predicate, OPPOSITE)
}

const OPPOSITE: PredicateVisitor<Predicate> = {
  and: node => joined({ kind: 'or' }, node.operands.map(opposite)),
  or: node => joined({ kind: 'and' }, node.operands.map(opposite)),
  not: node => simplifyPredicate(node.operand),
  comparison: node =>
    oppositeOf(node, () => ComparisonNode.create(OPPOSITES[node.operator], node.path, node.value, node)),
  membership: node =>
    oppositeOf(node, () => {
      const negated = MembershipNode.create(node.path, node.members, { ...node, negated: !node.negated })
      return equalityOfOne(negated) ?? negated
    }),
  pattern: node =>
    oppositeOf(node, () =>
      PatternNode.create(node.operator, node.path, node.value, { ...node, negated: !node.negated }),
    ),
  'null-test': node => oppositeOf(node, () => NullTestNode.create(node.path, { negated: !node.negated })),
  'boolean-test': node =>
    oppositeOf(node, () => BooleanTestNode.create(node.path, node.expected, { negated: !node.negated })),
  between: node =>
    oppositeOf(node, () => BetweenNode.create(node.path, node.low, node.high, { negated: !node.negated })),
  exists: node => (mayBeOfMany(node) ? NotNode.create(inside(node, node.negated)) : inside(node, !node.negated)),
}

/** `not (orders.total > 5)` is about all orders, `orders.total <= 5` about one: behind a dot the `not` stays outside. */
function oppositeOf(condition: Condition, make: () => Predicate): Predicate {
  return mayBeOfMany(condition) ? NotNode.create(condition) : make()
}

function mayBeOfMany({ path }: Condition): boolean {
  return path.includes('.')
}

/** A test of elements is true or false, whatever is unknown inside. */
function inside(node: ExistsNode, negated: boolean): ExistsNode {
  const simple = node.predicate && simplifyPredicate(node.predicate)
  if (simple === node.predicate && negated === node.negated) return node
  return ExistsNode.create(node.path, simple, { negated })
}

/** Unknown stays unknown: with null on a side both are. */
const OPPOSITES = { eq: 'ne', ne: 'eq', lt: 'gte', gte: 'lt', gt: 'lte', lte: 'gt' } as const satisfies Record<
  ComparisonOperator,
  ComparisonOperator
>

function equalityOfOne({ path, members, negated, ignoreCase }: MembershipNode): ComparisonNode | undefined {
  if (isListParameter(members)) return undefined
  const [only, second] = members
  if (only === undefined || second !== undefined) return undefined
  return ComparisonNode.create(negated ? 'ne' : 'eq', path, only, { ignoreCase })
}

/** A group as it is after its parts were made simple. */
function joined(group: AndNode | OrNode | { readonly kind: 'and' | 'or' }, parts: readonly Predicate[]): Predicate {
  const { kind } = group
  const flat = parts.flatMap(part => (part.kind === kind ? part.operands : [part]))
  // What is always false decides a conjunction, and says nothing in a disjunction; and the other way round.
  const deciding = flat.find(part => constantOf(part) === (kind === 'or'))
  if (deciding) return deciding
  const saying = flat.filter(part => constantOf(part) === undefined)
  const distinct = withoutRepetitions(saying)
  const [only = flat[0], second] = distinct
  if (second === undefined && only !== undefined) return only
  if ('operands' in group && sameParts(group.operands, distinct)) return group
  return kind === 'and' ? AndNode.create(distinct) : OrNode.create(distinct)
}

/** What a predicate is for every row: `in ()` is false, `not in ()` true. `undefined` where that depends on the row. */
export function constantOf(predicate: Predicate): boolean | undefined {
  if (predicate.kind !== 'membership' || isListParameter(predicate.members)) return undefined
  if (predicate.members.length > 0) return undefined
  // Of a collection it still asks for an element.
  return predicate.negated && mayBeOfMany(predicate) ? undefined : predicate.negated
}

function withoutRepetitions(parts: readonly Predicate[]): readonly Predicate[] {
  const seen = new Set<string | Predicate>()
  return parts.filter(part => {
    const key = identityOf(part)
    const repeated = seen.has(key)
    seen.add(key)
    return !repeated
  })
}

/** Its text, or itself where the text is long, or does not say everything: that of a program's value is for people only. */
function identityOf(predicate: Predicate): string | Predicate {
  const operands = conditionsOf(predicate).flatMap(operandsOf)
  const isPlain = operands.length <= LONG && operands.every(({ kind }) => kind !== 'value')
  return isPlain ? printPredicate(predicate) : predicate
}

const LONG = 100

function sameParts(before: readonly Predicate[], now: readonly Predicate[]): boolean {
  return before.length === now.length && before.every((part, index) => part === now[index])
}
