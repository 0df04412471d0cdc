import { callMethod } from '../../core/call-method'
import { flow } from '../../core/flow'
import { isPromiseLike } from '../../core/promise-like'
import { type Construct, constructDirectly, createConstruct } from '../construct'
import { ComponentCreationError, type CreationStep } from '../errors'
import type { BuildStep } from '../planning/graph'
import type { ResolvedDependency } from '../planning/resolve-dependency'
import type { ComponentPostProcessor } from '../post-processor'
import type { Blueprint, RegistrationKind } from '../registration'
import { type DisposalLedger, InstanceDisposal, isObject } from './disposal'
import { hooksOf } from './hooks'
import type { Slot } from './instance-store'
import type { OwnedObjects } from './owned-objects'
import { isPlain } from './plain-prototypes'

/** What building needs to know of its container. */
export interface BuildSite {
  readonly postProcessors: readonly ComponentPostProcessor[]
  /** A singleton that is there. */
  present(blueprint: Blueprint): Slot | undefined
  /** The component of the container, or of the life that the running code is in; built where it is not there yet. */
  provide(blueprint: Blueprint): Slot | Promise<Slot>
  step(blueprint: Blueprint): BuildStep
  /** A handle; of a prototype, what it makes is noted in the ledger of its holder. */
  handle(dependency: ResolvedDependency, ledger: DisposalLedger): unknown
  /** Who needs a component, for messages. */
  pathTo(blueprint: Blueprint): readonly string[]
  /** Is told of each component that is ready, and when its creation began. */
  built(blueprint: Blueprint, since: number): void
  now(): number
  /** Whether a failure undoes the start. */
  readonly starting: boolean
}

interface Means {
  readonly construct: Construct
  readonly ledger: DisposalLedger
}

/** A component that has been created, and is to be made ready. */
interface Making {
  readonly blueprint: Blueprint
  /** When its creation began. */
  readonly since: number
  readonly ledger: DisposalLedger
}

/** Builds components, each whole: constructed, shown to the post-processors, initialised. */
export class ComponentBuilder {
  readonly #site: BuildSite
  #workbench: Construct | undefined
  readonly #owned: OwnedObjects
  readonly #plain = new Map<Blueprint, boolean>()

  constructor(site: BuildSite, owned: OwnedObjects) {
    this.#site = site
    this.#owned = owned
  }

  /**
   * Builds a component, and the prototypes that it is given; returns a promise only where something has to be waited for.
   * What there is to dispose of is noted in the ledger, also when the build fails half-way.
   *
   * @throws ComponentCreationError `AMBIT_DI_CREATION`
   */
  build(step: BuildStep, ledger: DisposalLedger): Slot | Promise<Slot> {
    const parts = this.#present(step, ledger)
    if (parts === undefined) return flow(this.#steps(step, ledger))
    return this.#make(step, parts, { construct: constructDirectly, ledger })
  }

  *#steps(step: BuildStep, ledger: DisposalLedger): Generator<unknown, Slot, unknown> {
    const parts = yield* this.#needed(step, ledger)
    const made = this.#make(step, parts, { construct: this.#constructFor(step.blueprint), ledger })
    return made instanceof Promise ? ((yield made) as Slot) : made // what the promise resolves to
  }

  #make({ blueprint, arrange }: BuildStep, parts: readonly unknown[], by: Means): Slot | Promise<Slot> {
    const since = this.#site.now()
    let created: unknown
    let promised: boolean
    try {
      created = blueprint.create(arrange ? arrange(parts) : parts, by.construct)
      if (created === undefined) throw returnedUndefined(blueprint)
      promised = blueprint.awaited && isPromiseLike(created) // an object may throw at whoever looks for then()
    } catch (error) {
      throw this.failed(blueprint, FIRST_PHASES[blueprint.kind], error)
    }
    const making = { blueprint, since, ledger: by.ledger }
    if (promised) return flow(this.#settle(making, created as PromiseLike<unknown>))
    return this.#adopt(making, created) && this.#hasMore(created)
      ? flow(this.#prepare(making, created))
      : this.#built(making, created)
  }

  *#settle(making: Making, created: PromiseLike<unknown>): Generator<unknown, Slot, unknown> {
    const { blueprint } = making
    let instance: unknown
    try {
      instance = yield created
      if (instance === undefined) throw returnedUndefined(blueprint)
    } catch (error) {
      throw this.failed(blueprint, FIRST_PHASES[blueprint.kind], error)
    }
    return this.#adopt(making, instance) ? yield* this.#prepare(making, instance) : this.#built(making, instance)
  }

  /**
   * Shows an object to the post-processors, then initialises it. Yields only what there is to wait for: each yield goes
   * through all that are being built around this one.
   */
  *#prepare(making: Making, instance: object): Generator<unknown, Slot, unknown> {
    const { blueprint } = making
    let phase: CreationStep = 'post-processor'
    try {
      for (const processor of this.#site.postProcessors) {
        const shown = processor.afterConstruct?.(instance, blueprint)
        if (isPromiseLike(shown)) yield shown
      }
      phase = 'initialiser'
      for (const method of hooksOf(instance, 'post-construct')) {
        const initialised = callMethod(instance, method)
        if (isPromiseLike(initialised)) yield initialised
      }
    } catch (error) {
      throw this.failed(blueprint, phase, error)
    }
    return this.#built(making, instance)
  }

  /** Whether there is more to do than to construct an object: there is not for most of them. */
  #hasMore(instance: object): boolean {
    return this.#site.postProcessors.length > 0 || hooksOf(instance, 'post-construct').length > 0
  }

  #built({ blueprint, since }: Making, instance: unknown): Slot {
    this.#site.built(blueprint, since)
    return { instance }
  }

  /** The error of a component whose own creation failed. */
  failed(blueprint: Blueprint, step: CreationStep, cause: unknown): ComponentCreationError {
    const path = this.#site.pathTo(blueprint)
    const facts = { component: blueprint.name, step, path, starting: this.#site.starting, disposalErrors: [] }
    return new ComponentCreationError(facts, cause)
  }

  /** What a component needs, where all of it is there already; `undefined` where something is not, or is made for it. */
  #present({ dependencies }: BuildStep, ledger: DisposalLedger): readonly unknown[] | undefined {
    const parts: unknown[] = []
    for (const dependency of dependencies) {
      const slot = this.#presentOne(dependency, ledger)
      if (slot === undefined) return undefined
      parts.push(slot.instance)
    }
    return parts
  }

  #presentOne(dependency: ResolvedDependency, ledger: DisposalLedger): Slot | undefined {
    const { blueprint, lazy, supplied } = dependency
    if (blueprint === undefined) return ABSENT
    if (!lazy) return this.#site.present(blueprint)
    // A handle on a prototype of its own is noted in the ledger, so it is made in its turn.
    return supplied || blueprint.scope !== 'prototype' ? { instance: this.#site.handle(dependency, ledger) } : undefined
  }

  *#needed({ blueprint, dependencies }: BuildStep, ledger: DisposalLedger): Generator<unknown, unknown[], unknown> {
    const needed: unknown[] = []
    try {
      for (const dependency of dependencies) {
        if (isMade(dependency))
          needed.push((yield* this.#steps(this.#site.step(dependency.blueprint), ledger)).instance)
        else {
          const provided = this.#provide(dependency, ledger)
          const slot = provided instanceof Promise ? yield provided : provided
          needed.push((slot as Slot | undefined)?.instance) // what the promise resolves to
        }
      }
    } catch (error) {
      // What a component needs has failed in its own name already.
      throw error instanceof ComponentCreationError
        ? error
        : this.failed(blueprint, FIRST_PHASES[blueprint.kind], error)
    }
    return needed
  }

  #provide(dependency: ResolvedDependency, ledger: DisposalLedger): Slot | Promise<Slot> | undefined {
    const { blueprint, lazy } = dependency
    if (blueprint === undefined) return undefined
    return lazy ? { instance: this.#site.handle(dependency, ledger) } : this.#site.provide(blueprint)
  }

  /**
   * tsyringe constructs what is made once in a life out of parts that are made for it. It adds nothing to a prototype, which
   * is made over and over, nor to the hundreds of components of a start whose needs are all there.
   */
  #constructFor({ scope }: Blueprint): Construct {
    return scope === 'prototype' ? constructDirectly : (this.#workbench ??= createConstruct())
  }

  #isPlain(blueprint: Blueprint): boolean {
    if (blueprint.scope !== 'prototype') return false
    let plain = this.#plain.get(blueprint)
    if (plain === undefined) this.#plain.set(blueprint, (plain = isPlain(blueprint)))
    return plain
  }

  /** Takes charge of an object before it is initialised: an initialiser that fails half-way leaves something to dispose of. */
  #adopt({ blueprint, ledger }: Making, instance: unknown): instance is object {
    if (this.#isPlain(blueprint)) return true
    if (!isObject(instance)) {
      if (blueprint.owned && blueprint.close !== undefined) this.#note(blueprint, instance, ledger)
      return false
    }
    if (this.#owned.has(instance)) return false
    this.#owned.add(instance)
    // A value is the caller's, whoever passes it on.
    if (blueprint.owned) this.#note(blueprint, instance, ledger)
    return blueprint.owned
  }

  #note(blueprint: Blueprint, instance: unknown, ledger: DisposalLedger): void {
    ledger.add(new InstanceDisposal(blueprint, instance, this.#owned))
  }
}

/** What is passed for an optional component that is not registered. */
const ABSENT: Slot = { instance: undefined }

type Made = ResolvedDependency & { readonly blueprint: Blueprint }

/** Whether a component is given a prototype, which is made for it as a part of its own creation. */
function isMade(dependency: ResolvedDependency): dependency is Made {
  return !dependency.lazy && dependency.blueprint?.scope === 'prototype'
}

export function returnedUndefined({ origin }: Blueprint): TypeError {
  return new TypeError(`${origin} returned undefined`)
}

/** What a component's creation begins with. */
export const FIRST_PHASES = {
  class: 'constructor',
  bean: '@Bean method',
  factory: 'factory',
  value: 'value',
  alias: 'alias',
} as const satisfies Record<RegistrationKind, CreationStep> as Record<RegistrationKind, CreationStep>
