import type { Operand } from './operand'
import { assertPropertyPath } from './property-path'

/** How a pattern is written. In `like` the caller supplies the wildcards; in the others `%` and `_` stand for themselves. */
export const PATTERN_WORDS = {
  like: 'like',
  contains: 'contains',
  startsWith: 'starts with',
  endsWith: 'ends with',
} as const

export type PatternOperator = keyof typeof PATTERN_WORDS

/** `name like 'a%'`, `name not contains :part`. Wildcards of the three others are added, and escaped, when the value is bound. */
export interface PatternNode {
  readonly kind: 'pattern'
  readonly operator: PatternOperator
  readonly path: string
  readonly value: Operand
  readonly negated: boolean
  readonly ignoreCase: boolean
  /** Whether a text from outside says it: such a text may ask for a text in a text, and not for an element of a collection. */
  readonly fromOutside?: true
}

type PatternOptions = Partial<Pick<PatternNode, 'negated' | 'ignoreCase'>> & { readonly fromOutside?: boolean }

export const PatternNode = Object.freeze({
  is(node: { readonly kind: string }): node is PatternNode {
    return node.kind === 'pattern'
  },

  create(
    operator: PatternOperator,
    path: string,
    value: Operand,
    { negated = false, ignoreCase = false, fromOutside = false }: PatternOptions = {},
  ): PatternNode {
    const match = { kind: 'pattern', operator, path: assertPropertyPath(path), value, negated, ignoreCase } as const
    return Object.freeze(fromOutside ? { ...match, fromOutside } : match)
  },
})
