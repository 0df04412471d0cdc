import { runDetached } from '../../core/async-context'
import { flow } from '../../core/flow'
import { isPromiseLike } from '../../core/promise-like'
import { type Construct, createConstruct } from '../construct'
import { ComponentCreationError, type CreationStep } from '../errors'
import type { BuildStep, ResolvedDependency } from '../graph'
import type { Lazy } from '../lazy'
import type { ComponentPostProcessor } from '../post-processor'
import type { Blueprint, RegistrationKind } from '../registration'
import { isObject } from './disposal'
import { callHook, hooksOf } from './hooks'
import type { InstanceStore, Slot } from './instance-store'

/** What building needs to know of its container. */
export interface BuildSite {
  readonly postProcessors: readonly ComponentPostProcessor[]
  /** Has a component of a passing scope built in the life that the running code is in. */
  ensure(blueprint: Blueprint): InstanceStore | Promise<InstanceStore>
  lazy(blueprint: Blueprint): Lazy<unknown>
  /** Who needs a component, for messages. */
  pathTo(blueprint: Blueprint): readonly string[]
}

/** Builds one component after the other, each whole: constructed, shown to the post-processors, initialised. */
export class ComponentBuilder {
  readonly #site: BuildSite
  readonly #singletons: InstanceStore
  readonly #construct: Construct = createConstruct()
  /** Objects that have an owner: one returned twice (a bean that passes another one on) is initialised and disposed of once. */
  readonly #known = new WeakSet<object>()

  constructor(site: BuildSite, singletons: InstanceStore) {
    this.#site = site
    this.#singletons = singletons
  }

  /**
   * Builds a singleton, outside every transaction.
   *
   * @throws ComponentCreationError `AMBIT_DI_CREATION`
   */
  async buildSingleton(step: BuildStep): Promise<void> {
    await runDetached(() => this.build(step, this.#singletons))
  }

  /** Builds a component into a store; returns a promise only where something has to be waited for. */
  build(step: BuildStep, store: InstanceStore): void | Promise<void> {
    return flow(this.#steps(step, store))
  }

  *#steps({ blueprint, dependencies }: BuildStep, store: InstanceStore): Generator<unknown, void, unknown> {
    let phase = FIRST_PHASES[blueprint.kind]
    try {
      const needed: unknown[] = []
      for (const dependency of dependencies) needed.push((yield* this.#provide(dependency))?.instance)
      const created = blueprint.create(needed, this.#construct)
      const instance = blueprint.awaited && isPromiseLike(created) ? yield created : created
      if (instance === undefined) throw new TypeError(`${blueprint.origin} returned undefined`)
      if (this.#adopt(blueprint, instance, store)) {
        phase = 'post-processor'
        yield* this.#process(instance, blueprint)
        phase = 'initialiser'
        for (const method of hooksOf(instance, 'post-construct')) yield callHook(instance, method)
      }
      store.write(blueprint, instance)
    } catch (error) {
      throw this.#failed(blueprint, phase, error)
    }
  }

  *#process(instance: object, blueprint: Blueprint): Generator<unknown, void, unknown> {
    for (const processor of this.#site.postProcessors) yield processor.afterConstruct?.(instance, blueprint)
  }

  /** Singletons are there already: the plan has them built first. */
  *#provide({ blueprint, lazy }: ResolvedDependency): Generator<unknown, Slot | undefined, unknown> {
    if (blueprint === undefined) return undefined
    if (lazy) return { instance: this.#site.lazy(blueprint) }
    if (blueprint.scope === 'singleton') return this.#singletons.read(blueprint)
    const ensured = this.#site.ensure(blueprint)
    const store = (isPromiseLike(ensured) ? yield ensured : ensured) as InstanceStore // what the promise resolves to
    return store.read(blueprint)
  }

  /** Takes charge of an object before it is initialised: an initialiser that fails half-way leaves something to dispose of. */
  #adopt(blueprint: Blueprint, instance: unknown, { ledger }: InstanceStore): instance is object {
    if (!isObject(instance)) {
      if (blueprint.owned && blueprint.close !== undefined) ledger.add(blueprint, instance)
      return false
    }
    const isNew = blueprint.owned && !this.#known.has(instance)
    this.#known.add(instance)
    if (isNew) ledger.add(blueprint, instance)
    return isNew
  }

  #failed(blueprint: Blueprint, step: CreationStep, cause: unknown): ComponentCreationError {
    // What a component needs has failed in its own name already.
    if (cause instanceof ComponentCreationError && blueprint.scope !== 'singleton') return cause
    const path = this.#site.pathTo(blueprint)
    const { name: component, scope } = blueprint
    return new ComponentCreationError({ component, step, path, scope, disposalErrors: [] }, cause)
  }
}

const FIRST_PHASES = {
  class: 'constructor',
  bean: '@Bean method',
  factory: 'factory',
  value: 'value',
  alias: 'alias',
} as const satisfies Record<RegistrationKind, CreationStep> as Record<RegistrationKind, CreationStep>
