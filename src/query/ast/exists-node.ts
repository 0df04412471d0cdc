import type { Predicate } from './predicate'
import { assertPropertyPath } from './property-path'

/**
 * Some element of a collection satisfies a predicate: `orders any (total > 5 and state = 'open')`; without a predicate there
 * is an element at all: `orders is not empty`. Negated: none does, `orders none (…)`, `orders is empty`. Never unknown.
 */
export interface ExistsNode {
  readonly kind: 'exists'
  /** The collection. */
  readonly path: string
  /** Its paths begin at the element. */
  readonly predicate: Predicate | undefined
  readonly negated: boolean
}

export const ExistsNode = Object.freeze({
  is(node: { readonly kind: string }): node is ExistsNode {
    return node.kind === 'exists'
  },

  create(path: string, predicate?: Predicate, { negated = false }: { readonly negated?: boolean } = {}): ExistsNode {
    return Object.freeze({ kind: 'exists', path: assertPropertyPath(path), predicate, negated })
  },
})
