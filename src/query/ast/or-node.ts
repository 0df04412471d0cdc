import { groupOperands } from './group-operands'
import { invalidNode } from './invalid-node'
import type { Predicate } from './predicate'

/** Any of two or more predicates. Never directly inside another one: those are taken in. */
export interface OrNode {
  readonly kind: 'or'
  readonly operands: readonly Predicate[]
}

export const OrNode = Object.freeze({
  is(node: { readonly kind: string }): node is OrNode {
    return node.kind === 'or'
  },

  /** @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for fewer than two operands; `anyOf` takes any number */
  create(operands: readonly Predicate[]): OrNode {
    if (operands.length < 2)
      throw invalidNode('A disjunction needs two predicates.', 'Use anyOf(…), which takes any number.')
    return Object.freeze({ kind: 'or', operands: groupOperands('or', operands) })
  },
})
