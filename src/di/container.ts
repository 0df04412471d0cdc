import { ContextKey, contextValue, runWithValue } from '../core/async-context'
import { Deadline } from '../core/deadline'
import { consoleLogger, type Logger } from '../core/logger'
import { valueBlueprint } from './planning/blueprints'
import type { ComponentIndex, Selection } from './planning/component-index'
import type { ConditionOutcome } from './conditions/outcome'
import {
  ComponentCreationError,
  ComponentDisposalError,
  type ContainerProblem,
  ContainerValidationError,
  count,
  type DisposalFailure,
} from './errors'
import { inOpenBlock } from './lifecycle/block-life'
import type { OpenScope } from './lifecycle/open-scope'
import { ScopeBlocks } from './lifecycle/scope-blocks'
import { Supply, type Within } from './lifecycle/supply'
import type { ResolutionObserver } from './observer'
import { planNested } from './planning/nested-plan'
import type { Override } from './planning/overrides'
import type { ContainerPlan, PlanOptions } from './planning/plan'
import type { ComponentPostProcessor } from './post-processor'
import { PreparedPlan } from './planning/prepared-plan'
import type { Blueprint, Registration } from './registration'
import type { Scope, ScopeSource } from './scope'
import { readWanted, type Wanted } from './injection/selector'
import { closing, notReady, overClosed, scopeUse } from './state-errors'
import type { ContainerStats } from './stats'
import { isToken } from './token'
import { unselected } from './planning/unselected'
import { type Wiring, wiringOf } from './planning/wiring'

/** What a container is started with. */
export interface ContainerOptions extends PlanOptions {
  /** See every object that the container makes, in this order. */
  readonly postProcessors?: readonly ComponentPostProcessor[]
  /** Are told what is looked up and built. */
  readonly observers?: readonly ResolutionObserver[]
  readonly logger?: Logger
  /** @internal What {@link Container.outline} has worked out of the same options: saves doing it again. For one start. */
  readonly prepared?: PreparedPlan
  /** @internal Is shown the container before it builds anything. */
  readonly announce?: (container: Container) => void
  /** @internal How long the disposals after a start that has failed may take in all, in milliseconds. Default 10,000. */
  readonly undoTimeoutMs?: number
  /** @internal Runs what makes and disposes of components for whoever asks, where they belong: in their application. */
  readonly within?: Within
  /** Is told how long each singleton took to build, what it needs not counted. */
  readonly onBuilt?: (registration: Registration, ms: number) => void
}

/** How a container is closed. */
export interface CloseOptions {
  /** How long everything may take, in milliseconds; what takes longer is left behind and reported. Without it: for ever. */
  readonly timeoutMs?: number
}

/** What a container would hold, and what would keep it from starting. */
export interface ContainerOutline {
  readonly registrations: readonly Registration[]
  /** What answers for the dependencies of each, the container itself included. */
  readonly wiring: readonly Wiring[]
  readonly problems: readonly ContainerProblem[]
  /** What came of every condition. */
  readonly conditions: readonly ConditionOutcome[]
  /** What conditions kept from being registered. */
  readonly leftOut: readonly Registration[]
  /** Which registration would answer for what is asked for. */
  readonly index: ComponentIndex
  /** @internal For the start of the container that this is the outline of. */
  readonly prepared: PreparedPlan
}

/** What makes a container a nested one. */
interface Nesting {
  readonly outer: Container
  readonly overrides: readonly Override[]
}

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
  readonly #options: ContainerOptions
  /** The container that this one shares components with. */
  readonly #outer: Container | undefined
  /** Those that share components with this one, with the promises of their starts. */
  readonly #nested = new Map<Container, Promise<void>>()
  readonly #plan: ContainerPlan
  readonly #supply: Supply
  readonly #blocks: ScopeBlocks
  readonly #logger: Logger
  /** Singletons by what they were asked for by: the short way. Empty where observers are to be told of each look-up. */
  readonly #ready = new Map<unknown, unknown>()
  readonly #startedAt = performance.now()
  #closing: Promise<void> | undefined

  /** @internal Use {@link Container.start}. */
  constructor(options: ContainerOptions, nesting?: Nesting) {
    const { postProcessors = [], observers = [], logger = consoleLogger, scopeSources = {}, onBuilt } = options
    this.#options = options
    this.#logger = logger
    this.#outer = nesting?.outer
    this.#plan = nesting ? this.#planInside(nesting) : preparedPlan(options).takenBy(this)
    if (this.#plan.problems.length > 0) throw new ContainerValidationError(this.#plan.problems)
    const inTransaction = (): boolean => Object.values(scopeSources).some(source => source.current() !== undefined)
    const finishing = (): boolean => this.#isFinishing() || inTransaction()
    // A nested container has components of its own in the lives of the outer one.
    this.#blocks = nesting ? nesting.outer.#blocks : new ScopeBlocks(this.#plan.scopes.blocks, { logger, finishing })
    this.#supply = new Supply({
      plan: this.#plan,
      outer: nesting && nesting.outer.#supply,
      sources: new Map<string, ScopeSource>([...Object.entries(scopeSources), ...this.#blocks.sources]),
      postProcessors,
      observers,
      onBuilt,
      logger,
      finishing: () => this.#isFinishing(),
      within: options.within,
    })
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
    options.announce?.(container)
    await container.#start()
    return container
  }

  /** What would keep {@link Container.start} from starting; builds nothing. */
  static validate(options: PlanOptions): readonly ContainerProblem[] {
    return Container.outline(options).problems
  }

  /** As {@link validate}, with everything that would be registered; builds nothing. */
  static outline(options: PlanOptions): ContainerOutline {
    const prepared = new PreparedPlan(options, Container)
    const { plan } = prepared
    const leftOut = plan.leftOut.map(({ blueprint }) => blueprint)
    const { problems, conditions, index } = plan
    return {
      registrations: registrationsOf(plan),
      wiring: wiringOf(plan),
      problems,
      conditions,
      leftOut,
      index,
      prepared,
    }
  }

  /** Everything that is registered, in that order, without the container itself. */
  get registrations(): readonly Registration[] {
    return registrationsOf(this.#plan)
  }

  /** What came of every condition of every component, each asked once at the start: for reports. */
  get conditions(): readonly ConditionOutcome[] {
    return this.#plan.conditions
  }

  /** @internal What answers for the dependencies of everything that is registered, the container itself included. */
  get wiring(): readonly Wiring[] {
    return wiringOf(this.#plan)
  }

  /** @internal The instance of a singleton, if there is one yet; builds nothing. */
  builtInstance(registration: Registration): unknown {
    return this.#supply.built(registration as Blueprint)?.instance // the container makes no other registrations
  }

  /**
   * The component for a token: the one registered for it, the primary one, or the only subclass. One that lives for a
   * transaction, a request or another scope is the one of the life that the caller is in, built with the first call in it.
   * A prototype is a new instance, which belongs to the caller: see {@link release}. `named()` and `qualified()` ask for one of
   * several.
   *
   * @throws ComponentNotFoundError `AMBIT_DI_NOT_FOUND`
   * @throws AmbiguousComponentError `AMBIT_DI_AMBIGUOUS`
   * @throws ContainerStateError `AMBIT_DI_NOT_READY` during the start, `AMBIT_DI_CLOSED` at or after the close,
   * `AMBIT_DI_SCOPE_INACTIVE` outside the scope, `AMBIT_DI_SCOPE_ENDED` after its end, `AMBIT_DI_SCOPE_MIXED`,
   * `AMBIT_DI_ASYNC` where only {@link resolve} can wait, `AMBIT_DI_CIRCLE`
   * @throws ComponentCreationError `AMBIT_DI_CREATION`
   */
  get<T>(token: Wanted<T>): T {
    const ready = this.#ready.get(token)
    if (ready === undefined) return this.#get(token)
    this.#supply.counts.hits += 1
    return ready as T // kept under this token
  }

  /**
   * As {@link get}, for a component whose creation may have something to wait for: a lazy one, a prototype, one of a scope.
   *
   * @throws as {@link get}
   */
  async resolve<T>(token: Wanted<T>): Promise<T> {
    return (await this.#supply.resolved(this.#select(token))) as T // registered under this token
  }

  /** @internal The component of exactly this registration, whatever else fits its token. */
  async resolveRegistration(registration: Registration): Promise<unknown> {
    return this.#supply.resolved(this.#plan.index.target(registration as Blueprint)) // the container makes no other registrations
  }

  /** @internal The registration behind {@link get}; throws as that does where there is none. */
  registrationOf(token: Wanted): Registration {
    return this.#select(token)
  }

  /** Whether anything is registered for a token, be it one component or several. */
  has(token: Wanted): boolean {
    const wanted = readWanted(token)
    return wanted !== undefined && this.#plan.index.candidates(wanted.token, wanted.choice).length > 0
  }

  /** Every singleton that is built, in the order of registration: lazy ones may not be yet. */
  get singletons(): readonly unknown[] {
    const { index } = this.#plan
    const registered = index.blueprints.filter(blueprint => blueprint.token !== Container)
    const targets = new Set(registered.map(blueprint => index.target(blueprint)))
    return [...targets].flatMap(blueprint => {
      const slot = this.#supply.built(blueprint)
      return slot === undefined ? [] : [slot.instance]
    })
  }

  /** All components for a token, its subclasses included, by their order, then as they were registered; none is no error. */
  getAll<T>(token: Wanted<T>): readonly T[] {
    const wanted = readWanted(token)
    const elements = wanted === undefined ? [] : this.#plan.index.elements(wanted.token, undefined, wanted.choice)
    return elements.map(({ target }) => this.#supply.instance(target) as T) // registered under this token
  }

  /**
   * Runs work in a new life of a scope: components of that scope exist once in it, and are disposed of at its end, last made
   * first. With an id, all blocks with that id share one life, side by side and inside each other; it ends with the last one.
   *
   * What the work throws is thrown, also where the disposal fails besides: that is logged then.
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_USE`, `AMBIT_DI_CLOSED`; ComponentDisposalError `AMBIT_DI_DISPOSAL`
   */
  runInScope<T>(scope: Scope, fn: () => T | PromiseLike<T>): Promise<T>
  runInScope<T>(scope: Scope, id: string | number | undefined, fn: () => T | PromiseLike<T>): Promise<T>
  async runInScope<T>(scope: Scope, ...rest: readonly unknown[]): Promise<T> {
    const [id, fn] = rest.length === 1 ? [undefined, rest[0]] : rest
    if (typeof fn === 'function') return this.#blocks.run(scope, id, fn as () => T | PromiseLike<T>) // as declared above
    throw scopeUse(
      'runInScope(…)',
      'runInScope() was given no function to run.',
      "Write runInScope('request', () => …).",
    )
  }

  /**
   * Opens a life of a scope and holds it open, for what lasts longer than a block: a session, a connection. With an id it is
   * the life that blocks with that id share.
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_USE`, `AMBIT_DI_CLOSED`
   */
  openScope(scope: Scope, id?: string | number): OpenScope {
    return this.#blocks.open(scope, id)
  }

  /**
   * Disposes of a prototype that {@link get}, {@link resolve} or a supplier has made, and of the prototypes that it was
   * given. For any other object, and a second time, it does nothing.
   *
   * @throws ComponentDisposalError `AMBIT_DI_DISPOSAL`
   */
  async release(instance: object): Promise<void> {
    await this.#supply.release(instance)
    await this.#outer?.release(instance)
  }

  /** What the container has done so far, in numbers. */
  stats(): ContainerStats {
    const { hits, misses, builds } = this.#supply.counts
    return {
      uptimeMs: performance.now() - this.#startedAt,
      registered: this.registrations.length,
      resolves: hits + misses,
      hits,
      builds,
      lives: { ...this.#supply.lives.counts, ...this.#blocks.counts },
    }
  }

  /**
   * @internal Takes no new blocks of scopes, and waits for those that run. Answers the error for those that the time has cut
   * off; the close does not wait for them again.
   */
  drain({ timeoutMs }: CloseOptions = {}): Promise<Error | undefined> {
    return this.#blocks.drain(new Deadline(timeoutMs))
  }

  /**
   * Takes no new work, waits for blocks of scopes and for components under construction, then disposes of everything that
   * the container made, last made first; waits for each and skips none. Calls share one promise.
   *
   * @throws ComponentDisposalError `AMBIT_DI_DISPOSAL` with all failures, once everything has had its turn
   * @throws ContainerStateError `AMBIT_DI_CLOSING` when a component waits for this in its own creation or disposal
   */
  close({ timeoutMs }: CloseOptions = {}): Promise<void> {
    if (this.#supply.state === 'starting') return Promise.reject(notReady('container.close()'))
    if (this.#waitsForCaller()) return Promise.reject(closing())
    this.#closing ??= this.#close(new Deadline(timeoutMs))
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Runs `fn` with a container in which some components are replaced, for tests: what can reach a replaced one, through
   * others or through a handle, is built anew inside; all else is shared with this container. At the end, also where `fn`
   * throws, what was built inside is disposed of, last made first; what lives for a transaction or a block ends with that.
   * This container stays as it is.
   *
   * @example
   * await container.withOverrides([[Mailer, fakeMailer]], async inside => {
   *   await inside.get(Signup).register('alice')
   * })
   *
   * @throws ContainerValidationError `AMBIT_DI_INVALID` where the replacements do not fit, before anything is built;
   * ComponentCreationError `AMBIT_DI_CREATION`; ComponentDisposalError `AMBIT_DI_DISPOSAL`, with the error of `fn` in a
   * SuppressedError, as `await using` has it; ContainerStateError `AMBIT_DI_CLOSED`, `AMBIT_DI_NOT_READY`
   */
  async withOverrides<T>(overrides: readonly Override[], fn: (container: Container) => T): Promise<Awaited<T>> {
    await using nested = await this.#nest(overrides)
    return await fn(nested)
  }

  async #nest(overrides: readonly Override[]): Promise<Container> {
    if (this.#supply.state === 'starting') throw notReady('container.withOverrides()')
    this.#refuseOver('container.withOverrides()')
    const nested = new Container(this.#options, { outer: this, overrides })
    // On the list before anything of it is built: a component that closes this container meanwhile must be told.
    const started = Promise.resolve().then(() => nested.#start())
    this.#nested.set(nested, started)
    await started.catch((error: unknown) => {
      this.#nested.delete(nested)
      throw error
    })
    // Closed by whoever closes this one, which has begun meanwhile.
    this.#refuseOver('container.withOverrides()')
    return nested
  }

  #planInside({ outer, overrides }: Nesting): ContainerPlan {
    return planNested(
      outer.#plan,
      overrides,
      valueBlueprint(Container, () => this, 'the container itself'),
    )
  }

  #refuseOver(where: string): void {
    const { state } = this.#supply
    if (state === 'closing' || state === 'closed') throw overClosed(where)
  }

  async #start(): Promise<void> {
    try {
      await this.#supply.start()
    } catch (error) {
      throw await this.#undo(error)
    }
    if (this.#outer === undefined)
      this.#logger.info(`Container started: ${count(this.registrations.length, 'component')}.`)
  }

  /** The start's error wins; what fails on the way back is attached to it. It has to be heard, so nothing may hold it up for ever. */
  async #undo(error: unknown): Promise<unknown> {
    const failures = await this.#disposeAll(new Deadline(this.#options.undoTimeoutMs ?? 10_000))
    if (failures.length === 0 || !(error instanceof ComponentCreationError)) return error
    const { component, step, path, cause } = error
    const disposalErrors = failures.map(failure => failure.error)
    return new ComponentCreationError({ component, step, path, starting: true, disposalErrors }, cause)
  }

  async #close(deadline: Deadline): Promise<void> {
    this.#supply.state = 'closing'
    const unfinished = this.#outer === undefined ? await this.#blocks.drain(deadline) : undefined
    // Their failures belong to whoever runs in them.
    await deadline.meets(
      Promise.allSettled([...this.#nested].map(([nested, started]) => started.then(() => nested.close()))),
    )
    const failures = await this.#disposeAll(deadline)
    if (this.#outer !== undefined) this.#outer.#nested.delete(this)
    const all = unfinished === undefined ? failures : [{ component: 'runInScope()', error: unfinished }, ...failures]
    if (all.length > 0) throw new ComponentDisposalError(all)
  }

  async #disposeAll(deadline: Deadline): Promise<readonly DisposalFailure[]> {
    const chain = [...(contextValue(closingKey) ?? []), this]
    const failures = await runWithValue(closingKey, chain, async () => {
      const ofBlocks = this.#outer === undefined ? await this.#blocks.close(deadline) : []
      const unmade = await this.#supply.prototypes.settle(deadline)
      return [...ofBlocks, ...unmade, ...(await this.#supply.dispose({ deadline }))]
    })
    this.#ready.clear()
    return failures
  }

  /** Whether the close would wait for the very code that asks for it: here, or in a container inside this one. */
  #waitsForCaller(): boolean {
    if (this.#supply.isBuilding || this.#isDisposing()) return true
    return [...this.#nested.keys()].some(nested => nested.#waitsForCaller())
  }

  /** Whether a closing container lets the running code come to its end, and builds what it needs for that. */
  #isFinishing(): boolean {
    return inOpenBlock() || this.#isDisposing() || this.#supply.isBuilding
  }

  #isDisposing(): boolean {
    return contextValue(closingKey)?.includes(this) === true
  }

  #get<T>(token: Wanted<T>): T {
    const blueprint = this.#select(token)
    const instance = this.#supply.instance(blueprint)
    const isReady = blueprint.scope === 'singleton' && this.#supply.state === 'running' && !this.#supply.observed
    // A selector is made with each call: kept, they would pile up.
    if (isReady && isToken(token)) this.#ready.set(token, instance)
    return instance as T // registered under this token
  }

  #select(token: Wanted): Blueprint {
    const { index } = this.#plan
    const wanted = readWanted(token)
    const selection: Selection =
      wanted === undefined ? { kind: 'missing' } : index.select(wanted.token, undefined, wanted.choice)
    if (selection.kind === 'found') return index.target(selection.blueprint)
    throw unselected(token, selection, index)
  }
}

function preparedPlan(options: ContainerOptions): PreparedPlan {
  return options.prepared ?? new PreparedPlan(options, Container)
}

function registrationsOf({ index }: ContainerPlan): readonly Registration[] {
  return index.blueprints.filter(blueprint => blueprint.token !== Container)
}

/** Marks what runs inside the disposal of containers, outermost first, so that waiting for oneself is noticed. */
const closingKey = new ContextKey<readonly Container[]>('closing containers', false)
