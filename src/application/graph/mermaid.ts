import type { ComponentGraph, GraphEdge, GraphNode, GraphNodeKind } from './component-graph'
import { type CheckedDrawing, drawn, labelOf, linesOf } from './drawing'
import { uniqueNames } from './unique-names'

/** The graph as a Mermaid flowchart. */
export function drawMermaid(graph: ComponentGraph, options: CheckedDrawing): string {
  const { nodes, edges } = drawn(graph, options)
  const names = uniqueNames(nodes.map(({ id }) => identifier(id)))
  const ids = new Map(nodes.map(({ id }, at) => [id, names[at] ?? id]))
  const byId = new Map(nodes.map(node => [node.id, node]))
  return [
    ...(options.title === false ? [] : ['---', `title: ${JSON.stringify(options.title)}`, '---']),
    `flowchart ${options.rankdir}`,
    ...nodes.map(node => `  ${ids.get(node.id) ?? ''}${boxOf(node, options)}`),
    ...edges.map(edge => `  ${ids.get(edge.from) ?? ''} ${arrowOf(edge, byId)} ${ids.get(edge.to) ?? ''}`),
    ...missing(nodes, ids),
    '',
  ].join('\n')
}

function boxOf(node: GraphNode, options: CheckedDrawing): string {
  const [open, close] = SHAPES[node.kind]
  return `${open}"${linesOf(node, options).map(escaped).join('<br/>')}"${close}`
}

function arrowOf(edge: GraphEdge, nodes: ReadonlyMap<string, GraphNode>): string {
  const label = labelOf(edge, nodes.get(edge.to))
  const arrow = edge.lazy ? '-.->' : edge.kind === 'alias' ? '==>' : '-->'
  return label === '' ? arrow : `${arrow}|"${escaped(label)}"|`
}

function missing(nodes: readonly GraphNode[], ids: ReadonlyMap<string, string>): readonly string[] {
  const found = nodes.filter(({ kind }) => kind === 'missing').map(({ id }) => ids.get(id))
  if (found.length === 0) return []
  return ['  classDef missing stroke:#c00,stroke-dasharray:4', `  class ${found.join(',')} missing`]
}

/** An id that Mermaid reads as one word, and as none of its own. */
function identifier(id: string): string {
  const word = id.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/^(?=\d)/, '_')
  return RESERVED.has(word.toLowerCase()) ? `${word}_` : word
}

/** Mermaid reads HTML and Markdown in labels, and entities that begin with `#`. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,:@_()/'-]/gu, character => `#${character.codePointAt(0) ?? 0};`)
}

const RESERVED = new Set([
  'end',
  'graph',
  'flowchart',
  'subgraph',
  'class',
  'classdef',
  'style',
  'linkstyle',
  'click',
  'href',
  'call',
  'default',
  'direction',
  'interpolate',
  'tb',
  'td',
  'bt',
  'lr',
  'rl',
])

const SHAPES = {
  class: ['[', ']'],
  bean: ['[', ']'],
  factory: ['[', ']'],
  value: ['(', ')'],
  alias: ['([', '])'],
  'data-source': ['[(', ')]'],
  missing: ['{{', '}}'],
} as const satisfies Record<GraphNodeKind, readonly [string, string]>
