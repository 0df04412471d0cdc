import { runDetached } from '../../core/async-context'
import type { Logger } from '../../core/logger'
import type { ContainerPlan } from '../planning/plan'
import { ComponentDisposalError, type DisposalFailure } from '../errors'
import { type BuildStep, dependentPath } from '../planning/graph'
import { Observers, type ResolutionObserver } from '../observer'
import type { ComponentPostProcessor } from '../post-processor'
import type { Blueprint } from '../registration'
import type { ScopeSource } from '../scope'
import { asynchronous, circle, closed, ended, mixed, notReady, tooLate } from '../state-errors'
import { enteredKey } from './block-life'
import { ComponentBuilder } from './builder'
import { constructionsOf, currentConstruction } from './construction'
import type { Ending } from './disposal'
import { Handles } from './handles'
import { InstanceStore, type Slot } from './instance-store'
import { Lives } from './lives'
import { OwnedObjects } from './owned-objects'
import { type PlainMaker, PlainPrototypes } from './plain-prototypes'
import { PlainSingletons } from './plain-singletons'
import { Prototypes } from './prototypes'

/** What a supply is made of. */
export interface SupplyParts {
  readonly plan: ContainerPlan
  /** The supply of the container around: what the plan shares with its plan comes from there. */
  readonly outer: Supply | undefined
  readonly sources: ReadonlyMap<string, ScopeSource>
  readonly postProcessors: readonly ComponentPostProcessor[]
  readonly observers: readonly ResolutionObserver[]
  /** Is told how long each singleton took to build. */
  readonly onBuilt: ((blueprint: Blueprint, ms: number) => void) | undefined
  readonly logger: Logger
  /** Whether the running code is a part of what a closing container lets come to its end. */
  finishing(): boolean
  /** Runs what makes and disposes of components for whoever asks. */
  readonly within: Within | undefined
}

/** Runs some work where it belongs, and answers what it does. */
export type Within = <R>(work: () => R) => R

export type SupplyState = 'starting' | 'running' | 'closing' | 'closed'

/** Hands out the components of a container: each from the life it belongs to, built where it is not there yet. */
export class Supply {
  state: SupplyState = 'starting'
  readonly prototypes: Prototypes
  readonly lives: Lives
  /** How many components were asked for and there, were asked for and made, and were made altogether. */
  readonly counts = { hits: 0, misses: 0, builds: 0 }
  readonly #parts: SupplyParts
  readonly #steps: ReadonlyMap<Blueprint, BuildStep>
  readonly #singletons: InstanceStore
  readonly #owned: OwnedObjects
  readonly #builder: ComponentBuilder
  readonly #handles: Handles
  readonly #plain: PlainPrototypes
  readonly #observers: Observers | undefined
  readonly #within: Within

  constructor(parts: SupplyParts) {
    this.#parts = parts
    const { plan, outer, sources, observers, logger, postProcessors, within = here } = parts
    this.#within = within
    this.#steps = ownSteps(plan, outer)
    this.#observers = observers.length === 0 ? undefined : new Observers(observers, logger)
    const onLate = (failures: readonly DisposalFailure[]): void => {
      this.#report(failures)
    }
    this.#singletons = new InstanceStore(onLate)
    this.lives = new Lives({ sources, outer: outer?.lives, onLate })
    this.#owned = new OwnedObjects(outer && outer.#owned)
    this.#builder = new ComponentBuilder(this.#buildSite(), this.#owned)
    this.prototypes = new Prototypes(this.#builder, onLate)
    this.#handles = new Handles({
      builder: this.#builder,
      lives: this.lives,
      onLate,
      within,
      step: blueprint => this.#step(blueprint),
      instance: blueprint => this.instance(blueprint),
      resolved: blueprint => this.resolved(blueprint),
    })
    this.#plain = new PlainPrototypes({
      postProcessors,
      step: blueprint => this.#step(blueprint),
      singleton: blueprint => this.built(blueprint),
      sharedHandle: dependency => this.#handles.shared(dependency),
      failed: (blueprint, step, cause) => this.#builder.failed(blueprint, step, cause),
    })
  }

  /** Whether somebody wants to be told of each look-up. */
  get observed(): boolean {
    return this.#observers !== undefined
  }

  /** Builds every singleton that is not lazy, and what those need. */
  async start(): Promise<void> {
    await runDetached(() => this.#buildAll(), enteredKey)
    this.state = 'running'
  }

  /** In the context of no life from end to end, so that those that are built without waiting need none of their own. */
  async #buildAll(): Promise<void> {
    const plain = new PlainSingletons(this.#plainSite())
    const steps = [...this.#steps.values()]
    for (let at = 0, step = steps[at]; step !== undefined; step = steps[(at += 1)]) {
      const { blueprint } = step
      if (blueprint.scope !== 'singleton' || blueprint.lazy || blueprint.kind === 'alias') continue
      if (this.#singletons.read(blueprint) !== undefined) continue
      const wait = plain.build(step) ? plain.initialising : this.#buildSingleton(step)
      if (wait instanceof Promise) await wait
    }
  }

  /** Disposes of the singletons, last made first. */
  async dispose(ending: Ending): Promise<readonly DisposalFailure[]> {
    const failures = await this.#singletons.dispose(ending)
    this.state = 'closed'
    return failures
  }

  /** Disposes of a prototype that somebody asked for directly, and of those that it was given. */
  release(instance: object): Promise<void> {
    return this.#within(() => this.prototypes.release(instance))
  }

  /** Whether the running code is a part of building one of these components. */
  get isBuilding(): boolean {
    return constructionsOf(currentConstruction()).some(({ blueprint }) => this.#steps.has(blueprint))
  }

  /** A singleton that is there. */
  built(blueprint: Blueprint): Slot | undefined {
    return this.#singletons.read(blueprint) ?? this.#parts.outer?.built(blueprint)
  }

  /** Whether a component is of this container, or of one around it. */
  knows(blueprint: Blueprint): boolean {
    return this.#steps.has(blueprint) || this.#parts.outer?.knows(blueprint) === true
  }

  instance(blueprint: Blueprint): unknown {
    const outer = this.#outerOf(blueprint)
    if (outer !== undefined) return outer.instance(blueprint)
    const found = this.#find(blueprint)
    if (found !== undefined) return this.#hit(blueprint, found)
    const plain = this.#plainMaker(blueprint)
    if (plain !== undefined) return this.#makePlain(plain)
    const since = this.#now()
    const made = this.#make(blueprint)
    if (!(made instanceof Promise)) return this.#resolve(blueprint, made, since)
    made.catch(() => undefined) // the caller, who cannot wait, has an error of its own
    throw asynchronous(blueprint)
  }

  async resolved(blueprint: Blueprint): Promise<unknown> {
    const outer = this.#outerOf(blueprint)
    if (outer !== undefined) return outer.resolved(blueprint)
    const found = this.#find(blueprint)
    if (found !== undefined) return this.#hit(blueprint, found)
    const since = this.#now()
    return this.#resolve(blueprint, await this.#make(blueprint), since)
  }

  /** Whose component it is, if not ours. A prototype belongs to whoever asks for it, wherever it was registered. */
  #outerOf(blueprint: Blueprint): Supply | undefined {
    if (blueprint.scope === 'prototype' || this.#steps.has(blueprint)) return undefined
    // What a closed container shares is out of its reach, too.
    return this.state === 'closed' ? undefined : this.#parts.outer
  }

  #hit(blueprint: Blueprint, { instance }: Slot): unknown {
    this.counts.hits += 1
    this.#observers?.hit(blueprint)
    return instance
  }

  #resolve(blueprint: Blueprint, { instance }: Slot, since: number): unknown {
    this.counts.misses += 1
    this.#observers?.resolved(blueprint, this.#now() - since)
    return instance
  }

  #plainMaker(blueprint: Blueprint): PlainMaker | undefined {
    if (blueprint.scope !== 'prototype' || this.#observers !== undefined || this.state !== 'running') return undefined
    return this.#plain.maker(blueprint)
  }

  #makePlain({ make, size }: PlainMaker): object {
    const instance = make()
    this.counts.misses += 1
    this.counts.builds += size
    return instance
  }

  /** What is there already, where the caller is. */
  #find(blueprint: Blueprint): Slot | undefined {
    const { scope } = blueprint
    if (scope === 'singleton') return this.#singletons.read(blueprint) ?? this.#refuseSingleton(blueprint)
    if (this.state === 'closed') throw closed(blueprint)
    if (scope === 'prototype') return undefined
    if (this.state === 'starting') throw notReady(`get(${blueprint.name})`)
    return this.#readIn(this.lives.store(blueprint), blueprint)
  }

  #refuseSingleton(blueprint: Blueprint): Slot | undefined {
    if (this.state === 'closed') throw closed(blueprint)
    // Those that are not lazy have their turn in the order of the start.
    if (this.state === 'starting' && !blueprint.lazy) throw notReady(`get(${blueprint.name})`)
    return undefined
  }

  #make(blueprint: Blueprint): Slot | Promise<Slot> {
    if (this.state === 'closing' && !this.#parts.finishing()) throw tooLate(blueprint)
    return this.#within(() =>
      blueprint.scope === 'prototype' ? this.prototypes.make(this.#step(blueprint)) : this.#provide(blueprint),
    )
  }

  #provide(blueprint: Blueprint): Slot | Promise<Slot> {
    const outer = this.#outerOf(blueprint)
    if (outer !== undefined) return outer.#provide(blueprint)
    if (blueprint.scope !== 'singleton') return this.#passing(blueprint)
    return this.#singletons.read(blueprint) ?? this.#buildSingleton(this.#step(blueprint))
  }

  /** Outside every transaction and every other life: it must keep nothing of the one that happens to ask first. */
  #buildSingleton(step: BuildStep): Slot | Promise<Slot> {
    const { blueprint } = step
    return this.#singletons.ensure(blueprint, {
      blueprint,
      circle,
      late: () => tooLate(blueprint),
      build: ledger => runDetached(() => this.#builder.build(step, ledger), enteredKey),
    })
  }

  #passing(blueprint: Blueprint): Slot | Promise<Slot> {
    const store = this.lives.store(blueprint)
    const there = this.#readIn(store, blueprint)
    if (there !== undefined) return there
    const step = this.#step(blueprint)
    const lives = step.keeps.length === 0 ? undefined : this.lives.keys(step.keeps)
    return store.ensure(blueprint, {
      blueprint,
      circle,
      late: () => ended(blueprint),
      build: ledger => {
        const made = this.lives.create(blueprint, () => this.#builder.build(step, ledger))
        if (lives === undefined) return made
        return made instanceof Promise ? made.then(slot => ({ ...slot, lives })) : { ...made, lives }
      },
    })
  }

  /** What a life has of a component, if that keeps nothing of other lives than those which the caller is in. */
  #readIn(store: InstanceStore, blueprint: Blueprint): Slot | undefined {
    const slot = store.read(blueprint)
    if (slot?.lives === undefined) return slot
    const { keeps } = this.#step(blueprint)
    const now = this.lives.keys(keeps)
    const other = keeps.find((_, index) => now[index] !== slot.lives?.[index])
    if (other !== undefined) throw mixed(blueprint, other)
    return slot
  }

  #step(blueprint: Blueprint): BuildStep {
    const { outer } = this.#parts
    const step = this.#steps.get(blueprint)
    if (step === undefined && outer !== undefined) return outer.#step(blueprint)
    if (step === undefined) throw new TypeError(`${blueprint.name} is not of this container`)
    return step
  }

  #now(): number {
    return this.#observers === undefined ? 0 : performance.now()
  }

  #noteBuilt(blueprint: Blueprint, since: number): void {
    this.counts.builds += 1
    const ms = this.#buildTime() - since
    this.#observers?.built(blueprint, ms)
    if (blueprint.scope === 'singleton') this.#parts.onBuilt?.(blueprint, ms)
  }

  /** Looks at the clock only for those who want to know. */
  #buildTime(): number {
    return this.#observers === undefined && this.#parts.onBuilt === undefined ? 0 : performance.now()
  }

  #buildSite(): ConstructorParameters<typeof ComponentBuilder>[0] {
    const starting = (): boolean => this.state === 'starting'
    return {
      postProcessors: this.#parts.postProcessors,
      present: blueprint => this.#singletons.read(blueprint),
      provide: blueprint => this.#provide(blueprint),
      step: blueprint => this.#step(blueprint),
      handle: (dependency, ledger) => this.#handles.make(dependency, ledger),
      pathTo: blueprint => dependentPath(blueprint, this.#parts.plan.steps),
      built: (blueprint, since) => {
        this.#noteBuilt(blueprint, since)
      },
      now: () => this.#buildTime(),
      get starting() {
        return starting()
      },
    }
  }

  #plainSite(): ConstructorParameters<typeof PlainSingletons>[0] {
    return {
      store: this.#singletons,
      owned: this.#owned,
      postProcessors: this.#parts.postProcessors,
      failed: (blueprint, step, cause) => this.#builder.failed(blueprint, step, cause),
      built: (blueprint, since) => {
        this.#noteBuilt(blueprint, since)
      },
      now: () => this.#buildTime(),
    }
  }

  #report(failures: readonly DisposalFailure[]): void {
    if (failures.length === 0) return
    this.#parts.logger.error(
      'Components failed while what was left of them was disposed of.',
      new ComponentDisposalError(failures, 'after their creation had failed, or come too late'),
    )
  }
}

function here<R>(work: () => R): R {
  return work()
}

/** Those of the plan that are not the outer container's; without a list of pairs, since there are hundreds. */
function ownSteps({ steps }: ContainerPlan, outer: Supply | undefined): ReadonlyMap<Blueprint, BuildStep> {
  const own = new Map<Blueprint, BuildStep>()
  steps.forEach(step => {
    if (outer?.knows(step.blueprint) !== true) own.set(step.blueprint, step)
  })
  return own
}
