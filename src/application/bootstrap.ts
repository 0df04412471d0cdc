import {
  announceCopy,
  type ApplicationContext,
  ownInstance,
  refuseSecondCopy,
  registerApplication,
  runInApplication,
  within,
} from '../core/applications'
import { type ComponentPostProcessor, Container } from '../di'
import { INTERCEPTORS, Interceptors } from '../interception/interceptors'
import type { RepositoryBinder } from '../repository/repository-binder'
import { Application, START } from './application'
import { ConfigurationRefresh } from './configuration'
import { runInitializers } from './database-initializer'
import { componentChecks } from './health/component-checks'
import type { BootstrapOptions } from './options'
import { PluginHooks } from './plugins/plugin-hooks'
import { CLOSING_SIGNALS } from './signals'
import { abandonStart, checkDeclarations, type CheckedDeclarations, prepareStart, type StartFrame } from './start-frame'
import { validateSql } from './validate-sql'

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
 * InvalidPluginError `AMBIT_PLUGIN_LIST`; PluginHookError `AMBIT_PLUGIN_HOOK`; NoApplicationError `AMBIT_APP_CLOSED` where a
 * plugin closes the application; InvalidHealthCheckError `AMBIT_HEALTH_CHECK`;
 * InvalidDataSourceSettingsError `AMBIT_DATA_SOURCE_*`; InvalidSettingsError `AMBIT_CONFIG_SOURCES`; StartUpError
 * `AMBIT_BOOTSTRAP_INVALID` with every problem of the configuration, queries, boundaries and components, before any SQL;
 * MigrationSetupError `AMBIT_DATA_SOURCE_MIGRATIONS`,
 * `AMBIT_DATA_SOURCE_MIGRATION_TARGET`; DataSourceUnreachableError `AMBIT_DATA_SOURCE_UNREACHABLE` where the schema step needs
 * the server; ComponentCreationError `AMBIT_DI_CREATION`; InitializerError `AMBIT_BOOTSTRAP_INITIALIZER`
 */
export async function bootstrap(given: BootstrapOptions): Promise<Application> {
  refuseSecondCopy() // before anything is opened
  const frame = await prepareStart(given)
  const { context, dataSources, timings } = frame
  try {
    const checked = await runInApplication(context, () => checkDeclarations(frame))
    await timings.measure('connect', () => dataSources.connect())
    registerApplication(context)
    return await runInApplication(context, () => start({ ...frame, ...checked }))
  } catch (error) {
    await abandonStart(frame)
    throw error
  }
}

async function start(frame: StartFrame & CheckedDeclarations): Promise<Application> {
  const { options, plan, binder, context, dataSources, logger, timings, validated } = frame
  await timings.measure('schema', () => dataSources.applySchemas())
  if (validated.size > 0) await timings.measure('validate sql', () => validateSql(binder, validated))
  const postProcessors = [owning(context, binder), ...(options.postProcessors ?? [])]
  const announce = (made: Container): void => {
    context.set(INTERCEPTORS, new Interceptors(made))
  }
  const observers = options.observers ?? []
  const closeTimeoutMs = options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS
  const container = await timings.measure('components', () =>
    Container.start({
      ...plan,
      postProcessors,
      observers,
      logger,
      announce,
      within: within(context),
      onBuilt: timings.built,
      undoTimeoutMs: closeTimeoutMs,
    }),
  )
  try {
    await frame.events.start(container)
    const { singletons } = container
    await timings.measure('initializers', () => runInitializers(singletons, dataSources.byName.get('default'), logger))
    componentChecks(container) // throws where one is declared wrongly
    return await running({ ...frame, container, closeTimeoutMs })
  } catch (error) {
    // A plugin may have left work behind that never ends, and the caller has to learn of the failure all the same.
    await container.close({ timeoutMs: closeTimeoutMs }).catch((failure: unknown) => {
      logger.error('A component failed to close after the start had failed.', failure)
    })
    throw error
  }
}

/** The application, when its plugins have started. */
async function running(
  parts: StartFrame & CheckedDeclarations & { readonly container: Container; readonly closeTimeoutMs: number },
): Promise<Application> {
  const { options, timings, plugins, logger, configuration, context, container, closeTimeoutMs } = parts
  const hooks = new PluginHooks(plugins, logger)
  const signals = signalsOf(options)
  const app = new Application({
    ...parts,
    posted: parts.events.posted,
    hooks,
    signals,
    refresh: new ConfigurationRefresh({
      configured: configuration,
      context,
      container,
      logger,
      onError: options.onError,
    }),
    pluginNames: plugins.map(({ name }) => name),
  })
  await timings.measure('plugins', () => hooks.start(app, closeTimeoutMs))
  timings.done()
  app[START]()
  return app
}

/** Every object of the container belongs to the application; repositories get their queries. */
function owning(context: ApplicationContext, binder: RepositoryBinder): ComponentPostProcessor {
  return {
    sync: true,
    afterConstruct: instance => {
      ownInstance(instance, context)
      binder.bind(instance)
    },
  }
}

function signalsOf({ signals = false }: BootstrapOptions): readonly NodeJS.Signals[] {
  if (typeof signals === 'boolean') return signals ? CLOSING_SIGNALS : []
  return [...new Set(signals)]
}
