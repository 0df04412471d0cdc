import { FLAG } from '../../core/option-checks'
import type { Variables } from '../node'
import { type Origin, originOf } from '../origin'
import { problem, type Report } from '../problem'
import { A_TEXT, AN_OBJECT, checkSourceOptions, ConfigurationSource, type FlatEntry } from '../source'
import type { Reading } from '../source'
import { type ObjectTree, readCode } from './object-source'

/** Options of every source that has names and texts instead of a tree. */
export interface FlatOptions {
  /** What the names of its variables begin with: `'APP_'`. Default none. */
  readonly prefix?: string
  /** Whether `app_mail_host` is another name than `APP_MAIL_HOST`, which alone counts then. Default false. */
  readonly caseSensitive?: boolean
}

/** Options of `environmentSource()`. */
export interface EnvironmentOptions extends FlatOptions {
  /** The variables. Default `process.env`. */
  readonly variables?: Variables
}

/** Options of `flatSource()`. */
export interface FlatSourceOptions extends FlatOptions {
  /** In messages. Default `'flatSource'`. */
  readonly name?: string
}

/**
 * The variables of the environment: `APP_MAIL_SMTP_HOST` is the setting `mail.smtpHost`, or `mail.smtp.host`, whichever a
 * settings class has; `APP_MAIL__SMTP__HOST` says where the parts end. Keys of maps and indexes of lists stand between `__`.
 * Variables that no setting answers to are left alone.
 *
 * @example
 * import { environmentSource, yamlFile } from 'ambit'
 * const sources = [yamlFile('app.yaml'), environmentSource({ prefix: 'APP_' })]
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function environmentSource(options: EnvironmentOptions = {}): ConfigurationSource {
  checkSourceOptions('environmentSource()', options, { ...FLAT_OPTIONS, variables: AN_OBJECT })
  const source = { name: 'the environment', call: (name: string) => `environment variable ${name}` }
  return flat(source, options, () => options.variables ?? process.env)
}

/**
 * Variables from code: an object of names and texts, or a function that gets it. What is neither text, number nor boolean is
 * left alone. Names are read as those of {@link environmentSource}; `mail.smtp.host` is one too.
 *
 * @example
 * import { flatSource } from 'ambit'
 * const source = flatSource(() => parameterStore.list('/shop'), { name: 'parameter store' })
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function flatSource(variables: ObjectTree, options: FlatSourceOptions = {}): ConfigurationSource {
  checkSourceOptions('flatSource()', options, { ...FLAT_OPTIONS, name: A_TEXT })
  checkSourceOptions('flatSource()', { variables }, { variables: AN_OBJECT_OR_FUNCTION })
  const { name = 'flatSource' } = options
  return flat({ name, call: variable => `${variable} of ${name}` }, options, report =>
    readCode(name, variables, report),
  )
}

interface Named {
  readonly name: string
  readonly call: (variable: string) => string
}

type ReadVariables = (report: Report) => unknown

/** A source of variables, wherever they come from. */
export function flat({ name, call }: Named, options: FlatOptions, variables: ReadVariables): ConfigurationSource {
  const { prefix = '', caseSensitive = false } = options
  const variable = (path: string): string => call(`${prefix}${path}`)
  return new ConfigurationSource(name, variable, async (report): Promise<Reading> => {
    const originAt = (full: string): Origin => originOf(name, call(full))
    const found = namesAndValues((await variables(report)) ?? {}, { name, report })
    const entries = found.flatMap(([full, value]) => entryOf(full, value, { prefix, caseSensitive, originAt }))
    return { kind: 'flat', entries, prefix, caseSensitive }
  })
}

/** A `Map` or a list has its values elsewhere, and would seem to be empty. */
function namesAndValues(found: unknown, site: { readonly name: string; readonly report: Report }): [string, unknown][] {
  if (typeof found === 'object' && found !== null && !(Symbol.iterator in found)) return Object.entries(found)
  const what = `The source '${site.name}' is no object of names and texts.`
  const next = 'Give one: Object.fromEntries() makes it of a Map or of a list of pairs.'
  site.report(problem('AMBIT_CONFIG_SOURCE', { path: [], origin: originOf(site.name), what, next }))
  return []
}

interface EntrySite extends Required<FlatOptions> {
  readonly originAt: (full: string) => Origin
}

function entryOf(full: string, value: unknown, { prefix, caseSensitive, originAt }: EntrySite): FlatEntry[] {
  const fold = (text: string): string => (caseSensitive ? text : text.toUpperCase())
  if (!fold(full).startsWith(fold(prefix)) || full.length === prefix.length) return []
  if (!SCALARS.includes(typeof value)) return []
  return [{ name: full.slice(prefix.length), text: String(value), origin: originAt(full) }]
}

const SCALARS: readonly string[] = ['string', 'number', 'boolean', 'bigint']

export const FLAT_OPTIONS = { prefix: A_TEXT, caseSensitive: FLAG } as const
const AN_OBJECT_OR_FUNCTION = {
  expected: 'an object, or a function that answers one',
  accepts: (value: unknown) => typeof value === 'function' || AN_OBJECT.accepts(value),
}
