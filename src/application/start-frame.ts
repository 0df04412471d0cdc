import { ApplicationContext } from '../core/applications'
import { consoleLogger, guarded, type Logger, outspokenConsoleLogger } from '../core/logger'
import {
  ConditionDecisions,
  type ConditionOptions,
  Container,
  type ContainerOptions,
  type PlanOptions,
  scanComponents,
  type ScanOptions,
  type ScanReport,
  type Token,
} from '../di'
import { interceptorsFirst } from '../interception/interceptors-first'
import { Cursors } from '../query/cursor/cursors'
import { RepositoryBinder } from '../repository/repository-binder'
import { DEFAULT_HOOK_TIMEOUT_MS, DEFAULT_WAIT_TIMEOUT_MS, Environment } from '../tx/environment'
import { Traces } from '../tx/tracing/traces'
import { ApplicationEvents } from './application-events'
import { type Configured, configured } from './configuration'
import { DataSourceSet } from './data-source-set'
import { StartUpError } from './errors'
import { drawGraph } from './graph/draw-graph'
import { graphDataSources, infrastructureProviders } from './infrastructure'
import { type BootstrapOptions, dataSourceSettings } from './options'
import type { Plugin } from './plugins/plugin'
import { orderPlugins } from './plugins/plugin-list'
import { contributions, withPlugins } from './plugins/with-plugins'
import { StartTimings } from './report/start-timings'
import { startUpProblems } from './start-up-problems'
import { transactionScope } from './transaction-scope'
import { validatedDataSources } from './validate-sql'

/** What a start works with. */
export interface StartFrame {
  /** With what the plugins add. */
  readonly options: BootstrapOptions
  readonly context: ApplicationContext
  readonly dataSources: DataSourceSet
  readonly logger: Logger
  readonly traces: Traces | undefined
  readonly environment: Environment
  readonly events: ApplicationEvents
  readonly timings: StartTimings
  readonly plugins: readonly Plugin[]
  /** The data sources whose SQL is to be validated. */
  readonly validated: ReadonlySet<string>
  /** Which plugin a component or provider comes from. */
  readonly origins: ReadonlyMap<unknown, string>
}

/** What the checks of a start have found. */
export interface CheckedDeclarations {
  readonly plan: PlanOptions & Pick<ContainerOptions, 'prepared'>
  readonly binder: RepositoryBinder
  readonly configuration: Configured
  readonly scan: ScanReport | undefined
  /** What every application has. */
  readonly builtIn: ReadonlySet<Token>
}

/** Claims the data sources, and makes whatever a start works with; connects nothing. */
export async function prepareStart(given: BootstrapOptions): Promise<StartFrame> {
  const settings = dataSourceSettings(given)
  const plugins = orderPlugins(given.plugins ?? [])
  const options = withPlugins(given, plugins)
  const timings = new StartTimings()
  const context = new ApplicationContext(options.name ?? 'application')
  const traces = tracesOf(options)
  const environment = environmentOf(options, traces)
  const { logger } = environment
  const report = (error: Error): void => environment.report(error)
  const events = new ApplicationEvents({ application: context, logger, size: options.eventQueueSize, report })
  const dataSources = await timings.measure('data sources', () =>
    DataSourceSet.prepare(settings, {
      entities: options.entities ?? [],
      environment,
      application: context,
    }),
  )
  const origins = contributions(given, plugins)
  const validated = validatedDataSources(options, settings)
  const parts = { context, dataSources, logger, traces, environment, events, timings, plugins, origins }
  return { options, ...parts, validated }
}

/** Undoes what {@link prepareStart} and the steps behind it have made. */
export async function abandonStart({ context, events, dataSources }: StartFrame): Promise<void> {
  context.close()
  await events.posted.close(1)
  await dataSources.close(1)
}

/** Before anything is connected: a mistake must find no file, no table and no connection behind it. */
export async function checkDeclarations(frame: StartFrame): Promise<CheckedDeclarations> {
  const { options, context, logger, timings, origins, events } = frame
  const { byName } = frame.dataSources
  const scan = options.scan === undefined ? undefined : await timings.measure('scan', () => scanned(options.scan ?? []))
  const infrastructure = [...infrastructureProviders(byName), ...events.providers]
  const { components, providers } = listed(options, scan)
  const declared = {
    components,
    providers: [...infrastructure, ...providers],
    overrides: options.overrides ?? [],
    origins,
    ...conditionsOf(options),
    scopes: options.scopes ?? [],
    scopeSources: { transaction: transactionScope(context) },
  }
  const read = (): Promise<Configured> => configured(declared, options.config)
  const configuration = await (options.config === undefined ? read() : timings.measure('configuration', read))
  const { plan } = configuration
  const binder = new RepositoryBinder(byName, cursorsOf(options, logger))
  const builtIn = new Set([...configuration.providers, ...infrastructure].map(({ token }) => token))
  const prepared = await timings.measure('check', () => {
    const outline = Container.outline(plan)
    const checks = { components, binder, dataSources: [...byName.keys()], configuration: configuration.problems }
    const problems = startUpProblems(outline, checks)
    if (problems.length === 0) return outline.prepared
    const source = { name: context.name, builtIn, dataSources: graphDataSources(byName) }
    throw new StartUpError(problems, drawGraph({ ...source, wiring: outline.wiring }))
  })
  return { plan: { ...plan, prepared }, binder, configuration, scan, builtIn }
}

/** What the options list, and what the scan has found. */
function listed(
  { components = [], providers = [] }: BootstrapOptions,
  scan: ScanReport | undefined,
): Pick<ScanReport, 'components' | 'providers'> {
  return {
    components: interceptorsFirst([...components, ...(scan?.components ?? [])]),
    providers: [...providers, ...(scan?.providers ?? [])],
  }
}

/** Conditions are asked once, for the check and for the start after it. */
function conditionsOf({ profiles, allowedProfiles, environment }: BootstrapOptions): ConditionOptions {
  return {
    decisions: new ConditionDecisions(),
    ...(profiles && { profiles }),
    ...(allowedProfiles && { allowedProfiles }),
    ...(environment && { environment }),
  }
}

function scanned(scan: NonNullable<BootstrapOptions['scan']>): Promise<ScanReport> {
  return scanComponents(
    typeof scan === 'string' ? { directories: [scan] } : isList(scan) ? { directories: scan } : scan,
  )
}

function isList(scan: readonly string[] | ScanOptions): scan is readonly string[] {
  return Array.isArray(scan)
}

function tracesOf({ trace = false, logger = outspokenConsoleLogger }: BootstrapOptions): Traces | undefined {
  if (trace === false) return undefined
  // Closing prints what is still open, and must go on.
  const safe = guarded(logger)
  return new Traces(trace === true ? {} : trace, text => {
    safe.info(text)
  })
}

function environmentOf(options: BootstrapOptions, traces: Traces | undefined): Environment {
  return new Environment({
    waitTimeoutMs: options.waitTimeoutMs ?? DEFAULT_WAIT_TIMEOUT_MS,
    hookTimeoutMs: options.hookTimeoutMs ?? DEFAULT_HOOK_TIMEOUT_MS,
    ...(options.crossDataSourceWrites && { crossDataSourceWrites: options.crossDataSourceWrites }),
    listeners: [...(options.listeners ?? []), ...(traces ? [traces.listener] : [])],
    logger: options.logger ?? consoleLogger,
    onError: options.onError,
  })
}

function cursorsOf({ cursorKeys: keys, cursorScope: scope }: BootstrapOptions, logger: Logger): Cursors {
  const onRandomKey = (): void => {
    logger.warn(
      'Cursors of windows are sealed with a random key and end with this process; set cursorKeys in bootstrap().',
    )
  }
  return new Cursors({ keys, scope, onRandomKey })
}
