import type { Operand } from './operand'
import { assertPropertyPath } from './property-path'

/** `age between 18 and :max`, both ends included. */
export interface BetweenNode {
  readonly kind: 'between'
  readonly path: string
  readonly low: Operand
  readonly high: Operand
  readonly negated: boolean
}

export const BetweenNode = Object.freeze({
  is(node: { readonly kind: string }): node is BetweenNode {
    return node.kind === 'between'
  },

  create(
    path: string,
    low: Operand,
    high: Operand,
    { negated = false }: { readonly negated?: boolean } = {},
  ): BetweenNode {
    return Object.freeze({ kind: 'between', path: assertPropertyPath(path), low, high, negated })
  },
})
