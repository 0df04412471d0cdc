import type { ComponentGraph, GraphEdge, GraphNode, GraphNodeKind } from './component-graph'
import { type CheckedDrawing, drawn, labelOf, linesOf } from './drawing'

/** The graph in the DOT language of Graphviz. */
export function drawDot(graph: ComponentGraph, options: CheckedDrawing): string {
  const { nodes, edges } = drawn(graph, options)
  const byId = new Map(nodes.map(node => [node.id, node]))
  return [
    'digraph components {',
    `  rankdir=${options.rankdir};`,
    ...(options.title === false ? [] : [`  labelloc=t; label=${quoted(options.title)};`]),
    '  node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];',
    ...nodes.map(node => `  ${quoted(node.id)} [${attributes(nodeFacts(node, options))}];`),
    ...edges.map(edge => `  ${quoted(edge.from)} -> ${quoted(edge.to)}${listed(edgeFacts(edge, byId.get(edge.to)))};`),
    '}',
    '',
  ].join('\n')
}

type Facts = Readonly<Record<string, string>>

function nodeFacts(node: GraphNode, options: CheckedDrawing): Facts {
  return {
    label: linesOf(node, options).join('\n'),
    shape: SHAPES[node.kind],
    ...(node.kind === 'missing' && { color: 'red', style: 'dashed' }),
  }
}

function edgeFacts(edge: GraphEdge, to: GraphNode | undefined): Facts {
  const label = labelOf(edge, to)
  return {
    ...(label !== '' && { label }),
    ...(edge.lazy && { style: 'dashed' }),
    ...(edge.kind === 'alias' && { arrowhead: 'empty' }),
    ...(edge.fault !== undefined && { color: 'red' }),
  }
}

function listed(facts: Facts): string {
  return Object.keys(facts).length === 0 ? '' : ` [${attributes(facts)}]`
}

function attributes(facts: Facts): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(', ')
}

/** In a label, Graphviz reads `\n` as a line's end and `\N` as the node's name: a name's own backslash is doubled. */
function quoted(text: string): string {
  const safe = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\r', '').replaceAll('\n', '\\n')
  return `"${safe}"`
}

const SHAPES = {
  class: 'box',
  bean: 'box',
  factory: 'box',
  value: 'oval',
  alias: 'cds',
  'data-source': 'cylinder',
  missing: 'octagon',
} as const satisfies Record<GraphNodeKind, string>
