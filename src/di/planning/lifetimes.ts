import type { ComponentIndex } from './component-index'
import type { Blueprint, Dependency } from '../registration'
import { isPassing, type Scope, type ScopeOrder } from '../scope'

/** Answers what a component keeps for as long as it lives, and whether that lives as long. */
export class Lifetimes {
  readonly #index: ComponentIndex
  readonly #order: ScopeOrder

  constructor(index: ComponentIndex, order: ScopeOrder) {
    this.#index = index
    this.#order = order
  }

  /**
   * What would be gone while the requester still has it: the target, or the shortest-lived of what a prototype keeps.
   * A prototype lives with its requester, so it can be given anything.
   */
  outlived(requester: Blueprint, dependency: Dependency, target: Blueprint): Blueprint | undefined {
    if (requester.scope === target.scope || requester.scope === 'prototype' || !keeps(dependency, target))
      return undefined
    const shortest = target.scope === 'prototype' ? this.#shortestKeptBy(target) : target
    return shortest !== undefined && this.#order.endsBefore(shortest.scope, requester.scope) ? shortest : undefined
  }

  /** The scopes, beside its own, of what a component of a passing scope keeps, or a prototype. */
  keptScopes(blueprint: Blueprint): readonly Scope[] {
    if (blueprint.scope === 'singleton') return NONE
    const kept = this.#keptBy(blueprint, ({ scope }) => scope !== 'singleton')
    const scopes = new Set(kept.map(({ scope }) => scope))
    return [...scopes].filter(scope => isPassing(scope) && scope !== blueprint.scope)
  }

  /** What else one of them keeps for too long is a problem of its own. */
  #shortestKeptBy(prototype: Blueprint): Blueprint | undefined {
    const kept = this.#keptBy(prototype, ({ scope }) => scope === 'prototype').filter(({ scope }) => isPassing(scope))
    const [first, ...others] = kept
    const shorter = (one: Blueprint | undefined, other: Blueprint): Blueprint | undefined =>
      one !== undefined && this.#order.endsBefore(other.scope, one.scope) ? other : one
    return others.reduce(shorter, first)
  }

  /** Everything that a component keeps, itself or through others; singletons keep nothing that passes. */
  #keptBy(blueprint: Blueprint, through: (kept: Blueprint) => boolean): readonly Blueprint[] {
    const seen = new Set([blueprint])
    for (const each of seen) {
      if (through(each)) for (const kept of this.#keptDirectly(each)) seen.add(kept)
    }
    return [...seen].slice(1)
  }

  #keptDirectly(requester: Blueprint): readonly Blueprint[] {
    return requester.dependencies.flatMap(dependency =>
      this.#index.targets(dependency, requester).filter(target => keeps(dependency, target)),
    )
  }
}

/** A handle keeps nothing, except a `Lazy` on a prototype: it keeps the instance that it makes. */
function keeps({ lazy, supplied }: Dependency, target: Blueprint): boolean {
  return !lazy || (supplied !== true && target.scope === 'prototype')
}

const NONE: readonly Scope[] = []
