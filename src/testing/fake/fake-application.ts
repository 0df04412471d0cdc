import { ApplicationContext, ownInstance, registerApplication, runInApplication } from '../../core/applications'
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
import { StartUpError } from '../../application/errors'
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

/** An application whose transactions are real, and whose databases are not. Made by `fakeApplication()`. */
export class FakeApplication implements AsyncDisposable {
  readonly #context: ApplicationContext
  readonly #databases: ReadonlyMap<string, FakeResource>
  readonly #record: TransactionRecord
  readonly #container: Container

  /** @internal Use `fakeApplication()`. */
  constructor(parts: {
    readonly context: ApplicationContext
    readonly databases: ReadonlyMap<string, FakeResource>
    readonly record: TransactionRecord
    readonly container: Container
  }) {
    this.#context = parts.context
    this.#databases = parts.databases
    this.#record = parts.record
    this.#container = parts.container
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

  /** Disposes of the components. */
  async close(): Promise<void> {
    try {
      await runInApplication(this.#context, () => this.#container.close())
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
 * hooks as ever, and a fake records it.
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
 * @throws StartUpError `AMBIT_BOOTSTRAP_INVALID`; ContainerValidationError `AMBIT_DI_*`; IllegalTestStateError
 * `AMBIT_TESTING_STATE` for a repository that is not replaced; SecondCopyError `AMBIT_APP_SECOND_COPY`
 */
export async function fakeApplication(options: FakeApplicationOptions = {}): Promise<FakeApplication> {
  const { components = [], dataSources = ['default'], logger = consoleLogger } = options
  const context = new ApplicationContext(options.name ?? 'application')
  const plan = planOf(options, context, logger)
  const outline = Container.outline(plan)
  const problems = [
    ...components.flatMap(component => boundaryProblems(component, dataSources)),
    ...interceptionProblems(outline),
  ]
  if (problems.length > 0) throw new StartUpError(problems)
  const record = new TransactionRecord()
  const databases = new Map(dataSources.map(name => [name, new FakeResource({ eager: true, ...options, name })]))
  const environment = environmentOf(options, logger, record)
  const manager = (fake: FakeResource): TransactionManager => new TransactionManager(fake, environment, context)
  context.set(TRANSACTION_MANAGERS, new Map([...databases].map(([name, fake]) => [name, manager(fake)])))
  registerApplication(context)
  try {
    const container = await runInApplication(context, () => Container.start({ ...plan, prepared: outline.prepared }))
    return new FakeApplication({ context, databases, record, container })
  } catch (error) {
    context.close()
    throw error
  }
}

function planOf(options: FakeApplicationOptions, context: ApplicationContext, logger: Logger): ContainerOptions {
  const { components: listed = [], providers = [], overrides = [], scopes = [] } = options
  const components = interceptorsFirst(listed)
  const scopeSources = { transaction: transactionScope(context) }
  const announce = (made: Container): void => {
    context.set(INTERCEPTORS, new Interceptors(made))
  }
  const postProcessors = [owning(context)]
  return { components, providers, overrides, scopes, scopeSources, postProcessors, logger, announce }
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
      const { name } = instance.constructor
      if (repositoryDefinition(instance.constructor) !== undefined) throw needsDatabase(name)
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
