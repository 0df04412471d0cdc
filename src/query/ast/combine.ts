import { AndNode } from './and-node'
import { OrNode } from './or-node'
import type { Predicate } from './predicate'

/**
 * The conjunction of any number of predicates; `undefined` (no restriction) for none.
 *
 * A caller that deletes or updates must refuse `undefined`: it matches every row.
 */
export function allOf(predicates: readonly Predicate[]): Predicate | undefined {
  return predicates.length > 1 ? AndNode.create(predicates) : predicates[0]
}

/** The disjunction of any number of predicates; `undefined` (no restriction) for none, as in {@link allOf}. */
export function anyOf(predicates: readonly Predicate[]): Predicate | undefined {
  return predicates.length > 1 ? OrNode.create(predicates) : predicates[0]
}
