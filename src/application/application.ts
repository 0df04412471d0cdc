import { type ApplicationContext, runInApplication } from '../core/applications'
import type { Logger } from '../core/logger'
import type {
  ConditionOutcome,
  Container,
  ContainerStats,
  OpenScope,
  Override,
  Registration,
  ScanReport,
  Scope,
  Token,
  Wanted,
} from '../di'
import type { PostedEvents } from '../events/posted-events'
import { runFinishing } from '../tx/closing'
import type { Traces } from '../tx/tracing/traces'
import type { TransactionTrace } from '../tx/tracing/transaction-trace'
import type { ConfigurationRefresh } from './configuration'
import type { DataSourceSet } from './data-source-set'
import { ApplicationCloseError } from './errors'
import type { ComponentGraph } from './graph/component-graph'
import { drawGraph, type GraphSource } from './graph/draw-graph'
import { type ApplicationState, askHealth, type HealthOptions } from './health/application-health'
import type { HealthReport } from './health/run-checks'
import { graphDataSources } from './infrastructure'
import { type NestedApplication, runNested } from './nested-application'
import type { PluginHooks } from './plugins/plugin-hooks'
import type { ApplicationReport } from './report/application-report'
import { makeReport } from './report/make-report'
import type { StartTimings } from './report/start-timings'
import { SignalWatch } from './signals'

/** What an application is made of. */
export interface ApplicationParts {
  readonly context: ApplicationContext
  readonly container: Container
  readonly dataSources: DataSourceSet
  readonly closeTimeoutMs: number
  readonly traces: Traces | undefined
  readonly timings: StartTimings
  readonly scan: ScanReport | undefined
  readonly builtIn: ReadonlySet<Token>
  readonly pluginNames: readonly string[]
  readonly hooks: PluginHooks
  readonly signals: readonly NodeJS.Signals[]
  readonly logger: Logger
  readonly refresh: ConfigurationRefresh
  readonly posted: PostedEvents
}

/** Called by `bootstrap()` when everything has started. */
export const START = Symbol('ambit.start')

/** Answers the close, if it has begun. */
export const CLOSE_BEGUN = Symbol('ambit.close begun')

/**
 * A running application: its container and its data sources. Made by `bootstrap()`; `await using` closes it at the end of a
 * block, a server closes it on a signal.
 *
 * @example
 * import { bootstrap, Service } from 'ambit'
 *
 * @Service()
 * class Greeter {
 *   greet(name: string): string { return `Hello, ${name}` }
 * }
 *
 * await using app = await bootstrap({ name: 'shop', database: { url: 'sqlite::memory:' }, components: [Greeter] })
 * console.log(app.name, app.get(Greeter).greet('Ann')) // => shop Hello, Ann
 */
export class Application implements AsyncDisposable {
  readonly #parts: ApplicationParts
  readonly #context: ApplicationContext
  readonly #container: Container
  readonly #dataSources: DataSourceSet
  readonly #closeTimeoutMs: number
  readonly #traces: Traces | undefined
  readonly #signals: SignalWatch
  #state: ApplicationState = 'running'
  #closing: Promise<void> | undefined

  /** @internal Use `bootstrap()`. */
  constructor(parts: ApplicationParts) {
    this.#parts = parts
    this.#context = parts.context
    this.#container = parts.container
    this.#dataSources = parts.dataSources
    this.#closeTimeoutMs = parts.closeTimeoutMs
    this.#traces = parts.traces
    this.#signals = new SignalWatch({ signals: parts.signals, logger: parts.logger, close: () => this.close() })
  }

  /** @internal */
  [START](): void {
    if (this.#state === 'running') this.#signals.start()
  }

  /** @internal */
  [CLOSE_BEGUN](): Promise<void> | undefined {
    return this.#closing
  }

  get name(): string {
    return this.#context.name
  }

  /**
   * Everything that the container holds, for reports.
   *
   * @example
   * import { bootstrap, Service } from 'ambit'
   *
   * @Service()
   * class Greeter {}
   *
   * await using app = await bootstrap({ components: [Greeter] })
   * console.log(app.registrations.some(({ token }) => token === Greeter)) // => true
   */
  get registrations(): readonly Registration[] {
    return this.#container.registrations
  }

  /** What came of every condition of every component, each asked once at the start. */
  get conditions(): readonly ConditionOutcome[] {
    return this.#container.conditions
  }

  /**
   * The newest finished traces, oldest first: how transactional calls ran, as data. Empty without `bootstrap({ trace })`.
   *
   * @example
   * import { bootstrap, printTrace } from 'ambit'
   * await using app = await bootstrap({ trace: { print: false }, database: { url: 'sqlite:app.db' } })
   * for (const trace of app.traces) if (trace.error) console.log(printTrace(trace))
   */
  get traces(): readonly TransactionTrace[] {
    return this.#traces?.kept ?? []
  }

  /**
   * The component for a token; `named()` and `qualified()` ask for one of several. One that lives for a transaction, a request
   * or another scope is the one of the life that the caller is in; a prototype is a new instance, which belongs to the caller.
   *
   * @throws ComponentNotFoundError `AMBIT_DI_NOT_FOUND`, AmbiguousComponentError `AMBIT_DI_AMBIGUOUS`,
   * ContainerStateError `AMBIT_DI_SCOPE_INACTIVE`, `AMBIT_DI_SCOPE_ENDED`, `AMBIT_DI_SCOPE_MIXED`, `AMBIT_DI_ASYNC`,
   * `AMBIT_DI_CLOSED`; ComponentCreationError `AMBIT_DI_CREATION`
   */
  get<T>(token: Wanted<T>): T {
    return this.#container.get(token)
  }

  /**
   * As {@link get}, for a component whose creation may have something to wait for: a lazy one, a prototype, one of a scope.
   *
   * @throws as {@link get}
   */
  resolve<T>(token: Wanted<T>): Promise<T> {
    return this.#container.resolve(token)
  }

  /** All components for a token, its subclasses included, by their order, then as they were registered. */
  getAll<T>(token: Wanted<T>): readonly T[] {
    return this.#container.getAll(token)
  }

  /**
   * Runs `fn` with an application in which some components are replaced, for tests. Whatever can reach a replaced component,
   * through others or through a handle, is built anew inside; all else is shared with this application, and so are the data
   * sources. At the end, also where `fn` throws, what was built inside is disposed of, last made first; this application stays
   * as it is. Calls may be nested, and run side by side.
   *
   * @example
   * await app.withOverrides([[Mailer, fakeMailer]], async inside => {
   *   await inside.get(Signup).register('alice')
   * })
   *
   * @throws ContainerValidationError `AMBIT_DI_INVALID` where the replacements do not fit, before anything is built;
   * ComponentCreationError `AMBIT_DI_CREATION`; ComponentDisposalError `AMBIT_DI_DISPOSAL`, with the error of `fn` in a
   * SuppressedError, as `await using` has it; ContainerStateError `AMBIT_DI_CLOSED`
   */
  withOverrides<T>(overrides: readonly Override[], fn: (app: NestedApplication) => T): Promise<Awaited<T>> {
    const { context, container, posted, closeTimeoutMs } = this.#parts
    const parts = { context, container, posted, closeTimeoutMs, graph: this.#graphSource }
    return runNested(parts, overrides, fn)
  }

  /**
   * What the application is made of, and what needs what: to draw with `toMermaid()` or `toDot()`, or as data.
   *
   * @example
   * console.log(app.graph().toMermaid())
   */
  graph(): ComponentGraph {
    return drawGraph({ ...this.#graphSource, wiring: this.#container.wiring })
  }

  /**
   * What the application is made of and how it started: data sources, components, timings, what was scanned, and the methods
   * that have no transaction although their class is `@Transactional`. Made anew with each call.
   *
   * @example
   * console.log(String(app.report()))
   */
  report(): ApplicationReport {
    const { pluginNames, scan, timings, builtIn, refresh } = this.#parts
    return makeReport({
      name: this.name,
      state: this.#state,
      wiring: this.#container.wiring,
      dataSources: this.#dataSources.members.map(member => member.describe()),
      plugins: pluginNames,
      conditions: this.#container.conditions,
      configuration: refresh.configuration.describe(),
      scan,
      timings,
      builtIn,
    })
  }

  /**
   * Asks the data sources and every health check of a kind, side by side, each in its own time. Never rejects because
   * something is down. While the application closes, readiness is down at once, and liveness stays up.
   *
   * @example
   * const { status, checks } = await app.health({ kind: 'readiness' })
   * response.status(status === 'up' ? 200 : 503).json(checks)
   *
   * @throws InvalidIntrospectionOptionsError `AMBIT_APPLICATION_INTROSPECTION`
   */
  health(options?: HealthOptions): Promise<HealthReport> {
    const source = { state: this.#state, container: this.#container, dataSources: this.#dataSources.members }
    return runInApplication(this.#context, () => askHealth(source, options))
  }

  /**
   * Runs work in a new life of a scope, with this application as the ambient one: components of that scope exist once in it,
   * and are disposed of at its end. With an id, all blocks with that id share one life, which ends with the last of them. The
   * block is over when the promise of `fn` is: return one that waits for all of the work.
   *
   * @example
   * import { bootstrap, Component } from 'ambit'
   *
   * @Component({ scope: 'request' })
   * class CurrentUser { name = 'nobody' }
   *
   * await using app = await bootstrap({ components: [CurrentUser] })
   * createServer((request, response) => app.runInScope('request', () => handle(request, response)))
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_USE`, `AMBIT_DI_CLOSED`; ComponentDisposalError `AMBIT_DI_DISPOSAL`; what the
   * work throws
   */
  runInScope<T>(scope: Scope, fn: () => T | PromiseLike<T>): Promise<T>
  runInScope<T>(scope: Scope, id: string | number | undefined, fn: () => T | PromiseLike<T>): Promise<T>
  runInScope<T>(scope: Scope, ...rest: readonly unknown[]): Promise<T> {
    const work = rest as [id: undefined, fn: () => T] // as declared above, which the container checks
    return this.run(() => this.#container.runInScope(scope, ...work))
  }

  /**
   * Opens a life of a scope and holds it open, for what lasts longer than a block: a session, a connection.
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_USE`, `AMBIT_DI_CLOSED`
   */
  openScope(scope: Scope, id?: string | number): OpenScope {
    return inApplication(this.#container.openScope(scope, id), this.#context)
  }

  /**
   * Disposes of a prototype that {@link get}, {@link resolve} or a supplier has made, and of the prototypes it was given.
   *
   * @throws ComponentDisposalError `AMBIT_DI_DISPOSAL`
   */
  release(instance: object): Promise<void> {
    return this.#container.release(instance)
  }

  /**
   * What the container has done so far, in numbers.
   *
   * @example
   * import { bootstrap, Service } from 'ambit'
   *
   * @Service()
   * class Greeter {}
   *
   * await using app = await bootstrap({ components: [Greeter] })
   * console.log(app.stats().builds > 0) // => true
   */
  stats(): ContainerStats {
    return this.#container.stats()
  }

  /**
   * Reads the sources of the configuration again, and puts their values in place if all of them are right: handles of `live()`
   * and `ApplicationConfiguration` have them from then on, and one `ConfigurationChangedEvent` is published. Settings objects
   * that components already have stay as they are. Calls take turns.
   *
   * @returns the first parts of the keys that changed, were added or are gone; empty where nothing did
   * @throws InvalidConfigurationError `AMBIT_CONFIG_INVALID` with every problem; nothing has changed then
   * @throws NoApplicationError `AMBIT_APP_CLOSED`
   */
  refreshConfig(): Promise<readonly string[]> {
    return this.#parts.refresh.run()
  }

  /**
   * Runs `fn` with this application as the ambient one: needed where several run and an object belongs to none.
   *
   * @example
   * import { bootstrap, currentTransaction, transactional } from 'ambit'
   *
   * await using shop = await bootstrap({ name: 'shop', database: { url: 'sqlite::memory:' } })
   * await using office = await bootstrap({ name: 'office', database: { url: 'sqlite::memory:' } })
   * await shop.run(() => transactional({}, async () => {
   *   console.log(currentTransaction()?.isNew) // => true
   * }))
   *
   * @throws what `fn` throws
   */
  run<T>(fn: () => T): T {
    return runInApplication(this.#context, fn)
  }

  /**
   * Takes no new calls, waits for those that run and for blocks of scopes up to `closeTimeoutMs` and rolls back what is left,
   * delivers what was posted for as long again, closes the plugins, disposes of the components in reverse order, and closes the data sources. Calls share one promise.
   *
   * @throws ApplicationCloseError `AMBIT_APPLICATION_CLOSE` with all failures, once everything has had its turn: what
   * could not be closed, and a ForcedCloseError `AMBIT_TX_FORCED_CLOSE` for each method whose work was rolled back
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #graphSource(): Omit<GraphSource, 'wiring'> {
    const { builtIn } = this.#parts
    return { name: this.name, builtIn, dataSources: graphDataSources(this.#dataSources.byName) }
  }

  async #close(): Promise<void> {
    this.#state = 'closing'
    const timeoutMs = this.#closeTimeoutMs
    const [unfinished, rolledBack] = await Promise.all([
      this.#container.drain({ timeoutMs }),
      this.#dataSources.drain(timeoutMs),
    ])
    const failures: unknown[] = [...rolledBack, ...(unfinished === undefined ? [] : [unfinished])]
    failures.push(...(await this.#parts.posted.close(timeoutMs)))
    failures.push(...(await this.#finish(() => this.#parts.hooks.close(this, timeoutMs))))
    // Components may still write while they are disposed of, so the data sources go last.
    await this.#finish(() => this.#container.close({ timeoutMs })).catch((error: unknown) => failures.push(error))
    failures.push(...(await this.#dataSources.close(timeoutMs)))
    this.#context.close()
    this.#traces?.close()
    this.#signals.stop()
    this.#state = 'closed'
    if (failures.length > 0) throw new ApplicationCloseError(this.name, failures)
  }

  /** Runs what belongs to the close, in the application: its calls are taken until the data sources are closed. */
  #finish<R>(work: () => R): R {
    return runInApplication(this.#context, () => runFinishing('components', work))
  }
}

/** What runs in the life has the application as the ambient one, as in its blocks. */
function inApplication(life: OpenScope, context: ApplicationContext): OpenScope {
  return {
    scope: life.scope,
    id: life.id,
    get ended() {
      return life.ended
    },
    run: fn => runInApplication(context, () => life.run(fn)),
    end: () => runInApplication(context, () => life.end()),
    [Symbol.asyncDispose]: () => runInApplication(context, () => life.end()),
  }
}
