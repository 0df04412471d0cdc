import { ArgumentNode } from './argument-node'
import type { DecimalNode } from './decimal-node'
import type { LiteralNode } from './literal-node'
import { ParameterNode } from './parameter-node'
import type { ValueNode } from './value-node'

/** A value that the call supplies. */
export type Placeholder = ParameterNode | ArgumentNode

/** The right side of a condition. */
export type Operand = LiteralNode | DecimalNode | ValueNode | Placeholder

/** One function per kind of operand: a new kind does not compile until every visitor has it. */
export type OperandVisitor<R> = {
  readonly [Kind in Operand['kind']]: (node: Extract<Operand, { readonly kind: Kind }>) => R
}

export function visitOperand<R>(node: Operand, visitor: OperandVisitor<R>): R {
  // The table's mapped type pairs each kind with its node; the compiler cannot follow that pairing through a lookup.
  const visit = visitor[node.kind] as (node: Operand) => R
  return visit(node)
}

export function isPlaceholder(node: Operand): node is Placeholder {
  return ParameterNode.is(node) || ArgumentNode.is(node)
}
