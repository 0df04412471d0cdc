import { invalidNode } from './invalid-node'

/** What a query's text can hold as a value. Dates and all else are parameters; null is a test of its own. */
export type LiteralValue = string | number | bigint | boolean

/** A value written in the query. Whole numbers are `bigint` exactly where a `number` could not hold them. */
export interface LiteralNode {
  readonly kind: 'literal'
  readonly value: LiteralValue
}

export const LiteralNode = Object.freeze({
  is(node: { readonly kind: string }): node is LiteralNode {
    return node.kind === 'literal'
  },

  /**
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for NaN, the infinities, and whole numbers beyond
   *   `Number.MAX_SAFE_INTEGER`, which are `bigint` here
   */
  create(value: LiteralValue): LiteralNode {
    if (typeof value === 'boolean') return value ? TRUE : FALSE
    return Object.freeze({ kind: 'literal', value: canonical(value) })
  },
})

/** There are only two, and nothing can change them. */
const TRUE: LiteralNode = Object.freeze({ kind: 'literal', value: true })
const FALSE: LiteralNode = Object.freeze({ kind: 'literal', value: false })

function canonical(value: LiteralValue): LiteralValue {
  if (typeof value === 'bigint') return isSafe(value) ? Number(value) : value
  if (typeof value !== 'number') return value
  if (!Number.isFinite(value))
    throw invalidNode(`${String(value)} is no number that a database can compare with.`, 'Pass a finite number.')
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw invalidNode('A number beyond Number.MAX_SAFE_INTEGER has lost digits.', 'Pass a bigint.')
  return value === 0 ? 0 : value
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
}
