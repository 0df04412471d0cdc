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

/**
 * What is being built within the running call, by {@link constructNow}. A constructor that only has to be called is on this
 * stack in place of the async context: nothing of it goes on when the call has come back, and to enter a context for each
 * of the hundreds of a start would cost more than to make them.
 */
class ConstructionStack {
  #top: ConstructionChain | undefined

  get top(): ConstructionChain | undefined {
    return this.#top
  }

  /** Runs a call with another top: `undefined` leaves the word to the async context that the call enters. */
  with<T>(top: ConstructionChain | undefined, call: () => T): T {
    const below = this.#top
    this.#top = top
    try {
      return call()
    } finally {
      this.#top = below
    }
  }
}

const stack = new ConstructionStack()

/** What the running code is building, innermost first. */
export function currentConstruction(): ConstructionChain | undefined {
  let chain = stack.top ?? contextValue(buildingKey)
  while (chain?.construction.over === true) chain = chain.outer
  return chain
}

/** Runs a build as a part of the one that the running code belongs to. */
export function runConstruction<T>(construction: Construction, build: () => T | Promise<T>): T | Promise<T> {
  const link = linkTo(construction)
  try {
    const made = stack.with(undefined, () => runWithValue(buildingKey, link, build))
    if (made instanceof Promise) return made.finally(() => (construction.over = true))
    construction.over = true
    return made
  } catch (error) {
    construction.over = true
    throw error
  }
}

/** As {@link runConstruction} for a build that is over when the call has come back. */
export function constructNow<T>(construction: Construction, build: () => T): T {
  try {
    return stack.with(linkTo(construction), build)
  } finally {
    construction.over = true
  }
}

function linkTo(construction: Construction): ConstructionChain {
  const outer = currentConstruction()
  return { construction, outer, depth: (outer?.depth ?? 0) + 1 }
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
