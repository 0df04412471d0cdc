import type { Class } from '../../core/metadata'
import type { CreationStep } from '../errors'
import type { BuildStep } from '../planning/graph'
import type { ComponentPostProcessor } from '../post-processor'
import type { Blueprint } from '../registration'
import type { ResolvedDependency } from '../planning/resolve-dependency'
import { disposalSymbol } from './disposal'
import { hasHooks } from './hooks'

/** What making plain prototypes needs to know of its container. */
export interface PlainSite {
  readonly postProcessors: readonly ComponentPostProcessor[]
  step(blueprint: Blueprint): BuildStep
  /** A singleton that is there; `undefined` where it has to be built first. */
  singleton(blueprint: Blueprint): { readonly instance: unknown } | undefined
  /** The handle that all share; `undefined` where each holder needs one of its own. */
  sharedHandle(dependency: ResolvedDependency): object | undefined
  failed(blueprint: Blueprint, step: CreationStep, cause: unknown): Error
}

/** Makes instances of a prototype, and of those that it is given. */
export interface PlainMaker {
  readonly make: () => object
  /** How many instances one call makes. */
  readonly size: number
}

/**
 * Makers for prototypes of which everything is known beforehand: classes without hooks and disposal, whose needs are made in
 * the same way or exist. Each is put together once, of closures, and does then little more than call the constructors.
 */
export class PlainPrototypes {
  readonly #site: PlainSite
  readonly #makers = new Map<Blueprint, PlainMaker | undefined>()

  constructor(site: PlainSite) {
    this.#site = site
  }

  /** `undefined` where an instance takes more than that. */
  maker(blueprint: Blueprint): PlainMaker | undefined {
    const known = this.#makers.get(blueprint)
    if (known !== undefined || this.#makers.has(blueprint)) return known
    const made = this.#compile(blueprint)
    // What cannot be made in this way only because a singleton is not there yet may be later.
    if (made !== undefined || !isPlain(blueprint)) this.#makers.set(blueprint, made)
    return made
  }

  #compile(blueprint: Blueprint): PlainMaker | undefined {
    const target = isPlain(blueprint) ? blueprint.implementation : undefined
    if (target === undefined || this.#site.postProcessors.some(each => each.afterConstruct && each.sync !== true))
      return undefined
    const { dependencies, arrange } = this.#site.step(blueprint)
    if (arrange !== undefined) return undefined
    const needs = dependencies.map(dependency => this.#need(dependency))
    if (!needs.every(need => need !== undefined)) return undefined
    const size = needs.reduce((sum, need) => sum + need.size, 1)
    const failed = (step: CreationStep) => (cause: unknown) => this.#site.failed(blueprint, step, cause)
    const construct = constructing(
      target as Class<object>,
      needs.map(need => need.make),
      failed('constructor'),
    )
    return { size, make: this.#processed(blueprint, construct, failed('post-processor')) }
  }

  #need(dependency: ResolvedDependency): Need | undefined {
    const { blueprint, lazy } = dependency
    if (blueprint === undefined) return constant(undefined)
    if (lazy) {
      const handle = this.#site.sharedHandle(dependency)
      return handle && constant(handle)
    }
    if (blueprint.scope === 'prototype') return this.maker(blueprint)
    const there = blueprint.scope === 'singleton' ? this.#site.singleton(blueprint) : undefined
    return there && constant(there.instance)
  }

  #processed(blueprint: Blueprint, construct: () => object, failed: (cause: unknown) => Error): () => object {
    const processors = this.#site.postProcessors.filter(each => each.afterConstruct !== undefined)
    if (processors.length === 0) return construct
    return () => {
      const instance = construct()
      try {
        for (const processor of processors) void processor.afterConstruct?.(instance, blueprint)
      } catch (error) {
        throw failed(error)
      }
      return instance
    }
  }
}

interface Need {
  readonly make: () => unknown
  readonly size: number
}

function constant(value: unknown): Need {
  return { make: () => value, size: 0 }
}

/**
 * A prototype whose instances are ready once constructed, and need no disposal by what their class says. Nobody keeps a list
 * of them: to note each instance would cost several times what making it costs.
 */
export function isPlain({ kind, scope, close, owned, implementation }: Blueprint): boolean {
  if (kind !== 'class' || scope !== 'prototype' || !owned || close !== undefined || implementation === undefined)
    return false
  return !hasHooks(implementation) && disposalSymbol(implementation.prototype) === undefined
}

/** One closure for each of the usual lengths: spreading a list costs as much as the rest. */
function constructing(
  target: Class<object>,
  needs: readonly (() => unknown)[],
  failed: (cause: unknown) => Error,
): () => object {
  const C = target as unknown as new (...args: readonly unknown[]) => object // the graph has checked what it takes
  const [a, b, c] = needs
  if (a === undefined) return guarded0(C, failed)
  if (b === undefined) return guarded1(C, a, failed)
  if (c === undefined) return guarded2(C, a, b, failed)
  return guarded(C, needs, failed)
}

type Constructor = new (...args: readonly unknown[]) => object
type Failed = (cause: unknown) => Error

function guarded0(C: Constructor, failed: Failed): () => object {
  return () => {
    try {
      return new C()
    } catch (error) {
      throw failed(error)
    }
  }
}

function guarded1(C: Constructor, a: () => unknown, failed: Failed): () => object {
  return () => {
    const first = a()
    try {
      return new C(first)
    } catch (error) {
      throw failed(error)
    }
  }
}

function guarded2(C: Constructor, a: () => unknown, b: () => unknown, failed: Failed): () => object {
  return () => {
    const first = a()
    const second = b()
    try {
      return new C(first, second)
    } catch (error) {
      throw failed(error)
    }
  }
}

function guarded(C: Constructor, needs: readonly (() => unknown)[], failed: Failed): () => object {
  return () => {
    const args = needs.map(need => need())
    try {
      return new C(...args)
    } catch (error) {
      throw failed(error)
    }
  }
}
