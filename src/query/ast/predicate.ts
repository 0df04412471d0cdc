import type { AndNode } from './and-node'
import type { BetweenNode } from './between-node'
import type { BooleanTestNode } from './boolean-test-node'
import type { ComparisonNode } from './comparison-node'
import type { ExistsNode } from './exists-node'
import type { MembershipNode } from './membership-node'
import type { NotNode } from './not-node'
import type { NullTestNode } from './null-test-node'
import type { OrNode } from './or-node'
import type { PatternNode } from './pattern-node'
import { assertPropertyPath } from './property-path'

/** A predicate about one property. */
export type Condition =
  ComparisonNode | MembershipNode | PatternNode | NullTestNode | BooleanTestNode | BetweenNode | ExistsNode

/** A predicate made of others. */
export type Connective = AndNode | OrNode | NotNode

/** What a row must satisfy; immutable. */
export type Predicate = Condition | Connective

export type PredicateKind = Predicate['kind']

/** One function per kind of predicate: a new kind does not compile until every visitor has it. */
export type PredicateVisitor<R> = {
  readonly [Kind in PredicateKind]: (node: Extract<Predicate, { readonly kind: Kind }>) => R
}

export function visitPredicate<R>(node: Predicate, visitor: PredicateVisitor<R>): R {
  // The table's mapped type pairs each kind with its node; the compiler cannot follow that pairing through a lookup.
  const visit = visitor[node.kind] as (node: Predicate) => R
  return visit(node)
}

/** Whether it is about a property, rather than made of others. */
export function isCondition(node: Predicate): node is Condition {
  return 'path' in node
}

/** The same condition about another property. */
export function withPath(condition: Condition, path: string): Condition {
  return Object.freeze({ ...condition, path: assertPropertyPath(path) })
}
