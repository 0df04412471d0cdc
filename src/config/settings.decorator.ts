import type { Class } from '../core/metadata'
import { refuseMember, refuseStandardDecorator, registerComponent } from '../di'
import { recordSettings } from './declaration'
import { InvalidSettingsError } from './errors'
import { isStandardSchema, type StandardSchema } from './standard-schema'

/** Options of `@Settings()`. */
export interface SettingsOptions {
  /** Where the settings stand: `'mail'`, `'mail.smtp'`. Of several, the longest counts that a source has. Default the root. */
  readonly prefix?: string | readonly string[]
  /** Checks, and may replace, the settings: any Standard Schema. */
  readonly schema?: StandardSchema
}

/**
 * Makes a class a typed view of a part of the configuration, and a component: list it in `components`, and inject it by its
 * class. It is bound from the sources of `bootstrap({ config })` before anything is built, and is frozen.
 *
 * With a `schema` and no `@Setting()`, the schema gets the part as it is, and its result is put on the object; with both, the
 * schema gets what was bound.
 *
 * @example
 * import { bootstrap, environmentSource, Service, Setting, Settings, yamlFile } from 'ambit'
 *
 * @Settings('mail')
 * class MailSettings {
 *   @Setting() readonly host!: string
 *   @Setting() readonly port: number = 587
 * }
 *
 * @Service()
 * class Mailer {
 *   constructor(private readonly settings: MailSettings) {}
 * }
 *
 * await bootstrap({ config: [yamlFile('app.yaml'), environmentSource({ prefix: 'APP_' })], components: [MailSettings, Mailer] })
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_DECORATOR`; InvalidComponentError `AMBIT_DI_DECORATOR`,
 * `AMBIT_DI_STANDARD_DECORATORS`
 */
export function Settings(options: string | SettingsOptions = {}): (target: Class) => void {
  const { prefix = '', schema } = typeof options === 'string' ? { prefix: options } : checked(options)
  const given = typeof prefix === 'string' ? [prefix] : prefix
  const prefixes = given.map(stepsOf).sort((left, right) => right.length - left.length)
  return (target, ...rest: unknown[]) => {
    refuseStandardDecorator('@Settings', rest[0])
    refuseMember('@Settings', target, rest)
    registerComponent(target, { stereotype: 'settings', suppliedBy: CONFIGURATION })
    recordSettings(target, { prefixes, schema })
  }
}

function checked(options: SettingsOptions): SettingsOptions {
  if (typeof options !== 'object') throw refused('was used without parentheses', "Write @Settings('mail').")
  const unknown = Object.keys(options).filter(key => !KNOWN.includes(key))
  if (unknown.length > 0) throw refused(`has no option ${unknown.join(', ')}`, `Its options are ${KNOWN.join(', ')}.`)
  const { prefix, schema } = options
  if (schema !== undefined && !isStandardSchema(schema))
    throw refused('has a schema that is none', 'Give a schema of a library that knows Standard Schema, version 1.')
  if (Array.isArray(prefix) && prefix.length === 0) throw refused('has an empty list of prefixes', PREFIX)
  return options
}

function stepsOf(prefix: unknown): readonly string[] {
  if (prefix === '') return []
  if (typeof prefix !== 'string' || !PLAIN_PREFIX.test(prefix)) throw refused('has a prefix that is none', PREFIX)
  return prefix.split('.')
}

function refused(fault: string, next: string): InvalidSettingsError {
  return new InvalidSettingsError('AMBIT_CONFIG_DECORATOR', { what: `@Settings ${fault}.`, next })
}

const CONFIGURATION = 'the configuration: start it with bootstrap()'
const KNOWN: readonly string[] = ['prefix', 'schema'] satisfies readonly (keyof SettingsOptions)[]
const PREFIX = "Write keys with dots between them: 'mail' or 'mail.smtp'."
const PLAIN_PREFIX = /^[^.[\]'\s]+(?:\.[^.[\]'\s]+)*$/
