import { Container, type PlanOptions, type Registration, type Token, type WiredDependency, type Wiring } from '../../di'
import { repositoryDefinition } from '../../repository/repository-definition'
import { ComponentGraph, type GraphEdge, type GraphNode } from './component-graph'
import { type Intercepting, interceptingOf } from './intercepting'
import { uniqueNames } from './unique-names'

/** What a graph is drawn from. */
export interface GraphSource {
  readonly name: string
  readonly wiring: readonly Wiring[]
  readonly dataSources?: readonly GraphDataSource[]
  /** The tokens of what every application has. */
  readonly builtIn?: ReadonlySet<Token>
}

/** A data source of an application, and the tokens under which handles on it are registered. */
export interface GraphDataSource {
  readonly name: string
  /** `'postgres'`, `'better-sqlite3'`, … */
  readonly driver: string
  readonly tokens: ReadonlySet<Token>
}

/**
 * The graph of a container, or of one that would be started with these options: also of one that could not start, to see
 * what is wrong. Builds nothing.
 *
 * @example
 * import { componentGraph } from 'ambit'
 * console.log(componentGraph({ components: [Invoices, Mailer] }).toMermaid())
 */
export function componentGraph(source: Container | PlanOptions): ComponentGraph {
  const { wiring } = source instanceof Container ? source : Container.outline(source)
  return drawGraph({ name: 'container', wiring })
}

/** Makes nodes of registrations and data sources, and edges of what they need. */
export function drawGraph({ name, wiring, dataSources = [], builtIn = new Set() }: GraphSource): ComponentGraph {
  const nodes = new Nodes()
  for (const { registration } of wiring) nodes.add(registration, registered(registration, builtIn))
  for (const dataSource of dataSources) nodes.add(dataSource, stored(dataSource))
  const edges = wiring.flatMap(({ registration, dependencies }) => [
    ...dependencies.flatMap(dependency => edgesOf(registration, dependency, nodes)),
    ...interceptingOf(registration, wiring).map(each => intercepted(registration, each, nodes)),
    ...dataSources.filter(each => uses(registration, each)).map(each => storing(registration, each, nodes)),
  ])
  return new ComponentGraph({ name, nodes: nodes.withIds(), edges: edges.map(edge => edge()) })
}

/** Nodes by what they stand for. Ids are given when all are known. */
class Nodes {
  readonly #nodes = new Map<unknown, Omit<GraphNode, 'id'>>()
  #ids: ReadonlyMap<unknown, string> | undefined

  add(subject: unknown, node: Omit<GraphNode, 'id'>): void {
    this.#nodes.set(subject, node)
  }

  /** What is needed and not there: one node for each name. */
  missing(name: string): string {
    const subject = `missing ${name}`
    if (!this.#nodes.has(subject)) this.add(subject, absent(name))
    return subject
  }

  idOf(subject: unknown): string {
    this.#ids ??= this.#giveIds()
    return this.#ids.get(subject) ?? ''
  }

  withIds(): readonly GraphNode[] {
    return [...this.#nodes].map(([subject, node]) => ({ id: this.idOf(subject), ...node }))
  }

  #giveIds(): ReadonlyMap<unknown, string> {
    const ids = uniqueNames(
      [...this.#nodes.values()].map(({ name }) => name),
      '#',
    )
    return new Map([...this.#nodes.keys()].map((subject, at) => [subject, ids[at] ?? '']))
  }
}

type LateEdge = () => GraphEdge

function edgesOf(from: Registration, dependency: WiredDependency, nodes: Nodes): readonly LateEdge[] {
  const { registrations, token, site, lazy, optional, fault } = dependency
  const targets: readonly unknown[] = fault === 'missing' ? [nodes.missing(token)] : registrations
  const kind = from.kind === 'alias' ? 'alias' : 'needs'
  return targets.map(target => () => {
    return { from: nodes.idOf(from), to: nodes.idOf(target), kind, token, site, lazy, optional, fault }
  })
}

function intercepted(from: Registration, { interceptor, methods }: Intercepting, nodes: Nodes): LateEdge {
  const facts = { kind: 'interceptor', site: methods, lazy: true, optional: false, fault: undefined } as const
  return () => ({ from: nodes.idOf(from), to: nodes.idOf(interceptor), token: interceptor.name, ...facts })
}

function storing(from: Registration, to: GraphDataSource, nodes: Nodes): LateEdge {
  const facts = { kind: 'data-source', site: '', lazy: false, optional: false, fault: undefined } as const
  return () => ({ from: nodes.idOf(from), to: nodes.idOf(to), token: to.name, ...facts })
}

/** Repositories work on a data source without being passed it; the others are handles on it. */
function uses({ token, implementation }: Registration, { name, tokens }: GraphDataSource): boolean {
  return tokens.has(token) || (implementation && repositoryDefinition(implementation)?.dataSource) === name
}

function registered(registration: Registration, builtIn: ReadonlySet<Token>): Omit<GraphNode, 'id'> {
  const { name, kind, stereotype, scope, primary, overridden, origin, token } = registration
  const isBuiltIn = token === Container || builtIn.has(token)
  const qualifiers = registration.qualifiers.map(String)
  return { name, kind, stereotype, scope, primary, overridden, qualifiers, builtIn: isBuiltIn, origin }
}

function stored({ name, driver }: GraphDataSource): Omit<GraphNode, 'id'> {
  return {
    ...PLAIN,
    name: `data source ${name}`,
    kind: 'data-source',
    stereotype: driver,
    origin: `data source '${name}'`,
  }
}

function absent(name: string): Omit<GraphNode, 'id'> {
  return { ...PLAIN, name, kind: 'missing', stereotype: '', origin: 'nothing is registered for it' }
}

const PLAIN = { scope: undefined, primary: false, overridden: false, qualifiers: [], builtIn: false } as const
