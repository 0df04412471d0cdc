import type { Class } from '../core/metadata'
import type { Logger } from '../core/logger'
import { didYouMean } from '../core/near-misses'
import type { DataSourceSettings, EntityTarget } from '../data-source/settings'
import type { ComponentPostProcessor, Override, Provider, ScanOptions } from '../di'
import { CROSS_DATA_SOURCE_WRITES, type CrossDataSourceWrites } from '../tx/cross-writes'
import type { ExecutionListener } from '../tx/execution-listener'
import type { TraceOptions } from '../tx/tracing/traces'
import { InvalidBootstrapOptionsError } from './errors'

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
  /** Decorated classes. */
  readonly components?: readonly Class[]
  /** A folder, or several, whose `*.repository.js`, `*.service.js` and `*.component.js` files hold further components. */
  readonly scan?: string | readonly string[] | ScanOptions
  /** What is not a decorated class: values, factories, aliases; made by `provide()`. */
  readonly providers?: readonly Provider[]
  /** Replacements, for tests: what they replace is never built. */
  readonly overrides?: readonly Override[]
  readonly postProcessors?: readonly ComponentPostProcessor[]
  /** Are told every transactional step. */
  readonly listeners?: readonly ExecutionListener[]
  /**
   * Makes a tree of each transactional call that no other one is around: `app.traces` has the newest, and each is printed
   * as it ends, as information for the logger; where no logger is given, on the console. Default false.
   */
  readonly trace?: boolean | TraceOptions
  readonly logger?: Logger
  /** Is told errors that have no caller: failed after-hooks, late work. They are logged too. */
  readonly onError?: (error: Error) => void
  /** The bound of each of Ambit's own waits, in milliseconds. Default 5,000. */
  readonly waitTimeoutMs?: number
  /**
   * When one piece of work writes to two data sources, whose transactions never commit as one: `'warn'` (default) logs it once
   * for each method, `'refuse'` fails the write before it is sent, `'allow'` says nothing.
   */
  readonly crossDataSourceWrites?: CrossDataSourceWrites
  /** The bound of each transaction hook, in milliseconds. Default 10,000. */
  readonly hookTimeoutMs?: number
  /** How long close() waits for running transactions before it rolls them back, in milliseconds. Default 10,000. */
  readonly closeTimeoutMs?: number
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
  const wrong = DURATIONS.find(name => options[name] !== undefined && !isPositive(options[name]))
  const { crossDataSourceWrites } = options
  if (crossDataSourceWrites !== undefined && !CROSS_DATA_SOURCE_WRITES.includes(crossDataSourceWrites))
    throw invalid('crossDataSourceWrites is unknown', `Use one of ${CROSS_DATA_SOURCE_WRITES.join(', ')}.`)
  if (wrong !== undefined) throw invalid(`${wrong} is no positive whole number`, 'Give milliseconds.')
  checkTrace(options.trace)
}

function checkTrace(trace: unknown): void {
  if (trace === undefined || typeof trace === 'boolean') return
  if (typeof trace !== 'object' || trace === null) throw invalid("'trace' is no trace options", TRACE_FORM)
  for (const [name, value] of Object.entries(trace)) {
    const check = Object.hasOwn(TRACE_CHECKS, name) ? TRACE_CHECKS[name as keyof TraceOptions] : undefined
    if (check === undefined)
      throw invalid(`there is no option 'trace.${name}'`, `${didYouMean(name, Object.keys(TRACE_CHECKS))}${TRACE_FORM}`)
    if (value !== undefined && !check.accepts(value))
      throw invalid(`trace.${name} is not ${check.expected}`, TRACE_FORM)
  }
}

function isPositive(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0
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
  print: { expected: 'true or false', accepts: value => typeof value === 'boolean' },
  slowMs: { expected: 'a number of milliseconds', accepts: value => typeof value === 'number' && value >= 0 },
  limit: { expected: 'a whole number from 0 to 10000', accepts: value => isWithin(value, MAX_TRACES) },
} as const satisfies Record<keyof TraceOptions, { readonly expected: string; accepts(value: unknown): boolean }>

const TRACE_FORM = 'Give true, or { print, slowMs, limit }.'

/** Traces are for looking at; what has to be stored belongs in a listener. */
const MAX_TRACES = 10_000

const KNOWN = [
  'name',
  'database',
  'dataSources',
  'entities',
  'components',
  'scan',
  'providers',
  'overrides',
  'postProcessors',
  'listeners',
  'trace',
  'logger',
  'onError',
  'waitTimeoutMs',
  'crossDataSourceWrites',
  'hookTimeoutMs',
  'closeTimeoutMs',
] as const satisfies readonly (keyof BootstrapOptions)[]
