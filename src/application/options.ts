import type { Class } from '../core/metadata'
import type { Logger } from '../core/logger'
import { didYouMean } from '../core/near-misses'
import type { DataSourceSettings, EntityTarget } from '../data-source/settings'
import type { ComponentPostProcessor, Override, Provider, ScanOptions } from '../di'
import { CROSS_DATA_SOURCE_WRITES, type CrossDataSourceWrites } from '../tx/cross-writes'
import type { ExecutionListener } from '../tx/execution-listener'
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
}

function isPositive(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0
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
  'logger',
  'onError',
  'waitTimeoutMs',
  'crossDataSourceWrites',
  'hookTimeoutMs',
  'closeTimeoutMs',
] as const satisfies readonly (keyof BootstrapOptions)[]
