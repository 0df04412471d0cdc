import { isIdentifier } from './identifier'
import { invalidNode } from './invalid-node'

/** A value that the call supplies by name: `:username`. */
export interface ParameterNode {
  readonly kind: 'parameter'
  readonly name: string
}

export const ParameterNode = Object.freeze({
  is(node: { readonly kind: string }): node is ParameterNode {
    return node.kind === 'parameter'
  },

  /** @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for a name that could not be written */
  create(name: string): ParameterNode {
    if (!isIdentifier(name))
      throw invalidNode(
        `${JSON.stringify(name)} is no parameter name.`,
        'Use letters, digits and underscores, beginning with no digit.',
      )
    return Object.freeze({ kind: 'parameter', name })
  },
})
