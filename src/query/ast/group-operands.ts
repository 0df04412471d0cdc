import type { Predicate } from './predicate'

/** The parts of a conjunction or disjunction, in a list of its own: parts of the same kind are taken in. */
export function groupOperands(kind: 'and' | 'or', operands: readonly Predicate[]): readonly Predicate[] {
  for (const operand of operands) if (operand.kind === kind) return Object.freeze(takenIn(kind, operands))
  return Object.freeze([...operands])
}

/** By loops: `flatMap` takes long for long lists, and those need not fit on the stack as arguments. */
function takenIn(kind: 'and' | 'or', operands: readonly Predicate[]): Predicate[] {
  const parts: Predicate[] = []
  for (const operand of operands) {
    if (operand.kind === kind) for (const part of operand.operands) parts.push(part)
    else parts.push(operand)
  }
  return parts
}
