import type { ConfigNode, Scalar } from './node'
import type { Path } from './path'

/** The paths whose values differ between two trees; lists count whole. Where a value was written does not matter. */
export function changedPaths(before: ConfigNode, after: ConfigNode): readonly Path[] {
  return changes(before, after, [])
}

function changes(before: ConfigNode | undefined, after: ConfigNode | undefined, path: Path): readonly Path[] {
  if (before?.kind === 'map' && after?.kind === 'map') {
    const keys = new Set([...before.entries.keys(), ...after.entries.keys()])
    return [...keys].flatMap(key => changes(before.entries.get(key), after.entries.get(key), [...path, key]))
  }
  return before !== undefined && after !== undefined && equal(before, after) ? [] : [path]
}

function equal(one: ConfigNode, other: ConfigNode): boolean {
  if (one.kind === 'leaf' && other.kind === 'leaf') return sameScalar(one.value, other.value)
  if (one.kind === 'list' && other.kind === 'list') {
    const { items } = other
    return one.items.length === items.length && one.items.every((item, index) => sameItem(item, items[index]))
  }
  return one.kind === 'map' && other.kind === 'map' && changes(one, other, []).length === 0
}

function sameItem(one: ConfigNode, other: ConfigNode | undefined): boolean {
  return other !== undefined && equal(one, other)
}

function sameScalar(one: Scalar, other: Scalar): boolean {
  if (one instanceof Date && other instanceof Date) return Object.is(one.getTime(), other.getTime())
  return Object.is(one, other)
}
