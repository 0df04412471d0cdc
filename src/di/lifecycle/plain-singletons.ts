import { callMethod } from '../../core/call-method'
import { constructDirectly } from '../construct'
import type { CreationStep } from '../errors'
import type { BuildStep } from '../planning/graph'
import type { ResolvedDependency } from '../planning/resolve-dependency'
import type { ComponentPostProcessor } from '../post-processor'
import type { Blueprint } from '../registration'
import { FIRST_PHASES, returnedUndefined } from './builder'
import { type DisposalLedger, InstanceDisposal, isObject } from './disposal'
import { hasHooks, hooksOf } from './hooks'
import type { InstanceStore, Slot } from './instance-store'
import type { OwnedObjects } from './owned-objects'

/** What building plain singletons needs to know of its container. */
export interface PlainSingletonSite {
  readonly store: InstanceStore
  readonly owned: OwnedObjects
  readonly postProcessors: readonly ComponentPostProcessor[]
  failed(blueprint: Blueprint, step: CreationStep, cause: unknown): Error
  built(blueprint: Blueprint, since: number): void
  now(): number
}

/**
 * Builds singletons of which nothing has to be waited for: values, and classes without initialisers, whose needs are all
 * there. That is what hundreds of the components of a start are, and most of what building the others takes would be wasted
 * on them.
 */
export class PlainSingletons {
  readonly #site: PlainSingletonSite
  readonly #processors: readonly ComponentPostProcessor[]
  /** What the object that was built last is initialised by, where that is not over: the start waits for it. */
  initialising: Promise<void> | undefined
  /** Whether no post-processor has anything to wait for. */
  readonly #isPrompt: boolean

  constructor(site: PlainSingletonSite) {
    this.#site = site
    this.#processors = site.postProcessors.filter(each => each.afterConstruct !== undefined)
    this.#isPrompt = this.#processors.every(each => each.sync === true)
  }

  /**
   * Builds a component that is not there yet; `false` where that takes more than this.
   *
   * @throws ComponentCreationError `AMBIT_DI_CREATION`
   */
  build(step: BuildStep): boolean {
    const { blueprint, arrange } = step
    if (arrange !== undefined || !this.#isPlain(blueprint)) return false
    const parts = this.#present(step)
    if (parts === undefined) return false
    this.#site.store.buildNow(blueprint, ledger => this.#make(blueprint, parts, ledger))
    return true
  }

  #isPlain({ kind, implementation }: Blueprint): boolean {
    if (kind === 'value') return true
    return kind === 'class' && this.#isPrompt && implementation !== undefined && !hasHooks(implementation)
  }

  /** Counted, and into a list of that length: before code is compiled, iterators are most of what a start makes. */
  #present({ dependencies }: BuildStep): readonly unknown[] | undefined {
    const { store } = this.#site
    const parts = new Array<unknown>(dependencies.length)
    for (let at = 0; at < dependencies.length; at += 1) {
      const { blueprint, lazy } = dependencies[at] as ResolvedDependency // there are that many
      const slot = blueprint === undefined || lazy ? undefined : store.read(blueprint)
      if (slot === undefined) return undefined
      parts[at] = slot.instance
    }
    return parts
  }

  #make(blueprint: Blueprint, parts: readonly unknown[], ledger: DisposalLedger): Slot {
    const since = this.#site.now()
    const instance = this.#construct(blueprint, parts, ledger)
    this.#site.built(blueprint, since)
    return { instance }
  }

  #initialise(blueprint: Blueprint, instance: object): void {
    const methods = hooksOf(instance, 'post-construct')
    if (methods.length === 0) return
    const run = async (): Promise<void> => {
      for (const method of methods) await callMethod(instance, method)
    }
    this.initialising = run().catch((error: unknown) => {
      throw this.#site.failed(blueprint, 'initialiser', error)
    })
  }

  #construct(blueprint: Blueprint, parts: readonly unknown[], ledger: DisposalLedger): unknown {
    const { owned } = this.#site
    let phase: CreationStep = FIRST_PHASES[blueprint.kind]
    try {
      const instance: unknown = blueprint.create(parts, constructDirectly)
      if (instance === undefined) throw returnedUndefined(blueprint)
      const isNew = isObject(instance) && !owned.has(instance)
      if (isNew) owned.add(instance)
      if (isNew && blueprint.owned) {
        ledger.add(new InstanceDisposal(blueprint, instance, owned))
        phase = 'post-processor'
        for (const processor of this.#processors) void processor.afterConstruct?.(instance, blueprint)
        // A constructor may return an object of another class.
        if (instance.constructor !== blueprint.implementation) this.#initialise(blueprint, instance)
      }
      return instance
    } catch (error) {
      throw this.#site.failed(blueprint, phase, error)
    }
  }
}
