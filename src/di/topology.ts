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
  readonly pending: Iterator<N>
}

class KnotSearch<N> {
  readonly found: N[][] = []
  readonly #graph: Digraph<N>
  readonly #visits = new Map<N, Visit<N>>()
  readonly #open: N[] = []
  readonly #isOpen = new Set<N>()

  constructor(graph: Digraph<N>) {
    this.#graph = graph
  }

  visit(root: N): void {
    if (this.#visits.has(root)) return
    const way = [this.#enter(root)]
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const step = top.pending.next()
      if (step.done === true) this.#leave(way)
      else this.#follow(top, step.value, way)
    }
  }

  #enter(node: N): Visit<N> {
    const index = this.#visits.size
    const visit = { node, index, low: index, pending: this.#graph.needs(node)[Symbol.iterator]() }
    this.#visits.set(node, visit)
    this.#open.push(node)
    this.#isOpen.add(node)
    return visit
  }

  #follow(from: Visit<N>, to: N, way: Visit<N>[]): void {
    const known = this.#visits.get(to)
    if (known === undefined) way.push(this.#enter(to))
    else if (this.#isOpen.has(to)) from.low = Math.min(from.low, known.index)
  }

  #leave(way: Visit<N>[]): void {
    const done = way.pop()
    if (done === undefined) return
    const parent = way.at(-1)
    if (parent !== undefined) parent.low = Math.min(parent.low, done.low)
    if (done.low === done.index) this.#close(done.node)
  }

  #close(root: N): void {
    const members = this.#open.splice(this.#open.lastIndexOf(root))
    for (const member of members) this.#isOpen.delete(member)
    this.found.push(members)
  }
}
