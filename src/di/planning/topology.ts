/** A directed graph: what each node needs. */
export interface Digraph<N> {
  readonly nodes: readonly N[]
  needs(node: N): readonly N[]
}

/**
 * The strongly connected components of a graph, each after everything that it needs: knots of nodes that need each other,
 * and single nodes. Walks with a stack of its own, so that a long chain cannot exhaust the call stack.
 *
 * Source: R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1(2), 1972.
 */
export function knots<N>(graph: Digraph<N>): readonly (readonly N[])[] {
  const search = new KnotSearch(graph)
  for (const node of graph.nodes) search.visit(node)
  return search.found
}

/** The shortest way from a node back to itself that stays inside `within`: `[a, b, a]`, or `undefined`. */
export function shortestCycle<N>(
  start: N,
  within: ReadonlySet<N>,
  needs: (node: N) => readonly N[],
): readonly N[] | undefined {
  const cameFrom = new Map<N, N>()
  const queue: N[] = [start]
  for (const node of queue) {
    for (const next of needs(node)) {
      if (next === start) return wayBack(start, node, cameFrom)
      if (!within.has(next) || cameFrom.has(next)) continue
      cameFrom.set(next, node)
      queue.push(next)
    }
  }
  return undefined
}

function wayBack<N>(start: N, last: N, cameFrom: ReadonlyMap<N, N>): readonly N[] {
  const path: N[] = [start]
  for (let node: N | undefined = last; node !== undefined && node !== start; node = cameFrom.get(node))
    path.unshift(node)
  return [start, ...path]
}

interface Visit<N> {
  readonly node: N
  readonly index: number
  low: number
  readonly needs: readonly N[]
  /** How many of these have been followed. */
  followed: number
  /** Whether the knot that the node belongs to is still being looked for. */
  isOpen: boolean
}

class KnotSearch<N> {
  readonly found: N[][] = []
  readonly #graph: Digraph<N>
  readonly #visits = new Map<N, Visit<N>>()
  readonly #open: Visit<N>[] = []

  constructor(graph: Digraph<N>) {
    this.#graph = graph
  }

  visit(root: N): void {
    if (this.#visits.has(root)) return
    const way = [this.#enter(root)]
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      if (top.followed === top.needs.length) this.#leave(way)
      else this.#follow(top, top.needs[top.followed++] as N, way) // there are that many
    }
  }

  #enter(node: N): Visit<N> {
    const index = this.#visits.size
    const visit = { node, index, low: index, needs: this.#graph.needs(node), followed: 0, isOpen: true }
    this.#visits.set(node, visit)
    this.#open.push(visit)
    return visit
  }

  #follow(from: Visit<N>, to: N, way: Visit<N>[]): void {
    const known = this.#visits.get(to)
    if (known === undefined) way.push(this.#enter(to))
    else if (known.isOpen) from.low = Math.min(from.low, known.index)
  }

  #leave(way: Visit<N>[]): void {
    const done = way.pop()
    if (done === undefined) return
    const parent = way.at(-1)
    if (parent !== undefined) parent.low = Math.min(parent.low, done.low)
    if (done.low === done.index) this.#close(done)
  }

  #close(root: Visit<N>): void {
    const members = this.#open.splice(this.#open.lastIndexOf(root))
    for (const member of members) member.isOpen = false
    this.found.push(members.map(({ node }) => node))
  }
}
