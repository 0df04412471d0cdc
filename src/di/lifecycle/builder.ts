import { runDetached } from '../../core/async-context'
import { type Construct, createConstruct } from '../construct'
import { ComponentCreationError, type CreationStep } from '../errors'
import type { BuildStep } from '../graph'
import type { ComponentPostProcessor } from '../post-processor'
import type { Blueprint, RegistrationKind } from '../registration'
import type { Scopes } from '../scope'
import { type DisposalLedger, isObject } from './disposal'
import { callHook, hooksOf } from './hooks'

/** What building needs to know of its container. */
export interface BuildSite {
  readonly scopes: Scopes
  readonly ledger: DisposalLedger
  readonly postProcessors: readonly ComponentPostProcessor[]
  /** Who needs a component, for messages. */
  pathTo(blueprint: Blueprint): readonly string[]
}

/** Builds one component after the other, each whole: constructed, shown to the post-processors, initialised. */
export class ComponentBuilder {
  readonly #site: BuildSite
  readonly #construct: Construct = createConstruct()
  /** Objects that have an owner: one returned twice (a bean that passes another one on) is initialised and disposed of once. */
  readonly #known = new WeakSet<object>()

  constructor(site: BuildSite) {
    this.#site = site
  }

  /** @throws ComponentCreationError `AMBIT_DI_CREATION` */
  build(step: BuildStep): Promise<void> {
    return runDetached(() => this.#build(step))
  }

  async #build(step: BuildStep): Promise<void> {
    const { blueprint } = step
    let phase = FIRST_PHASES[blueprint.kind]
    try {
      const created = blueprint.create(
        step.dependencies.map(dependency => this.#read(dependency)),
        this.#construct,
      )
      const instance = blueprint.awaited && isThenable(created) ? await created : created
      if (instance === undefined) throw new TypeError(`${blueprint.origin} returned undefined`)
      if (this.#adopt(blueprint, instance)) {
        phase = 'post-processor'
        for (const processor of this.#site.postProcessors) await processor.afterConstruct?.(instance, blueprint)
        phase = 'initialiser'
        for (const method of hooksOf(instance, 'post-construct')) await callHook(instance, method)
      }
      this.#site.scopes[blueprint.scope].write(blueprint, instance)
    } catch (error) {
      throw this.#failed(blueprint, phase, error)
    }
  }

  #read(dependency: Blueprint | undefined): unknown {
    return dependency === undefined ? undefined : this.#site.scopes[dependency.scope].read(dependency)?.instance
  }

  /** Takes charge of an object before it is initialised: an initialiser that fails half-way leaves something to dispose of. */
  #adopt(blueprint: Blueprint, instance: unknown): instance is object {
    if (!isObject(instance)) {
      if (blueprint.owned && blueprint.close !== undefined) this.#site.ledger.add(blueprint, instance)
      return false
    }
    const isNew = blueprint.owned && !this.#known.has(instance)
    this.#known.add(instance)
    if (isNew) this.#site.ledger.add(blueprint, instance)
    return isNew
  }

  #failed(blueprint: Blueprint, step: CreationStep, cause: unknown): ComponentCreationError {
    const path = this.#site.pathTo(blueprint)
    return new ComponentCreationError({ component: blueprint.name, step, path, disposalErrors: [] }, cause)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof (value as { readonly then?: unknown }).then === 'function'
}

const FIRST_PHASES = {
  class: 'constructor',
  bean: '@Bean method',
  factory: 'factory',
  value: 'value',
  alias: 'alias',
} as const satisfies Record<RegistrationKind, CreationStep> as Record<RegistrationKind, CreationStep>
