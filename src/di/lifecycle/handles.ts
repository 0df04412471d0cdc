import { runDetached } from '../../core/async-context'
import type { DisposalFailure } from '../errors'
import type { BuildStep } from '../planning/graph'
import type { Lazy } from '../injection/lazy'
import type { Blueprint } from '../registration'
import type { ResolvedDependency } from '../planning/resolve-dependency'
import { asynchronous, circle, closed, mixed } from '../state-errors'
import { enteredKey } from './block-life'
import type { ComponentBuilder } from './builder'
import type { DisposalLedger } from './disposal'
import { InstanceStore, type Slot } from './instance-store'
import type { Lives } from './lives'

/** What handles ask for components. */
export interface HandleSite {
  readonly builder: ComponentBuilder
  readonly lives: Lives
  /** Is told what fails after the end of a holder. */
  onLate(failures: readonly DisposalFailure[]): void
  step(blueprint: Blueprint): BuildStep
  /** Runs what makes a component for whoever asks. */
  within<R>(work: () => R): R
  instance(blueprint: Blueprint): unknown
  resolved(blueprint: Blueprint): Promise<unknown>
}

/** Makes the handles that components are given in place of others. */
export class Handles {
  readonly #site: HandleSite
  readonly #shared = new Map<Blueprint, Lazy<unknown>>()

  constructor(site: HandleSite) {
    this.#site = site
  }

  /** The handle for a dependency; what it makes of a prototype is disposed of after its holder. */
  make(dependency: ResolvedDependency, ledger: DisposalLedger): Lazy<unknown> | undefined {
    const { blueprint } = dependency
    if (blueprint?.scope !== 'prototype' || dependency.supplied) return this.shared(dependency)
    const own = new OwnPrototype(this.#site.step(blueprint), this.#site)
    ledger.add(own.store)
    return own
  }

  /** A handle keeps nothing, so all who need one of a component can share it; except those on a prototype of their own. */
  shared({ blueprint, supplied }: ResolvedDependency): Lazy<unknown> | undefined {
    if (blueprint === undefined || (blueprint.scope === 'prototype' && !supplied)) return undefined
    const known = this.#shared.get(blueprint)
    if (known !== undefined) return known
    const made = Object.freeze({
      get: () => this.#site.instance(blueprint),
      resolve: () => this.#site.resolved(blueprint),
    })
    this.#shared.set(blueprint, made)
    return made
  }
}

/** A `Lazy` on a prototype: one instance for its holder, made with the first call, in the lives that the holder was made in. */
class OwnPrototype implements Lazy<unknown> {
  readonly store: InstanceStore
  readonly #step: BuildStep
  readonly #site: HandleSite
  readonly #lives: readonly (object | undefined)[]

  constructor(step: BuildStep, site: HandleSite) {
    this.#step = step
    this.#site = site
    this.#lives = site.lives.keys(step.keeps)
    this.store = new InstanceStore(failures => {
      site.onLate(failures)
    })
  }

  get(): unknown {
    const slot = this.#ensure()
    if (slot instanceof Promise) throw asynchronous(this.#step.blueprint)
    return slot.instance
  }

  async resolve(): Promise<unknown> {
    const slot = await this.#ensure()
    return slot.instance
  }

  #ensure(): Slot | Promise<Slot> {
    const { blueprint } = this.#step
    const recipe = {
      blueprint,
      circle,
      late: () => closed(blueprint),
      build: (ledger: DisposalLedger) => this.#build(ledger),
    }
    return this.#site.within(() => this.store.ensure(this, recipe))
  }

  #build(ledger: DisposalLedger): Slot | Promise<Slot> {
    const { keeps, blueprint } = this.#step
    const build = (): Slot | Promise<Slot> => this.#site.builder.build(this.#step, ledger)
    // Nothing of the life that happens to ask first must find its way into one that outlives it.
    if (keeps.length === 0) return runDetached(build, enteredKey)
    const now = this.#site.lives.keys(keeps)
    const other = keeps.find((_, index) => now[index] !== this.#lives[index])
    if (other !== undefined) throw mixed(blueprint, other)
    return build()
  }
}
