import { consoleLogger, type Logger } from '../core/logger'
import { ContextKey, contextValue, runWithValue } from '../core/async-context'
import { isPromiseLike } from '../core/promise-like'
import { explainAbsence } from './absence'
import { valueBlueprint } from './blueprints'
import type { Selection } from './component-index'
import {
  AmbiguousComponentError,
  ComponentCreationError,
  ComponentDisposalError,
  ComponentNotFoundError,
  type ContainerProblem,
  ContainerValidationError,
  count,
} from './errors'
import { type BuildStep, dependentPath } from './graph'
import type { Lazy } from './lazy'
import { ComponentBuilder } from './lifecycle/builder'
import { InstanceStore } from './lifecycle/instance-store'
import { Lives } from './lifecycle/lives'
import { type ContainerPlan, planContainer, type PlanOptions } from './plan'
import type { ComponentPostProcessor } from './post-processor'
import type { Blueprint, Registration } from './registration'
import type { PassingScope } from './scope'
import { asynchronous, circle, closed, closing, inactive, notReady } from './state-errors'
import { isToken, type Token, tokenName } from './token'

/** What a container is started with. */
export interface ContainerOptions extends PlanOptions {
  /** See every object that the container makes, in this order. */
  readonly postProcessors?: readonly ComponentPostProcessor[]
  readonly logger?: Logger
}

/** What a container would hold, and what would keep it from starting. */
export interface ContainerOutline {
  readonly registrations: readonly Registration[]
  readonly problems: readonly ContainerProblem[]
}

type State = 'starting' | 'running' | 'closing' | 'closed'

/**
 * Builds components with their dependencies, hands them out, and disposes of them.
 *
 * `bootstrap()` makes one for an application; start one by hand where no database is involved. It can be injected by its class.
 *
 * @example
 * import { Container, provide } from 'ambit'
 *
 * await using container = await Container.start({ components: [Invoices], providers: [provide(CLOCK, { useValue: systemClock })] })
 * container.get(Invoices).send()
 */
export class Container implements AsyncDisposable {
  readonly #plan: ContainerPlan
  readonly #singletons = new InstanceStore()
  readonly #lives: Lives
  readonly #builder: ComponentBuilder
  readonly #steps: ReadonlyMap<Blueprint, BuildStep>
  readonly #logger: Logger
  #state: State = 'starting'
  #closing: Promise<void> | undefined

  /** @internal Use {@link Container.start}. */
  constructor({ postProcessors = [], logger = consoleLogger, ...options }: ContainerOptions) {
    this.#logger = logger
    this.#plan = planContainer(options, [valueBlueprint(Container, this, 'the container itself')])
    if (this.#plan.problems.length > 0) throw new ContainerValidationError(this.#plan.problems)
    this.#lives = new Lives(options.scopes ?? {})
    this.#steps = new Map(this.#plan.steps.map(step => [step.blueprint, step]))
    this.#builder = new ComponentBuilder(
      {
        postProcessors,
        ensure: blueprint => this.#ensure(blueprint),
        lazy: blueprint => this.#lazy(blueprint),
        pathTo: blueprint => dependentPath(blueprint, this.#plan.steps),
      },
      this.#singletons,
    )
  }

  /**
   * Validates the whole graph, then builds every component, dependencies first. If one fails, those built before are
   * disposed of.
   *
   * @throws ContainerValidationError `AMBIT_DI_INVALID` with every problem of the graph; nothing has been built
   * @throws ComponentCreationError `AMBIT_DI_CREATION` when a component fails
   */
  static async start(options: ContainerOptions): Promise<Container> {
    const container = new Container(options)
    await container.#start()
    return container
  }

  /** What would keep {@link Container.start} from starting; builds nothing. */
  static validate(options: PlanOptions): readonly ContainerProblem[] {
    return Container.outline(options).problems
  }

  /** As {@link validate}, with everything that would be registered; builds nothing. */
  static outline(options: PlanOptions): ContainerOutline {
    const plan = planContainer(options, [valueBlueprint(Container, undefined, 'the container itself')])
    return { registrations: registrationsOf(plan), problems: plan.problems }
  }

  /** Everything that is registered, in that order, without the container itself. */
  get registrations(): readonly Registration[] {
    return registrationsOf(this.#plan)
  }

  /**
   * The component for a token: the one registered for it, the primary one, or the only subclass. One that lives for a
   * transaction is the running transaction's own, built with the first call in it.
   *
   * @throws ComponentNotFoundError `AMBIT_DI_NOT_FOUND`
   * @throws AmbiguousComponentError `AMBIT_DI_AMBIGUOUS`
   * @throws ContainerStateError `AMBIT_DI_NOT_READY` during the start, `AMBIT_DI_CLOSED` after the close,
   * `AMBIT_DI_SCOPE_INACTIVE` outside a transaction, `AMBIT_DI_ASYNC` where only {@link resolve} can wait, `AMBIT_DI_CIRCLE`
   */
  get<T>(token: Token<T>): T {
    const selection = this.#plan.index.select(token)
    if (selection.kind === 'found') return this.#instance(selection.blueprint) as T // registered under this token
    throw this.#unselected(token, selection)
  }

  /**
   * As {@link get}, for a component of the running transaction whose creation may have something to wait for.
   *
   * @throws as {@link get}; ComponentCreationError `AMBIT_DI_CREATION`
   */
  async resolve<T>(token: Token<T>): Promise<T> {
    const selection = this.#plan.index.select(token)
    if (selection.kind === 'found') return (await this.#resolved(selection.blueprint)) as T // registered under this token
    throw this.#unselected(token, selection)
  }

  /** @internal The component of exactly this registration, whatever else fits its token. */
  resolveRegistration(registration: Registration): Promise<unknown> {
    return this.#resolved(registration as Blueprint) // the container makes no other registrations
  }

  /** Whether anything is registered for a token, be it one component or several. */
  has(token: Token): boolean {
    return this.#plan.index.candidates(token).length > 0
  }

  /** Every singleton that is registered, in the order of registration. */
  get singletons(): readonly unknown[] {
    const { index } = this.#plan
    const registered = index.blueprints.filter(blueprint => blueprint.token !== Container)
    const targets = new Set(registered.map(blueprint => index.target(blueprint)))
    return [...targets].filter(({ scope }) => scope === 'singleton').map(blueprint => this.#instance(blueprint))
  }

  /** All components for a token, its subclasses included, in the order of registration; none is no error. */
  getAll<T>(token: Token<T>): readonly T[] {
    const { index } = this.#plan
    const distinct = new Set(index.candidates(token).map(candidate => index.target(candidate)))
    return [...distinct].map(blueprint => this.#instance(blueprint) as T) // registered under this token
  }

  /**
   * Disposes of everything the container made, last made first; waits for each and skips none. Calls share one promise.
   *
   * @throws ComponentDisposalError `AMBIT_DI_DISPOSAL` with all failures, once everything has had its turn
   * @throws ContainerStateError `AMBIT_DI_CLOSING` when a component waits for this in its own disposal
   */
  close(): Promise<void> {
    if (this.#state === 'starting') return Promise.reject(notReady('container.close()'))
    if (this.#state === 'closing' && contextValue(closingKey)?.includes(this) === true) return Promise.reject(closing())
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #start(): Promise<void> {
    const eager = this.#plan.steps.filter(({ blueprint: { scope, kind } }) => scope === 'singleton' && kind !== 'alias')
    try {
      for (const step of eager) await this.#builder.buildSingleton(step)
    } catch (error) {
      throw await this.#undo(error)
    }
    this.#state = 'running'
    this.#logger.info(`Container started: ${count(this.registrations.length, 'component')}.`)
  }

  /** The start's error wins; what fails on the way back is attached to it. */
  async #undo(error: unknown): Promise<unknown> {
    const failures = await this.#disposeAll()
    if (failures.length === 0 || !(error instanceof ComponentCreationError)) return error
    const { component, step, path, cause } = error
    const disposalErrors = failures.map(failure => failure.error)
    return new ComponentCreationError({ component, step, path, scope: 'singleton', disposalErrors }, cause)
  }

  async #close(): Promise<void> {
    this.#state = 'closing'
    const failures = await this.#disposeAll()
    if (failures.length > 0) throw new ComponentDisposalError(failures)
  }

  async #disposeAll(): ReturnType<InstanceStore['end']> {
    const chain = [...(contextValue(closingKey) ?? []), this]
    const failures = await runWithValue(closingKey, chain, () => this.#singletons.end())
    this.#state = 'closed'
    return failures
  }

  #instance(registered: Blueprint): unknown {
    const blueprint = this.#plan.index.target(registered)
    if (blueprint.scope === 'singleton') return this.#singleton(blueprint)
    const store = this.#ensure(blueprint)
    if (isPromiseLike(store)) throw asynchronous(blueprint)
    return store.read(blueprint)?.instance
  }

  async #resolved(registered: Blueprint): Promise<unknown> {
    const blueprint = this.#plan.index.target(registered)
    if (blueprint.scope === 'singleton') return this.#singleton(blueprint)
    return (await this.#ensure(blueprint)).read(blueprint)?.instance
  }

  #singleton(blueprint: Blueprint): unknown {
    const slot = this.#singletons.read(blueprint)
    if (slot !== undefined) return slot.instance
    if (this.#state === 'closed') throw closed(blueprint)
    throw notReady(`container.get(${blueprint.name})`)
  }

  /** The store of the life that the running code is in, with an instance in it. */
  #ensure(blueprint: Blueprint): InstanceStore | Promise<InstanceStore> {
    if (this.#state === 'closed') throw closed(blueprint)
    if (this.#state === 'starting') throw notReady(`container.get(${blueprint.name})`)
    const scope = blueprint.scope as PassingScope // singletons are built at the start
    const store = this.#lives.current(scope)
    const step = this.#steps.get(blueprint)
    if (store === undefined || step === undefined) throw inactive(blueprint, this.#lives.remedy(scope))
    const wait = store.ensure(blueprint, { build: () => this.#builder.build(step, store), circle })
    return wait === undefined ? store : wait.then(() => store)
  }

  #lazy(blueprint: Blueprint): Lazy<unknown> {
    return { get: () => this.#instance(blueprint), resolve: () => this.#resolved(blueprint) }
  }

  #unselected(token: Token, selection: Exclude<Selection, { readonly kind: 'found' }>): Error {
    if (selection.kind === 'missing') return this.#notFound(token)
    return new AmbiguousComponentError(
      tokenName(token),
      selection.candidates.map(candidate => candidate.origin),
    )
  }

  #notFound(token: unknown): ComponentNotFoundError {
    if (!isToken(token)) return new ComponentNotFoundError(String(token), [], [], NO_TOKEN)
    const name = tokenName(token)
    const { suggestions, registered, next } = explainAbsence(token, this.#plan.index)
    const text = { what: `Nothing is registered for ${name}.`, where: `container.get(${name})`, next }
    return new ComponentNotFoundError(name, suggestions, registered, text)
  }
}

function registrationsOf({ index }: ContainerPlan): readonly Registration[] {
  return index.blueprints.filter(blueprint => blueprint.token !== Container)
}

/** Marks what runs inside the disposal of containers, outermost first, so that waiting for oneself is noticed. */
const closingKey = new ContextKey<readonly Container[]>('closing containers', false)

const NO_TOKEN = {
  what: 'The container was asked for something that is no token.',
  where: 'container.get(…)',
  next: 'Pass a class or an InjectionToken; undefined usually means that two files import each other.',
}
