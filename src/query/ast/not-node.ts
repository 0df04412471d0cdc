import type { Predicate } from './predicate'

/** The opposite of a predicate; unknown where that is unknown. */
export interface NotNode {
  readonly kind: 'not'
  readonly operand: Predicate
}

export const NotNode = Object.freeze({
  is(node: { readonly kind: string }): node is NotNode {
    return node.kind === 'not'
  },

  create(operand: Predicate): NotNode {
    return Object.freeze({ kind: 'not', operand })
  },
})
