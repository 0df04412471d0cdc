import { ContextKey, contextValue, runWithValue } from '../../core/async-context'
import type { Blueprint } from '../registration'

/** One component while it is being built. */
export class Construction {
  /** Others that it waits for: it builds them, or somebody else does. Most wait for none. */
  awaits: ReadonlySet<Construction> = NONE
  /** Set once there is something to wait for. */
  promise: Promise<void> | undefined
  /** Set at the end: what the component has started, a timer say, is no part of its construction any more. */
  over = false

  /** `site`: where the instance will be kept. */
  constructor(
    readonly blueprint: Blueprint,
    readonly site: object,
  ) {}
}

const NONE: ReadonlySet<Construction> = new Set()

/** What is being built for the running code, innermost first. */
export interface ConstructionChain {
  readonly construction: Construction
  readonly outer: ConstructionChain | undefined
  readonly depth: number
}

const buildingKey = new ContextKey<ConstructionChain>('components under construction', false)

/** What the running code is building, innermost first. */
export function currentConstruction(): ConstructionChain | undefined {
  let chain = contextValue(buildingKey)
  while (chain?.construction.over === true) chain = chain.outer
  return chain
}

/** Runs a build as a part of the one that the running code belongs to. */
export function runConstruction<T>(construction: Construction, build: () => T | Promise<T>): T | Promise<T> {
  const outer = currentConstruction()
  try {
    const made = runWithValue(buildingKey, { construction, outer, depth: (outer?.depth ?? 0) + 1 }, build)
    if (made instanceof Promise) return made.finally(() => (construction.over = true))
    construction.over = true
    return made
  } catch (error) {
    construction.over = true
    throw error
  }
}

/** The constructions of a chain that are not over, innermost first. */
export function constructionsOf(chain: ConstructionChain | undefined): readonly Construction[] {
  const found: Construction[] = []
  for (let at = chain; at !== undefined; at = at.outer) if (!at.construction.over) found.push(at.construction)
  return found
}

/** The names on the way from `wanted` back to something that is being built for the caller, by who waits for whom. */
export function circleThrough(
  wanted: Construction,
  chain: ConstructionChain | undefined,
): readonly string[] | undefined {
  const building = constructionsOf(chain)
  const cameFrom = new Map<Construction, Construction | undefined>([[wanted, undefined]])
  for (const at of cameFrom.keys()) {
    const start = building.indexOf(at)
    if (start >= 0) return [...namesOf(building.slice(0, start + 1)).reverse(), ...wayTo(at, cameFrom)]
    for (const next of at.awaits) if (!cameFrom.has(next)) cameFrom.set(next, at)
  }
  return undefined
}

/** Waits for a construction, for whoever is at work; so that a circle of those who wait is noticed. */
export async function waitFor(awaited: Construction, requester: Construction | undefined): Promise<void> {
  if (requester !== undefined) requester.awaits = new Set([...requester.awaits, awaited])
  try {
    await awaited.promise
  } finally {
    if (requester !== undefined) requester.awaits = new Set([...requester.awaits].filter(each => each !== awaited))
  }
}

function wayTo(end: Construction, cameFrom: ReadonlyMap<Construction, Construction | undefined>): readonly string[] {
  const way: Construction[] = []
  for (let at: Construction | undefined = end; at !== undefined; at = cameFrom.get(at)) way.unshift(at)
  return namesOf(way)
}

function namesOf(constructions: readonly Construction[]): string[] {
  return constructions.map(({ blueprint }) => blueprint.name)
}
