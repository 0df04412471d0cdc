import { FLAG, oneOf, type OptionCheck } from '../../core/option-checks'
import { checkOptions } from '../option-checks'
import type { GraphData, GraphEdge, GraphNode } from './component-graph'

/** The directions that a drawing can grow in. */
export const RANKDIRS = ['TB', 'BT', 'LR', 'RL'] as const

/** How a component graph is drawn. */
export interface GraphDrawing {
  /** Above the drawing. Default: the application's name. `false` for none. */
  readonly title?: string | false
  /** From top to bottom (`'TB'`, the default), or `'BT'`, `'LR'`, `'RL'`. */
  readonly rankdir?: (typeof RANKDIRS)[number]
  /** Whether scopes other than `'singleton'` are written into the boxes. Default true. */
  readonly scopes?: boolean
  /** Whether qualifiers are written into the boxes. Default true. */
  readonly qualifiers?: boolean
  /** Whether what every application has is drawn also where nothing needs it. Default false. */
  readonly builtIns?: boolean
}

/** The options of a drawing, each with its value. */
export type CheckedDrawing = Required<GraphDrawing>

/** @throws InvalidIntrospectionOptionsError `AMBIT_APPLICATION_INTROSPECTION` */
export function checkDrawing(method: string, options: GraphDrawing = {}, name: string): CheckedDrawing {
  checkOptions(`graph().${method}()`, options, CHECKS)
  return { title: name, rankdir: 'TB', scopes: true, qualifiers: true, builtIns: false, ...withoutUndefined(options) }
}

/** The part of a graph that is to be drawn. */
export function drawn({ nodes, edges }: GraphData, { builtIns }: CheckedDrawing): Pick<GraphData, 'nodes' | 'edges'> {
  const shown = new Set(nodes.filter(node => builtIns || !node.builtIn).map(({ id }) => id))
  // A Set takes in what is added while it is walked: what a shown one needs is shown too.
  for (const id of shown) for (const edge of edges) if (edge.from === id) shown.add(edge.to)
  return {
    nodes: nodes.filter(({ id }) => shown.has(id)),
    edges: edges.filter(({ from, to }) => shown.has(from) && shown.has(to)),
  }
}

/** The lines of a box: its name, then what it is. */
export function linesOf(node: GraphNode, { scopes, qualifiers }: CheckedDrawing): readonly string[] {
  const facts = [
    node.kind === 'missing' ? 'missing' : node.stereotype,
    ...(scopes && node.scope !== undefined && node.scope !== 'singleton' ? [node.scope] : []),
    ...(node.primary ? ['primary'] : []),
    ...(node.overridden ? ['overridden'] : []),
  ]
  const tags = qualifiers && node.qualifiers.length > 0 ? [node.qualifiers.map(each => `#${each}`).join(' ')] : []
  return [node.name, facts.join(', '), ...tags]
}

/** What stands beside an arrow; empty for a plain one. */
export function labelOf({ kind, token, optional, lazy, fault }: GraphEdge, to: GraphNode | undefined): string {
  const asked = kind === 'needs' && to !== undefined && token !== to.name ? [`as ${token}`] : []
  return [
    ...asked,
    ...(kind === 'alias' ? ['alias'] : []),
    ...(optional ? ['optional'] : []),
    ...(kind === 'interceptor' ? ['intercepted by'] : lazy ? ['lazy'] : []),
    ...(fault === undefined || fault === 'missing' ? [] : [fault]),
  ].join(', ')
}

function withoutUndefined(options: GraphDrawing): GraphDrawing {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

const CHECKS = {
  title: { expected: 'a text, or false,', accepts: value => typeof value === 'string' || value === false },
  rankdir: oneOf(RANKDIRS),
  scopes: FLAG,
  qualifiers: FLAG,
  builtIns: FLAG,
} as const satisfies Record<keyof GraphDrawing, OptionCheck>
