import { groupOperands } from './group-operands'
import { invalidNode } from './invalid-node'
import type { Predicate } from './predicate'

/** All of two or more predicates. Never directly inside another one: those are taken in. */
export interface AndNode {
  readonly kind: 'and'
  readonly operands: readonly Predicate[]
}

export const AndNode = Object.freeze({
  is(node: { readonly kind: string }): node is AndNode {
    return node.kind === 'and'
  },

  /** @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for fewer than two operands; `allOf` takes any number */
  create(operands: readonly Predicate[]): AndNode {
    if (operands.length < 2)
      throw invalidNode('A conjunction needs two predicates.', 'Use allOf(…), which takes any number.')
    return Object.freeze({ kind: 'and', operands: groupOperands('and', operands) })
  },
})
