import { consoleLogger, type Logger } from '../core/logger'
import { ContextKey, contextValue, runWithValue } from '../core/async-context'
import { explainAbsence } from './absence'
import { valueBlueprint } from './blueprints'
import {
  AmbiguousComponentError,
  ComponentCreationError,
  ComponentDisposalError,
  ComponentNotFoundError,
  ContainerStateError,
  type ContainerProblem,
  ContainerValidationError,
  count,
} from './errors'
import { dependentPath } from './graph'
import { ComponentBuilder } from './lifecycle/builder'
import { DisposalLedger } from './lifecycle/disposal'
import { type ContainerPlan, planContainer, type PlanOptions } from './plan'
import type { ComponentPostProcessor } from './post-processor'
import type { Blueprint, Registration } from './registration'
import { createScopes } from './scope'
import { isToken, type Token, tokenName } from './token'

/** What a container is started with. */
export interface ContainerOptions extends PlanOptions {
  /** See every object that the container makes, in this order. */
  readonly postProcessors?: readonly ComponentPostProcessor[]
  readonly logger?: Logger
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
  readonly #scopes = createScopes()
  readonly #ledger = new DisposalLedger()
  readonly #logger: Logger
  #state: State = 'starting'
  #closing: Promise<void> | undefined

  /** @internal Use {@link Container.start}. */
  constructor(plan: PlanOptions, logger: Logger) {
    this.#logger = logger
    this.#plan = planContainer(plan, [valueBlueprint(Container, this, 'the container itself')])
    if (this.#plan.problems.length > 0) throw new ContainerValidationError(this.#plan.problems)
  }

  /**
   * Validates the whole graph, then builds every component, dependencies first. If one fails, those built before are
   * disposed of.
   *
   * @throws ContainerValidationError `AMBIT_DI_INVALID` with every problem of the graph; nothing has been built
   * @throws ComponentCreationError `AMBIT_DI_CREATION` when a component fails
   */
  static async start(options: ContainerOptions): Promise<Container> {
    const container = new Container(options, options.logger ?? consoleLogger)
    await container.#start(options.postProcessors ?? [])
    return container
  }

  /** What would keep {@link Container.start} from starting; builds nothing. */
  static validate(options: PlanOptions): readonly ContainerProblem[] {
    return planContainer(options, [valueBlueprint(Container, undefined, 'the container itself')]).problems
  }

  /** Everything that is registered, in that order, without the container itself. */
  get registrations(): readonly Registration[] {
    return this.#plan.index.blueprints.filter(blueprint => blueprint.token !== Container)
  }

  /**
   * The component for a token: the one registered for it, the primary one, or the only subclass.
   *
   * @throws ComponentNotFoundError `AMBIT_DI_NOT_FOUND`
   * @throws AmbiguousComponentError `AMBIT_DI_AMBIGUOUS`
   * @throws ContainerStateError `AMBIT_DI_NOT_READY` during the start, `AMBIT_DI_CLOSED` after the close
   */
  get<T>(token: Token<T>): T {
    const selection = this.#plan.index.select(token)
    if (selection.kind === 'found') return this.#instance(selection.blueprint) as T // registered under this token
    if (selection.kind === 'missing') throw this.#notFound(token)
    throw new AmbiguousComponentError(
      tokenName(token),
      selection.candidates.map(candidate => candidate.origin),
    )
  }

  /** Whether anything is registered for a token, be it one component or several. */
  has(token: Token): boolean {
    return this.#plan.index.candidates(token).length > 0
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

  async #start(postProcessors: readonly ComponentPostProcessor[]): Promise<void> {
    const { steps } = this.#plan
    const pathTo = (blueprint: Blueprint): readonly string[] => dependentPath(blueprint, steps)
    const builder = new ComponentBuilder({ scopes: this.#scopes, ledger: this.#ledger, postProcessors, pathTo })
    try {
      for (const step of steps) if (this.#scopes[step.blueprint.scope].eager) await builder.build(step)
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
    return new ComponentCreationError({ component, step, path, disposalErrors }, cause)
  }

  async #close(): Promise<void> {
    this.#state = 'closing'
    const failures = await this.#disposeAll()
    if (failures.length > 0) throw new ComponentDisposalError(failures)
  }

  async #disposeAll(): ReturnType<DisposalLedger['disposeAll']> {
    const chain = [...(contextValue(closingKey) ?? []), this]
    const failures = await runWithValue(closingKey, chain, () => this.#ledger.disposeAll())
    for (const scope of Object.values(this.#scopes)) scope.clear()
    this.#state = 'closed'
    return failures
  }

  #instance(blueprint: Blueprint): unknown {
    const slot = this.#scopes[blueprint.scope].read(blueprint)
    if (slot !== undefined) return slot.instance
    if (this.#state === 'closed') throw closed(blueprint)
    throw notReady(`container.get(${blueprint.name})`)
  }

  #notFound(token: unknown): ComponentNotFoundError {
    if (!isToken(token)) return new ComponentNotFoundError(String(token), [], [], NO_TOKEN)
    const name = tokenName(token)
    const { suggestions, registered, next } = explainAbsence(token, this.#plan.index)
    const text = { what: `Nothing is registered for ${name}.`, where: `container.get(${name})`, next }
    return new ComponentNotFoundError(name, suggestions, registered, text)
  }
}

/** Marks what runs inside the disposal of containers, outermost first, so that waiting for oneself is noticed. */
const closingKey = new ContextKey<readonly Container[]>('closing containers', false)

function notReady(where: string): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_NOT_READY', {
    what: 'The container is still being started.',
    where,
    next: 'Take what is needed at the start as a constructor parameter; call the container only afterwards.',
  })
}

function closing(): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CLOSING', {
    what: 'A component closes the container that is waiting for this very component to be disposed of.',
    where: 'container.close()',
    next: 'Dispose only of what the component itself holds.',
  })
}

function closed({ name }: Blueprint): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CLOSED', {
    what: `${name} was asked for after the container had been closed.`,
    where: `container.get(${name})`,
    next: 'Finish all work before close(), or start a new container.',
  })
}

const NO_TOKEN = {
  what: 'The container was asked for something that is no token.',
  where: 'container.get(…)',
  next: 'Pass a class or an InjectionToken; undefined usually means that two files import each other.',
}
