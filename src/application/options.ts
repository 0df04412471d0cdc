import { constants } from 'node:os'
import { checkConfigurationInput, type ConfigurationInput } from '../config'
import { LONGEST_TIMER_MS } from '../core/longest-timer'
import type { Class } from '../core/metadata'
import type { Logger } from '../core/logger'
import { didYouMean } from '../core/near-misses'
import { FLAG, type OptionCheck, refuseOptions } from '../core/option-checks'
import type { DataSourceSettings, EntityTarget } from '../data-source/settings'
import type { ComponentPostProcessor, Override, Provider, ResolutionObserver, ScanOptions } from '../di'
import { LEAST_KEY_BYTES } from '../query/cursor/cursor-keys'
import { CROSS_DATA_SOURCE_WRITES, type CrossDataSourceWrites } from '../tx/cross-writes'
import type { ExecutionListener } from '../tx/execution-listener'
import type { TraceOptions } from '../tx/tracing/traces'
import { InvalidBootstrapOptionsError } from './errors'
import type { Plugin } from './plugins/plugin'

/** What an application is made of. */
export interface BootstrapOptions {
  /** In messages. Default `'application'`. */
  readonly name?: string
  /** The default data source. */
  readonly database?: DataSourceSettings
  /** Several data sources, by name; `default` is the one that is meant where no name is said. */
  readonly dataSources?: Readonly<Record<string, DataSourceSettings>>
  /** Entities of every data source; `entities` of a data source adds to them. */
  readonly entities?: readonly EntityTarget[]
  /**
   * Where settings classes get their values from: sources, of which later ones win, value by value; or what
   * `loadConfiguration()` has read.
   */
  readonly config?: ConfigurationInput
  /**
   * Whether the start has the databases prepare every statement that the repositories will send, and run none: a missing
   * table, column or function stops it. `validateSql` of a data source says otherwise for that one. Default false.
   */
  readonly validateSql?: boolean
  /** Decorated classes. */
  readonly components?: readonly Class[]
  /** A folder, or several, whose `*.repository.js`, `*.service.js` and `*.component.js` files hold further components. */
  readonly scan?: string | readonly string[] | ScanOptions
  /** What is not a decorated class: values, factories, aliases; made by `provide()`. */
  readonly providers?: readonly Provider[]
  /** The active profiles, for `@Profile()`. Default none. */
  readonly profiles?: readonly string[]
  /** All profiles that there are: any other one, active or named by a `@Profile()`, stops the start. */
  readonly allowedProfiles?: readonly string[]
  /** What `@ConditionalOnEnv()` and `@Conditional()` look at. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Replacements, for tests: what they replace is never built. */
  readonly overrides?: readonly Override[]
  readonly postProcessors?: readonly ComponentPostProcessor[]
  /** What packages contribute: components, providers, entities, listeners, hooks. Made by `definePlugin()`. */
  readonly plugins?: readonly Plugin[]
  /** Scopes of your own, the longest life first, for `app.runInScope`: `['tenant']`. Each outlives `'request'`. */
  readonly scopes?: readonly string[]
  /** Are told what is looked up and built. */
  readonly observers?: readonly ResolutionObserver[]
  /** Are told every transactional step. */
  readonly listeners?: readonly ExecutionListener[]
  /**
   * Makes a tree of each transactional call that no other one is around: `app.traces` has the newest, and each is printed
   * as it ends, as information for the logger; where no logger is given, on the console. Default false.
   */
  readonly trace?: boolean | TraceOptions
  readonly logger?: Logger
  /** Is told errors that have no caller: failed after-hooks, late work, listeners of posted events. They are logged too. */
  readonly onError?: (error: Error) => void
  /** The bound of each of Ambit's own waits, in milliseconds. Default 5,000. */
  readonly waitTimeoutMs?: number
  /**
   * When one piece of work writes to two data sources, whose transactions never commit as one: `'warn'` (default) logs it once
   * for each method, `'refuse'` fails the write before it is sent, `'allow'` says nothing.
   */
  readonly crossDataSourceWrites?: CrossDataSourceWrites
  /** How many events that were posted (`EventPublisher.post`) may wait to be delivered; further ones are refused. Default 1,000. */
  readonly eventQueueSize?: number
  /** The bound of each transaction hook, in milliseconds. Default 10,000. */
  readonly hookTimeoutMs?: number
  /**
   * How long close() waits for running transactions and blocks of scopes before it rolls back and goes on, then how long
   * posted events may take to be delivered, and then how long components may take to be disposed of; in milliseconds. Default 10,000.
   */
  readonly closeTimeoutMs?: number
  /**
   * Secrets that cursors of windows are sealed with, of at least 32 bytes each, as of `openssl rand -base64 32`: the first
   * seals, all open, so that a new one can be put in front of an old one. Without any, cursors end with the process, and no other
   * process takes them.
   */
  readonly cursorKeys?: readonly string[]
  /** Whom cursors are made for at the moment, as the identifier of a tenant: nobody else's are taken. Called with each window. */
  readonly cursorScope?: () => string | undefined
  /**
   * Closes the application when the process is asked to end: `true` for SIGTERM and SIGINT, or the signals. The process then
   * ends by the signal, unless the program listens to it itself; a second signal ends it at once. Default: none.
   */
  readonly signals?: boolean | readonly NodeJS.Signals[]
}

/**
 * Checks the options, and answers the settings of all data sources by name.
 *
 * @throws InvalidBootstrapOptionsError `AMBIT_BOOTSTRAP_OPTIONS`
 */
export function dataSourceSettings(options: BootstrapOptions): ReadonlyMap<string, DataSourceSettings> {
  checkOptions(options)
  const { database, dataSources = {} } = options
  if (database && 'default' in dataSources) {
    throw invalid(
      'both database and dataSources.default are given',
      'Keep one: database is short for dataSources.default.',
    )
  }
  return new Map([...(database ? [['default', database] as const] : []), ...Object.entries(dataSources)])
}

function checkOptions(options: BootstrapOptions): void {
  const stray = Object.keys(options).filter(name => !(KNOWN as readonly string[]).includes(name))
  if (stray.length > 0) throw unknownOptions(stray)
  const wrong = DURATIONS.find(name => options[name] !== undefined && !isDuration(options[name]))
  const { crossDataSourceWrites } = options
  if (crossDataSourceWrites !== undefined && !CROSS_DATA_SOURCE_WRITES.includes(crossDataSourceWrites))
    throw invalid('crossDataSourceWrites is unknown', `Use one of ${CROSS_DATA_SOURCE_WRITES.join(', ')}.`)
  if (wrong !== undefined)
    throw invalid(`${wrong} is no number of milliseconds`, `Give a positive whole number, at most ${LONGEST_TIMER_MS}.`)
  if (options.eventQueueSize !== undefined && !isPositive(options.eventQueueSize))
    throw invalid('eventQueueSize is no positive whole number', 'Give the number of posted events that may wait.')
  checkValidateSql(options.validateSql)
  checkTrace(options.trace)
  if (options.plugins !== undefined && !Array.isArray(options.plugins))
    throw invalid("'plugins' is no array", 'Give plugins: [metrics()].')
  if (options.config !== undefined) checkConfigurationInput(options.config)
  checkSignals(options.signals)
  checkCursors(options)
}

function checkValidateSql(validateSql: unknown): void {
  if (validateSql === undefined || typeof validateSql === 'boolean') return
  throw invalid('validateSql is not true or false', 'Give true to have the databases prepare all SQL at the start.')
}

/** A program cannot listen to some signals at all. */
function checkSignals(signals: unknown): void {
  if (signals === undefined || typeof signals === 'boolean') return
  if (!Array.isArray(signals)) throw invalid("'signals' is no list of signals", SIGNALS_FORM)
  const wrong = signals.map(String).find(each => !Object.hasOwn(constants.signals, each) || DEAF.includes(each))
  if (wrong !== undefined) throw invalid(`'signals' has '${wrong}', which nothing can listen to`, SIGNALS_FORM)
}

/** A key that can be guessed seals nothing. The message must not show it. */
function checkCursors({ cursorKeys, cursorScope }: BootstrapOptions): void {
  const fit = (key: unknown): boolean => typeof key === 'string' && Buffer.byteLength(key) >= LEAST_KEY_BYTES
  if (cursorKeys !== undefined && !(Array.isArray(cursorKeys) && cursorKeys.length > 0 && cursorKeys.every(fit)))
    throw invalid(`'cursorKeys' is no list of texts of at least ${LEAST_KEY_BYTES} bytes`, CURSOR_KEYS_FORM)
  if (cursorScope !== undefined && typeof cursorScope !== 'function')
    throw invalid("'cursorScope' is no function", 'Give a function that answers a text: () => currentTenant().')
}

function checkTrace(trace: unknown): void {
  if (trace === undefined || typeof trace === 'boolean') return
  const refusal = refuseOptions(trace, TRACE_CHECKS)
  if (refusal !== undefined) throw invalid(`'trace' ${refusal.problem}`, `${refusal.next} Or give true.`)
}

function isPositive(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0
}

function isDuration(value: unknown): boolean {
  return isPositive(value) && isWithin(value, LONGEST_TIMER_MS)
}

function isWithin(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most
}

/** All of them: whoever misspells one may well have misspelt another. */
function unknownOptions(names: readonly string[]): InvalidBootstrapOptionsError {
  const problem = `there is no option ${names.map(name => `'${name}'`).join(', and none ')}`
  return invalid(problem, `${names.map(name => didYouMean(name, KNOWN)).join('')}Use ${KNOWN.join(', ')}.`)
}

function invalid(problem: string, next: string): InvalidBootstrapOptionsError {
  return new InvalidBootstrapOptionsError('AMBIT_BOOTSTRAP_OPTIONS', {
    what: `bootstrap() cannot start: ${problem}.`,
    where: 'bootstrap()',
    next,
  })
}

const DURATIONS = ['waitTimeoutMs', 'hookTimeoutMs', 'closeTimeoutMs'] as const

const TRACE_CHECKS = {
  print: FLAG,
  slowMs: { expected: 'a number of milliseconds', accepts: value => typeof value === 'number' && value >= 0 },
  limit: { expected: 'a whole number from 0 to 10000', accepts: value => isWithin(value, MAX_TRACES) },
} as const satisfies Record<keyof TraceOptions, OptionCheck>

const SIGNALS_FORM = "Give true for SIGTERM and SIGINT, or a list: ['SIGTERM', 'SIGHUP']."
const DEAF: readonly string[] = ['SIGKILL', 'SIGSTOP']

const CURSOR_KEYS_FORM = 'Make one with openssl rand -base64 32, and give [process.env.CURSOR_KEY].'

/** Traces are for looking at; what has to be stored belongs in a listener. */
const MAX_TRACES = 10_000

const KNOWN = [
  'name',
  'database',
  'dataSources',
  'entities',
  'config',
  'validateSql',
  'components',
  'scan',
  'providers',
  'profiles',
  'allowedProfiles',
  'environment',
  'overrides',
  'postProcessors',
  'plugins',
  'scopes',
  'observers',
  'listeners',
  'trace',
  'logger',
  'onError',
  'waitTimeoutMs',
  'crossDataSourceWrites',
  'eventQueueSize',
  'hookTimeoutMs',
  'closeTimeoutMs',
  'cursorKeys',
  'cursorScope',
  'signals',
] as const satisfies readonly (keyof BootstrapOptions)[]
