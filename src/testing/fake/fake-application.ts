import { ApplicationContext, ownInstance, registerApplication, runInApplication, within } from '../../core/applications'
import { A_FUNCTION, AN_ARRAY, FLAG, type OptionCheck, refuseOptions } from '../../core/option-checks'
import { consoleLogger, type Logger } from '../../core/logger'
import type { Class } from '../../core/metadata'
import {
  type ComponentPostProcessor,
  Container,
  type ContainerOptions,
  type Override,
  type Provider,
  type Scope,
  type Wanted,
} from '../../di'
import { ApplicationEvents } from '../../application/application-events'
import { InvalidBootstrapOptionsError, StartUpError } from '../../application/errors'
import { INTERCEPTORS, Interceptors } from '../../interception/interceptors'
import { interceptorsFirst } from '../../interception/interceptors-first'
import { interceptionProblems } from '../../interception/problems'
import { transactionScope } from '../../application/transaction-scope'
import { repositoryDefinition } from '../../repository/repository-definition'
import { boundaryProblems } from '../../tx/boundary-problems'
import { DEFAULT_HOOK_TIMEOUT_MS, DEFAULT_WAIT_TIMEOUT_MS, Environment } from '../../tx/environment'
import { TransactionManager } from '../../tx/transaction-manager'
import { TRANSACTION_MANAGERS, unknownDataSource } from '../../tx/transaction-managers'
import { IllegalTestStateError } from '../errors'
import { type FakeOptions, FakeResource } from './fake-resource'
import { type RecordedTransaction, TransactionRecord } from './transaction-record'

/** What an application without a database is made of. */
export interface FakeApplicationOptions extends Omit<FakeOptions, 'name'> {
  /** In messages. Default `'application'`. */
  readonly name?: string
  /** The names of its data sources. Default `['default']`. */
  readonly dataSources?: readonly string[]
  /** Decorated classes; a repository needs a replacement in `overrides`, because it has nothing to ask. */
  readonly components?: readonly Class[]
  readonly providers?: readonly Provider[]
  /** Replacements: what they replace is never built. */
  readonly overrides?: readonly Override[]
  /** Scopes of your own, as of `bootstrap()`. */
  readonly scopes?: readonly string[]
  readonly logger?: Logger
  /** Is told errors that have no caller: failed after-hooks, late work. */
  readonly onError?: (error: Error) => void
}

/**
 * An application whose transactions are real, and whose databases are not. Made by `fakeApplication()`.
 *
 * @example
 * app.database().failNext('COMMIT', 'lost')
 * await expect(app.get(OrderService).place(cart)).rejects.toThrow(CommitOutcomeUnknownError)
 * expect(app.transactions).toMatchObject([{ method: 'OrderService.place', outcome: 'unknown' }])
 */
export class FakeApplication implements AsyncDisposable {
  readonly #context: ApplicationContext
  readonly #databases: ReadonlyMap<string, FakeResource>
  readonly #record: TransactionRecord
  readonly #container: Container
  readonly #events: ApplicationEvents

  /** @internal Use `fakeApplication()`. */
  constructor(parts: {
    readonly context: ApplicationContext
    readonly databases: ReadonlyMap<string, FakeResource>
    readonly record: TransactionRecord
    readonly container: Container
    readonly events: ApplicationEvents
  }) {
    this.#context = parts.context
    this.#databases = parts.databases
    this.#record = parts.record
    this.#container = parts.container
    this.#events = parts.events
  }

  get name(): string {
    return this.#context.name
  }

  /** The transactions that were begun, in order: their methods, what each method decided, and how they ended. */
  get transactions(): readonly RecordedTransaction[] {
    return this.#record.transactions
  }

  /**
   * The component for a token.
   *
   * @throws ComponentNotFoundError `AMBIT_DI_NOT_FOUND`, AmbiguousComponentError `AMBIT_DI_AMBIGUOUS`
   */
  get<T>(token: Wanted<T>): T {
    return this.#container.get(token)
  }

  /** As {@link get}, for a component whose creation may have something to wait for. */
  resolve<T>(token: Wanted<T>): Promise<T> {
    return this.#container.resolve(token)
  }

  /**
   * Runs work in a new life of a scope, or in the one that has the id, as `Application.runInScope` does.
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_USE`, `AMBIT_DI_CLOSED`; ComponentDisposalError `AMBIT_DI_DISPOSAL`
   */
  runInScope<T>(scope: Scope, fn: () => T | PromiseLike<T>): Promise<T>
  runInScope<T>(scope: Scope, id: string | number | undefined, fn: () => T | PromiseLike<T>): Promise<T>
  runInScope<T>(scope: Scope, ...rest: readonly unknown[]): Promise<T> {
    const work = rest as [id: undefined, fn: () => T] // as declared above, which the container checks
    return this.run(() => this.#container.runInScope(scope, ...work))
  }

  /** Runs `fn` with this application as the ambient one. */
  run<T>(fn: () => T): T {
    return runInApplication(this.#context, fn)
  }

  /**
   * The fake behind a data source: its log, and how to make it fail.
   *
   * @throws UnknownDataSourceError `AMBIT_TX_UNKNOWN_DATA_SOURCE`
   */
  database(name = 'default'): FakeResource {
    const found = this.#databases.get(name)
    if (found === undefined) throw unknownDataSource(name, 'database()', [...this.#databases.keys()])
    return found
  }

  /** Delivers what was posted, and disposes of the components. */
  async close(): Promise<void> {
    try {
      await runInApplication(this.#context, async () => {
        await this.#events.posted.close(DELIVERY_TIMEOUT_MS) // reports what it drops
        await this.#container.close()
      })
    } finally {
      this.#context.close()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Starts an application without a database, for unit tests: `@Transactional` methods begin, join, nest, retry, commit and run
 * hooks as ever, and a fake records it. Events reach their listeners, unless `providers` or `overrides` have an `EventPublisher`.
 *
 * Use it for what a service decides; what it stores is for a test with a database. Unlike a database it is begun with the
 * method, because replaced repositories send no statement.
 *
 * @example
 * import { fakeApplication } from 'ambit/testing'
 * await using app = await fakeApplication({ components: [UserService], overrides: [[UserRepository, { useValue: users }]] })
 * await app.get(UserService).register('alice')
 * expect(app.transactions).toMatchObject([{ method: 'UserService.register', outcome: 'committed' }])
 *
 * @throws InvalidBootstrapOptionsError `AMBIT_BOOTSTRAP_OPTIONS`; StartUpError `AMBIT_BOOTSTRAP_INVALID`; ContainerValidationError `AMBIT_DI_*`; IllegalTestStateError
 * `AMBIT_TESTING_STATE` for a repository that is not replaced; SecondCopyError `AMBIT_APP_SECOND_COPY`
 */
export async function fakeApplication(options: FakeApplicationOptions = {}): Promise<FakeApplication> {
  checkOptions(options)
  const { components = [], dataSources = ['default'], logger = consoleLogger } = options
  const context = new ApplicationContext(options.name ?? 'application')
  const record = new TransactionRecord()
  const environment = environmentOf(options, logger, record)
  const report = (error: Error): void => environment.report(error)
  const events = new ApplicationEvents({ application: context, logger, report })
  const plan = planOf(withEvents(options, events), context, logger)
  const outline = Container.outline(plan)
  const problems = [
    ...components.flatMap(component => boundaryProblems(component, dataSources)),
    ...ApplicationEvents.problems(outline.registrations, dataSources),
    ...interceptionProblems(outline),
  ]
  if (problems.length > 0) throw new StartUpError(problems)
  const databases = new Map(dataSources.map(name => [name, new FakeResource({ eager: true, ...options, name })]))
  const manager = (fake: FakeResource): TransactionManager => new TransactionManager(fake, environment, context)
  context.set(TRANSACTION_MANAGERS, new Map([...databases].map(([name, fake]) => [name, manager(fake)])))
  registerApplication(context)
  try {
    const container = await runInApplication(context, () => started({ ...plan, prepared: outline.prepared }, events))
    return new FakeApplication({ context, databases, record, container, events })
  } catch (error) {
    context.close()
    await events.posted.close(1)
    throw error
  }
}

async function started(plan: ContainerOptions, events: ApplicationEvents): Promise<Container> {
  const container = await Container.start(plan)
  try {
    await events.start(container)
    return container
  } catch (error) {
    await container.close({ timeoutMs: DELIVERY_TIMEOUT_MS }).catch(() => undefined) // the first error says why
    throw error
  }
}

/** A test that provides a publisher of its own means no other. */
function withEvents(options: FakeApplicationOptions, { providers: own }: ApplicationEvents): FakeApplicationOptions {
  const { components = [], providers = [] } = options
  const isProvided = [...components, ...providers.map(({ token }) => token)].some(token =>
    ApplicationEvents.isPublisher(token),
  )
  return isProvided ? options : { ...options, providers: [...own, ...providers] }
}

function checkOptions(options: FakeApplicationOptions): void {
  const refusal = refuseOptions(options, OPTIONS)
  if (refusal === undefined) return
  throw new InvalidBootstrapOptionsError('AMBIT_BOOTSTRAP_OPTIONS', {
    what: `fakeApplication() ${refusal.problem}.`,
    where: 'fakeApplication()',
    next: refusal.next,
  })
}

function planOf(options: FakeApplicationOptions, context: ApplicationContext, logger: Logger): ContainerOptions {
  const { components: listed = [], providers = [], overrides = [], scopes = [] } = options
  const components = interceptorsFirst(listed)
  const scopeSources = { transaction: transactionScope(context) }
  const announce = (made: Container): void => {
    context.set(INTERCEPTORS, new Interceptors(made))
  }
  const postProcessors = [owning(context)]
  const parts = { components, providers, overrides, scopes, scopeSources }
  return { ...parts, postProcessors, logger, announce, within: within(context) }
}

function environmentOf(options: FakeApplicationOptions, logger: Logger, record: TransactionRecord): Environment {
  return new Environment({
    waitTimeoutMs: DEFAULT_WAIT_TIMEOUT_MS,
    hookTimeoutMs: DEFAULT_HOOK_TIMEOUT_MS,
    listeners: [record],
    logger,
    onError: options.onError,
  })
}

function owning(context: ApplicationContext): ComponentPostProcessor {
  return {
    sync: true,
    afterConstruct: instance => {
      const { constructor: target } = instance as { readonly constructor?: Class } // an ES module, say, has none
      if (target !== undefined && repositoryDefinition(target) !== undefined) throw needsDatabase(target.name)
      ownInstance(instance, context)
    },
  }
}

function needsDatabase(name: string): IllegalTestStateError {
  return new IllegalTestStateError(
    `The repository ${name} was built in an application without a database.`,
    'fakeApplication()',
    `Replace it: overrides: [[${name}, { useValue: … }]].`,
  )
}

/** How long posted events may take to be delivered, as with `closeTimeoutMs` of `bootstrap()`. */
const DELIVERY_TIMEOUT_MS = 10_000

const OPTIONS = {
  name: { expected: 'a text', accepts: value => typeof value === 'string' },
  dataSources: AN_ARRAY,
  components: AN_ARRAY,
  providers: AN_ARRAY,
  overrides: AN_ARRAY,
  scopes: AN_ARRAY,
  logger: { expected: 'a logger', accepts: value => typeof value === 'object' && value !== null },
  onError: A_FUNCTION,
  abortsOnError: FLAG,
  isolationLevels: AN_ARRAY,
  eager: FLAG,
  poolSize: { expected: 'a positive whole number', accepts: value => Number.isSafeInteger(value) && Number(value) > 0 },
  latency: A_FUNCTION,
} as const satisfies Record<keyof FakeApplicationOptions, OptionCheck>
