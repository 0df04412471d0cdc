import { invalidNode } from './invalid-node'

/** A value that the call supplies by place, as in derived names: index 0 is the first argument, printed as `?1`. */
export interface ArgumentNode {
  readonly kind: 'argument'
  readonly index: number
}

export const ArgumentNode = Object.freeze({
  is(node: { readonly kind: string }): node is ArgumentNode {
    return node.kind === 'argument'
  },

  /** @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for a negative or fractional index */
  create(index: number): ArgumentNode {
    if (!Number.isSafeInteger(index) || index < 0)
      throw invalidNode(`An argument has no index ${String(index)}.`, 'Count arguments 0, 1, 2, …')
    return Object.freeze({ kind: 'argument', index })
  },
})
