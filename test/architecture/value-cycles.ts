import { packageName } from './layer-rules'
import { type Import, type SourceTree, importsOf } from './source-graph'

/**
 * The groups of files that load each other in a ring. Only imports that run on load count: classes with decorators in a
 * ring die with "Cannot access 'A' before initialization".
 *
 * Tarjan, "Depth-first search and linear graph algorithms" (1972): strongly connected components.
 */
export function valueCycles(tree: SourceTree): string[][] {
  const next = loadedBy(importsOf(tree))
  const search = new ComponentSearch(file => next.get(file) ?? [])
  for (const file of Object.keys(tree)) search.visit(file)
  return search.components.filter(group => group.length > 1 || next.get(group[0] ?? '')?.includes(group[0] ?? ''))
}

/** The packages that loading `entry` loads, each with the chain of files that leads to it. */
export function packagesReached(tree: SourceTree, entry: string): Map<string, readonly string[]> {
  const imports = importsOf(tree).filter(({ kind }) => kind === 'value')
  const chains = new Map<string, readonly string[]>([[entry, [entry]]])
  const packages = new Map<string, readonly string[]>()
  for (const [file, chain] of chains) {
    for (const { to, specifier } of imports.filter(({ from }) => from === file)) {
      if (to === undefined) packages.set(packageName(specifier), chain)
      else if (!chains.has(to)) chains.set(to, [...chain, to])
    }
  }
  return packages
}

function loadedBy(imports: readonly Import[]): Map<string, string[]> {
  const next = new Map<string, string[]>()
  for (const { from, to, kind } of imports) {
    if (kind === 'value' && to !== undefined) next.set(from, [...(next.get(from) ?? []), to])
  }
  return next
}

class ComponentSearch {
  readonly components: string[][] = []
  readonly #order = new Map<string, number>()
  readonly #lowest = new Map<string, number>()
  readonly #stack: string[] = []

  constructor(readonly next: (file: string) => readonly string[]) {}

  visit(file: string): void {
    if (this.#order.has(file)) return
    const order = this.#order.size
    this.#order.set(file, order)
    this.#lowest.set(file, order)
    this.#stack.push(file)
    for (const target of this.next(file)) this.#follow(file, target)
    if (this.#lowest.get(file) === order) this.components.push(this.#stack.splice(this.#stack.indexOf(file)).sort())
  }

  #follow(file: string, target: string): void {
    const seen = this.#order.get(target)
    if (seen === undefined) this.visit(target)
    else if (!this.#stack.includes(target)) return
    const reached = seen ?? this.#lowest.get(target) ?? Infinity
    this.#lowest.set(file, Math.min(this.#lowest.get(file) ?? Infinity, reached))
  }
}
