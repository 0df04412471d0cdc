import type { Scope } from '../../di'
import { checkDrawing, type GraphDrawing } from './drawing'
import { drawDot } from './dot'
import { drawMermaid } from './mermaid'

/** What a node of the graph stands for: a registration, a data source, or what is needed and missing. */
export type GraphNodeKind = 'class' | 'bean' | 'value' | 'factory' | 'alias' | 'data-source' | 'missing'

/** One box of a component graph. */
export interface GraphNode {
  /** The component's name; of several with one name all but the first have a number behind it: `Clock#2`. */
  readonly id: string
  readonly name: string
  readonly kind: GraphNodeKind
  /** `'service'`, `'repository'`, `'bean'`, `'provider'`, …; of a data source its driver. */
  readonly stereotype: string
  /** `undefined` for data sources and for what is missing. */
  readonly scope: Scope | undefined
  readonly primary: boolean
  /** Whether an override took the place of what was registered. */
  readonly overridden: boolean
  readonly qualifiers: readonly string[]
  /** Whether every application has it: the entity manager, say. Drawings leave it out where nothing needs it. */
  readonly builtIn: boolean
  /** Where it was registered: `'UserService (@Service)'`. */
  readonly origin: string
}

/** One arrow of a component graph: `from` needs, or stands for, `to`. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly kind: 'needs' | 'alias' | 'interceptor' | 'data-source'
  /** What was asked for, which may be a base class of `to`. */
  readonly token: string
  /** Where it is written: `'parameter 1'`; of an interceptor the methods that it stands around. */
  readonly site: string
  readonly lazy: boolean
  readonly optional: boolean
  /** What keeps the application from starting: nothing answers, several do, or what answers ends too early. */
  readonly fault: 'missing' | 'ambiguous' | 'shorter-lived' | 'refused' | undefined
}

/** A component graph as data. */
export interface GraphData {
  readonly name: string
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/**
 * What an application is made of, and what needs what: made by `app.graph()`, `componentGraph()`, and for a start that was
 * refused by `StartUpError.graph`.
 *
 * @example
 * import { writeFile } from 'node:fs/promises'
 * await writeFile('components.mmd', app.graph().toMermaid({ title: 'Shop', rankdir: 'LR' }))
 */
export class ComponentGraph implements GraphData {
  readonly name: string
  /** In the order of registration, then the data sources, then what is missing. */
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]

  /** @internal Use `app.graph()` or `componentGraph()`. */
  constructor({ name, nodes, edges }: GraphData) {
    this.name = name
    this.nodes = Object.freeze(nodes.map(node => Object.freeze(node)))
    this.edges = Object.freeze(edges.map(edge => Object.freeze(edge)))
  }

  /** The graph as plain data; what `JSON.stringify` writes. */
  toJSON(): GraphData {
    const { name, nodes, edges } = this
    return { name, nodes, edges }
  }

  /**
   * A Mermaid flowchart, which GitHub, GitLab and many editors draw.
   *
   * @throws InvalidIntrospectionOptionsError `AMBIT_APPLICATION_INTROSPECTION`
   */
  toMermaid(options?: GraphDrawing): string {
    return drawMermaid(this, checkDrawing('toMermaid', options, this.name))
  }

  /**
   * A digraph for Graphviz: `dot -Tsvg`.
   *
   * @throws InvalidIntrospectionOptionsError `AMBIT_APPLICATION_INTROSPECTION`
   */
  toDot(options?: GraphDrawing): string {
    return drawDot(this, checkDrawing('toDot', options, this.name))
  }
}
