import { assertPropertyPath } from './property-path'

/** `active is true`, `active is not false`. Never unknown: a property without a value is neither true nor false. */
export interface BooleanTestNode {
  readonly kind: 'boolean-test'
  readonly path: string
  readonly expected: boolean
  readonly negated: boolean
}

export const BooleanTestNode = Object.freeze({
  is(node: { readonly kind: string }): node is BooleanTestNode {
    return node.kind === 'boolean-test'
  },

  create(path: string, expected: boolean, { negated = false }: { readonly negated?: boolean } = {}): BooleanTestNode {
    return Object.freeze({ kind: 'boolean-test', path: assertPropertyPath(path), expected, negated })
  },
})
