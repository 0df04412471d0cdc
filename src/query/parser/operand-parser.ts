import { numberOperand } from '../ast/decimal-node'
import { LiteralNode } from '../ast/literal-node'
import type { Operand } from '../ast/operand'
import { ParameterNode } from '../ast/parameter-node'
import type { Placeholders } from './parser-options'
import { sourceError } from './query-source'
import type { TokenCursor } from './token-cursor'

/** Reads values and placeholders. */
export class OperandParser {
  readonly #cursor: TokenCursor
  readonly #placeholders: Placeholders

  constructor(cursor: TokenCursor, placeholders: Placeholders) {
    this.#cursor = cursor
    this.#placeholders = placeholders
  }

  /** Not in texts from outside. */
  get takesPlaceholders(): boolean {
    return this.#placeholders !== 'none'
  }

  /** A string, number, true, false or placeholder. */
  operand(expected = 'a value'): Operand {
    const found = this.placeholder() ?? this.#literal()
    if (found) return found
    if (this.#cursor.at('null')) throw this.#noNull()
    throw this.#cursor.unexpected([expected, ...this.#placeholderNames()])
  }

  /** The text of a pattern: a string or a placeholder. */
  pattern(): Operand {
    if (this.#cursor.kind === 'string') return LiteralNode.create(this.#cursor.take())
    const found = this.placeholder()
    if (found) return found
    throw this.#cursor.unexpected(['a string', ...this.#placeholderNames()])
  }

  /** A placeholder where one stands here. */
  placeholder(): ParameterNode | undefined {
    if (this.#cursor.kind !== 'parameter' || !this.takesPlaceholders) return undefined
    return ParameterNode.create(this.#cursor.take())
  }

  #literal(): Operand | undefined {
    const { kind } = this.#cursor
    if (kind === 'string') return LiteralNode.create(this.#cursor.take())
    if (kind === 'number') return numberOperand(this.#cursor.take())
    if (this.#cursor.skip('true')) return LiteralNode.create(true)
    return this.#cursor.skip('false') ? LiteralNode.create(false) : undefined
  }

  #placeholderNames(): readonly string[] {
    return this.takesPlaceholders ? ['a :parameter'] : []
  }

  #noNull() {
    return sourceError(this.#cursor.source, {
      index: this.#cursor.start,
      problem: 'nothing compares with null here',
      next: "Test for missing values with 'is null' or 'is not null'.",
    })
  }
}
