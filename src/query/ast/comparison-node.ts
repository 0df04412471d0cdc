import type { Operand } from './operand'
import { assertPropertyPath } from './property-path'

/** How a comparison is written. */
export const COMPARISON_SIGNS = {
  eq: '=',
  ne: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
} as const

export type ComparisonOperator = keyof typeof COMPARISON_SIGNS

/** `age >= 18`. A property without a value compares as unknown, also with `<>`. */
export interface ComparisonNode {
  readonly kind: 'comparison'
  readonly operator: ComparisonOperator
  readonly path: string
  readonly value: Operand
  readonly ignoreCase: boolean
}

export const ComparisonNode = Object.freeze({
  is(node: { readonly kind: string }): node is ComparisonNode {
    return node.kind === 'comparison'
  },

  create(
    operator: ComparisonOperator,
    path: string,
    value: Operand,
    { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
  ): ComparisonNode {
    return Object.freeze({ kind: 'comparison', operator, path: assertPropertyPath(path), value, ignoreCase })
  },
})
