import {
  announceCopy,
  ApplicationContext,
  ownInstance,
  refuseSecondCopy,
  registerApplication,
  runInApplication,
} from '../core/applications'
import { consoleLogger, type Logger, outspokenConsoleLogger } from '../core/logger'
import type { Class } from '../core/metadata'
import { type ComponentPostProcessor, Container, type PlanOptions, scanComponents, type ScanOptions } from '../di'
import { EVENT_PUBLISHER, EventPublisher } from '../events/event-publisher'
import { eventProviders } from '../events/providers'
import { RepositoryBinder } from '../repository/repository-binder'
import { DEFAULT_HOOK_TIMEOUT_MS, DEFAULT_WAIT_TIMEOUT_MS, Environment } from '../tx/environment'
import { Traces } from '../tx/tracing/traces'
import { Application } from './application'
import { DataSourceSet } from './data-source-set'
import { runInitializers } from './database-initializer'
import { StartUpError } from './errors'
import { infrastructureProviders } from './infrastructure'
import { type BootstrapOptions, dataSourceSettings } from './options'
import { startUpProblems } from './start-up-problems'
import { transactionScope } from './transaction-scope'

const DEFAULT_CLOSE_TIMEOUT_MS = 10_000

announceCopy()

/**
 * Starts an application: checks everything that can be checked, makes the data sources ambient, brings the schema into the
 * asked-for state, builds the components, and runs the database initializers. If any step fails, all before it are undone.
 *
 * @example
 * import { bootstrap } from 'ambit'
 * await using app = await bootstrap({
 *   database: { url: 'sqlite:app.db', schema: 'create' },
 *   entities: [User],
 *   components: [UserRepository, UserService],
 * })
 * await app.get(UserService).register('alice')
 *
 * @throws SecondCopyError `AMBIT_APP_SECOND_COPY`; InvalidBootstrapOptionsError `AMBIT_BOOTSTRAP_OPTIONS`;
 * InvalidDataSourceSettingsError `AMBIT_DATA_SOURCE_*`; StartUpError `AMBIT_BOOTSTRAP_INVALID` with every problem of queries,
 * boundaries and components, before any SQL; MigrationSetupError `AMBIT_DATA_SOURCE_MIGRATIONS`,
 * `AMBIT_DATA_SOURCE_MIGRATION_TARGET`; DataSourceUnreachableError `AMBIT_DATA_SOURCE_UNREACHABLE` where the schema step needs
 * the server; ComponentCreationError `AMBIT_DI_CREATION`; InitializerError `AMBIT_BOOTSTRAP_INITIALIZER`
 */
export async function bootstrap(options: BootstrapOptions): Promise<Application> {
  refuseSecondCopy() // before anything is opened
  const settings = dataSourceSettings(options)
  const logger = options.logger ?? consoleLogger
  const context = new ApplicationContext(options.name ?? 'application')
  const traces = tracesOf(options)
  const dataSources = await DataSourceSet.prepare(settings, {
    entities: options.entities ?? [],
    environment: environmentOf(options, logger, traces),
    application: context,
  })
  try {
    const checked = await runInApplication(context, () => check(options, context, dataSources))
    await dataSources.connect()
    registerApplication(context)
    return await runInApplication(context, () => start(options, { ...checked, context, dataSources, logger, traces }))
  } catch (error) {
    context.close()
    await dataSources.close(1)
    throw error
  }
}

interface Checked {
  readonly plan: PlanOptions
  readonly binder: RepositoryBinder
}

/** Before anything is connected: a mistake must find no file, no table and no connection behind it. */
async function check(
  options: BootstrapOptions,
  context: ApplicationContext,
  { byName }: DataSourceSet,
): Promise<Checked> {
  const plan = {
    components: [...(options.components ?? []), ...(await scanned(options.scan))],
    providers: [
      ...infrastructureProviders(byName),
      ...eventProviders(context, options.logger ?? consoleLogger),
      ...(options.providers ?? []),
    ],
    overrides: options.overrides ?? [],
    scopes: { transaction: transactionScope(context) },
  }
  const binder = new RepositoryBinder(byName)
  const problems = startUpProblems(plan, binder, [...byName.keys()])
  if (problems.length > 0) throw new StartUpError(problems)
  return { plan, binder }
}

interface Started extends Checked {
  readonly context: ApplicationContext
  readonly dataSources: DataSourceSet
  readonly logger: Logger
  readonly traces: Traces | undefined
}

async function start(options: BootstrapOptions, started: Started): Promise<Application> {
  const { plan, binder, context, dataSources, logger, traces } = started
  await dataSources.applySchemas()
  const postProcessors = [owning(context, binder), ...(options.postProcessors ?? [])]
  const container = await Container.start({ ...plan, postProcessors, logger })
  // The one that is injected: a test may have put another in its place.
  context.set(EVENT_PUBLISHER, container.get(EventPublisher))
  try {
    await runInitializers(container.singletons, dataSources.byName.get('default'), logger)
  } catch (error) {
    await container.close().catch((failure: unknown) => {
      logger.error('A component failed to close after the start had failed.', failure)
    })
    throw error
  }
  return new Application({
    context,
    container,
    dataSources,
    traces,
    closeTimeoutMs: options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS,
  })
}

/** Every object of the container belongs to the application; repositories get their queries. */
function owning(context: ApplicationContext, binder: RepositoryBinder): ComponentPostProcessor {
  return {
    afterConstruct: instance => {
      ownInstance(instance, context)
      binder.bind(instance)
    },
  }
}

async function scanned(scan: BootstrapOptions['scan']): Promise<readonly Class[]> {
  if (scan === undefined) return []
  const options: ScanOptions =
    typeof scan === 'string' ? { directories: [scan] } : isList(scan) ? { directories: scan } : scan
  return (await scanComponents(options)).components
}

function isList(scan: readonly string[] | ScanOptions): scan is readonly string[] {
  return Array.isArray(scan)
}

function tracesOf({ trace = false, logger = outspokenConsoleLogger }: BootstrapOptions): Traces | undefined {
  if (trace === false) return undefined
  return new Traces(trace === true ? {} : trace, text => {
    logger.info(text)
  })
}

function environmentOf(options: BootstrapOptions, logger: Logger, traces: Traces | undefined): Environment {
  return new Environment({
    waitTimeoutMs: options.waitTimeoutMs ?? DEFAULT_WAIT_TIMEOUT_MS,
    hookTimeoutMs: options.hookTimeoutMs ?? DEFAULT_HOOK_TIMEOUT_MS,
    ...(options.crossDataSourceWrites && { crossDataSourceWrites: options.crossDataSourceWrites }),
    listeners: [...(options.listeners ?? []), ...(traces ? [traces.listener] : [])],
    logger,
    onError: options.onError,
  })
}
