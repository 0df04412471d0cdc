import type { Predicate } from './predicate'

/** How large a predicate is. */
export interface PredicateSize {
  /** Connectives on the longest way to a condition. */
  readonly depth: number
  readonly conditions: number
}

/** Walks with its own stack, so that no predicate is too deep to be measured. */
export function sizeOf(predicate: Predicate): PredicateSize {
  let depth = 0
  let conditions = 0
  const open: [node: Predicate, depth: number][] = [[predicate, 0]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, at] = next
    depth = Math.max(depth, at)
    if (node.kind === 'not') open.push([node.operand, at + 1])
    else if (node.kind === 'and' || node.kind === 'or') for (const each of node.operands) open.push([each, at + 1])
    else if (node.kind === 'exists' && node.predicate) open.push([node.predicate, at + 1])
    else conditions++
  }
  return { depth, conditions }
}
