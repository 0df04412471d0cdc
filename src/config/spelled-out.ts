import { type ConfigNode, mapNode } from './node'
import type { Path } from './path'
import type { Report } from './problem'
import type { Shape } from './shape'
import type { SettingsShape } from './shape-reader'
import { mapOfText } from './structured-text'

/**
 * The tree of variables, with maps in place of the texts in JSON that stand where settings have maps: so they are merged value
 * by value, and conditions see in them what settings do.
 */
export function spelledOut(root: ConfigNode, settings: readonly SettingsShape[], report: Report): ConfigNode {
  const places = settings.flatMap(({ prefixes, shape }) => prefixes.map(prefix => ({ prefix, shape })))
  return places.reduce((node, { prefix, shape }) => at(node, { prefix, shape, path: [], report }), root)
}

interface Place {
  readonly prefix: readonly string[]
  readonly shape: Shape
  readonly path: Path
  readonly report: Report
}

function at(node: ConfigNode, { prefix: [key, ...prefix], shape, path, report }: Place): ConfigNode {
  if (key === undefined) return inside(node, shape, path, report)
  const child = node.kind === 'map' ? node.entries.get(key) : undefined
  if (node.kind !== 'map' || child === undefined) return node
  const place = { prefix, shape, path: [...path, key], report }
  return mapNode(new Map(node.entries).set(key, at(child, place)), node.origin)
}

function inside(node: ConfigNode, shape: Shape, path: Path, report: Report): ConfigNode {
  const map = node.kind === 'leaf' && isMap(shape) ? (mapOfText(node, path, report) ?? node) : node
  if (map.kind !== 'map') return map
  const entries = [...map.entries].map(([key, each]) => {
    const inner = shapeAt(shape, key)
    return [key, inner === undefined ? each : inside(each, inner, [...path, key], report)] as const
  })
  return mapNode(new Map(entries), map.origin)
}

function isMap({ kind }: Shape): boolean {
  return kind === 'object' || kind === 'union' || kind === 'map'
}

function shapeAt(shape: Shape, key: string): Shape | undefined {
  if (shape.kind === 'map') return shape.of
  const objects = shape.kind === 'union' ? [...shape.variants.values()] : shape.kind === 'object' ? [shape] : []
  return objects.flatMap(({ fields }) => fields).find(field => field.key === key)?.shape
}
