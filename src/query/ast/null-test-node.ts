import { assertPropertyPath } from './property-path'

/** `email is null`, `email is not null`. */
export interface NullTestNode {
  readonly kind: 'null-test'
  readonly path: string
  readonly negated: boolean
}

export const NullTestNode = Object.freeze({
  is(node: { readonly kind: string }): node is NullTestNode {
    return node.kind === 'null-test'
  },

  create(path: string, { negated = false }: { readonly negated?: boolean } = {}): NullTestNode {
    return Object.freeze({ kind: 'null-test', path: assertPropertyPath(path), negated })
  },
})
