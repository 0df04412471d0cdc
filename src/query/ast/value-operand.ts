import { invalidNode } from './invalid-node'
import { LiteralNode } from './literal-node'
import { ValueNode } from './value-node'

/**
 * The operand for a value of the program: a literal where the language can write it, else the value itself. A bigint stays
 * one: of the number or the digits that a literal makes of it a transformer may not be able to read anything.
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what no column can be compared with
 */
export function valueOperand(value: unknown): LiteralNode | ValueNode {
  if (typeof value === 'string' || typeof value === 'boolean') return LiteralNode.create(value)
  if (typeof value === 'bigint') return ValueNode.create(value)
  if (typeof value === 'number') return isWritable(value) ? LiteralNode.create(value) : ValueNode.create(value)
  if (typeof value === 'object' && value !== null) return ValueNode.create(own(value))
  throw invalidNode(`A condition cannot compare with ${NAMES[typeof value] ?? 'null'}.`, NEXT)
}

/** Whole numbers beyond `Number.MAX_SAFE_INTEGER` are no literals; the column's type decides about them. */
function isWritable(value: number): boolean {
  return !Number.isFinite(value) || !Number.isInteger(value) || Number.isSafeInteger(value)
}

/** Dates can be changed after the condition was made. */
function own(value: object): object {
  if (!(value instanceof Date)) return value
  if (Number.isNaN(value.getTime())) throw invalidNode('A condition cannot compare with an invalid Date.', NEXT)
  return new Date(value)
}

const NAMES: Readonly<Record<string, string>> = {
  undefined: 'undefined',
  function: 'a function',
  symbol: 'a symbol',
}

const NEXT = "Pass a value; leave the condition out where there is none, or test for null with isNull('property')."
