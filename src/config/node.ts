import type { Origin } from './origin'
import type { Path } from './path'

/** A value that holds no others. */
export type Scalar = string | number | boolean | bigint | Date | null

/** One value of a configuration, with where it was written. Immutable. */
export type ConfigNode = LeafNode | MapNode | ListNode | FailedNode

export interface LeafNode {
  readonly kind: 'leaf'
  readonly value: Scalar
  readonly origin: Origin
  /** Whether it was written where everything is a text (an environment variable), so that a list may be written in one. */
  readonly text: boolean
  /** Reads the variables of `${ENV:…}`, where the source's texts are templates. */
  readonly variables?: Variables | undefined
}

export interface MapNode {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, ConfigNode>
  readonly origin: Origin
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
  readonly origin: Origin
}

/** Stands where a value could not be had; the problem has been told, and is not told again. */
export interface FailedNode {
  readonly kind: 'failed'
  readonly origin: Origin
}

/** The variables of an environment, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>

export function mapNode(entries: ReadonlyMap<string, ConfigNode>, origin: Origin): MapNode {
  return { kind: 'map', entries, origin }
}

export function textLeaf(value: string, origin: Origin): LeafNode {
  return { kind: 'leaf', value, origin, text: true }
}

/** The node at a path, `undefined` where there is none. */
export function nodeAt(root: ConfigNode | undefined, path: Path): ConfigNode | undefined {
  let node = root
  for (const step of path) node = childOf(node, step)
  return node
}

export function childOf(node: ConfigNode | undefined, step: string | number): ConfigNode | undefined {
  if (node?.kind === 'map') return node.entries.get(String(step))
  if (node?.kind === 'list') return node.items[Number(step)]
  return undefined
}

/** The later value wins: maps are merged key by key, everything else, lists too, is replaced whole. */
export function mergeNodes(earlier: ConfigNode | undefined, later: ConfigNode): ConfigNode {
  if (earlier?.kind !== 'map' || later.kind !== 'map') return later
  const entries = new Map(earlier.entries)
  for (const [key, node] of later.entries) entries.set(key, mergeNodes(entries.get(key), node))
  return mapNode(entries, later.origin)
}

/** A map with one entry inside another, down to a node: where a prefix stands for the way. */
export function nested(path: readonly string[], node: ConfigNode): ConfigNode {
  return path.reduceRight<ConfigNode>((inner, key) => mapNode(new Map([[key, inner]]), node.origin), node)
}
