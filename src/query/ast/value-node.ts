/** Anything but null and undefined, which are tests of their own. */
export type Value = object | string | number | bigint | boolean

/** A value that the program supplies as the query is made: a date, bytes, whatever a column may hold. */
export interface ValueNode {
  readonly kind: 'value'
  readonly value: Value
}

export const ValueNode = Object.freeze({
  is(node: { readonly kind: string }): node is ValueNode {
    return node.kind === 'value'
  },

  create(value: Value): ValueNode {
    return Object.freeze({ kind: 'value', value })
  },
})
