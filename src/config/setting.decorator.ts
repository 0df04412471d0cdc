import { memberName } from '../core/member-name'
import { type Class, emittedPropertyType } from '../core/metadata'
import { refuseStandardDecorator } from '../di'
import { recordSetting } from './declaration'
import { InvalidSettingsError } from './errors'
import type { ClassSource, EnumSource, SettingType, UnionType } from './setting-type'
import { isStandardSchema, type StandardSchema } from './standard-schema'

/** Options of `@Setting()`. One of `type`, `enum`, `list`, `map` and `variants` says what it holds, where nothing else does. */
export interface SettingOptions {
  /** `String`, `Number`, `Boolean`, `BigInt`, `Date`, or a class with settings of its own. */
  readonly type?: SettingType
  /** One of an enum's values, or one of some texts. */
  readonly enum?: EnumSource
  /** What the elements of a list are. */
  readonly list?: SettingType
  /** What the values of a map are, whose keys are any texts. */
  readonly map?: SettingType
  /** The classes that it may be an instance of, by the text under the key `discriminator` (default `'$type'`). */
  readonly variants?: Readonly<Record<string, ClassSource>>
  readonly discriminator?: string
  /** The key, where it is not the property's name. */
  readonly name?: string
  /** Whether a source has to have it although the class has a value for it. Default false. */
  readonly required?: boolean
  /** Whether it may be left out where the class has no value for it, and stay `undefined`. Default false. */
  readonly optional?: boolean
  /** Whether it may be `null`. Default false. */
  readonly nullable?: boolean
  /** Whether its value is kept out of messages, reports, `console.log` and JSON. Default false. */
  readonly secret?: boolean
  /** A value that beats every source; of a map, the keys that it has. */
  readonly fixed?: unknown
  /** Checks, and may replace, the value: any Standard Schema. */
  readonly schema?: StandardSchema
}

/** A decorator of a property. */
export type SettingDecorator = (target: object, property: string | symbol) => void

/**
 * Makes a property of a settings class a setting. Its type is the property's own (`emitDecoratorMetadata`), else that of its
 * initial value, else the one that is written out. An initial value is the default.
 *
 * @example
 * import { Setting, Settings } from 'ambit'
 *
 * @Settings('mail')
 * class MailSettings {
 *   @Setting() readonly host!: string
 *   @Setting() readonly port: number = 587
 *   @Setting({ secret: true }) readonly password!: string
 *   @Setting({ list: String }) readonly recipients: readonly string[] = []
 *   @Setting({ enum: ['plain', 'login'] }) readonly auth: 'plain' | 'login' = 'plain'
 * }
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_DECORATOR`; InvalidComponentError `AMBIT_DI_STANDARD_DECORATORS`
 */
export function Setting(options: SettingOptions = {}): SettingDecorator {
  checkOptions(options)
  return (target: object, property: string | symbol, ...rest: readonly unknown[]) => {
    refuseStandardDecorator('@Setting', property)
    if (typeof target === 'function' || typeof property === 'symbol' || isMember(rest[0]))
      throw misplaced(target, property)
    const emitted = emittedPropertyType(target, property)
    // A prototype's constructor is its class.
    recordSetting(target.constructor as Class, { property, options: Object.freeze({ ...options }), emitted })
  }
}

/** The type that the options write out, `undefined` where they leave it to the property. */
export function writtenType(options: SettingOptions): SettingType | undefined {
  const { type, enum: values, list, map, variants, discriminator } = options
  if (type !== undefined) return type
  if (values !== undefined) return { enum: values }
  if (list !== undefined) return { list }
  if (map !== undefined) return { map }
  if (variants === undefined) return undefined
  const union: UnionType = { variants, ...(discriminator !== undefined && { discriminator }) }
  return union
}

function checkOptions(options: SettingOptions): void {
  if (typeof options !== 'object') throw refused('was given no options', 'Write @Setting() or @Setting({ … }).')
  const unknown = Object.keys(options).filter(key => !KNOWN.includes(key))
  if (unknown.length > 0) throw refused(`has no option ${unknown.join(', ')}`, `Its options are ${KNOWN.join(', ')}.`)
  checkKind(options)
  if (options.required === true && options.optional === true)
    throw refused('is both required and optional', 'Keep one of the two.')
  if (options.schema !== undefined && !isStandardSchema(options.schema))
    throw refused('has a schema that is none', 'Give a schema of a library that knows Standard Schema, version 1.')
}

/** One option says what the setting holds, and really says it. */
function checkKind(options: SettingOptions): void {
  const absent = KINDS.find(kind => kind in options && options[kind] === undefined)
  if (absent !== undefined) throw refused(`has an option ${absent} that is undefined`, CIRCULAR)
  const kinds = KINDS.filter(kind => options[kind] !== undefined)
  if (kinds.length > 1)
    throw refused(`says ${kinds.join(' and ')}`, 'One of them says what the setting holds: keep one.')
  if (options.discriminator !== undefined && options.variants === undefined)
    throw refused('has a discriminator without variants', 'Write variants: { smtp: SmtpTransport, … } beside it.')
}

/** A method, an accessor, or a parameter, which has a number; Babel describes fields too, with an initialiser in place of these. */
function isMember(descriptor: unknown): boolean {
  if (typeof descriptor !== 'object' || descriptor === null) return typeof descriptor === 'number'
  const parts = descriptor as Readonly<Record<string, unknown>>
  return ['value', 'get', 'set'].some(part => typeof parts[part] === 'function')
}

function misplaced(target: object, property: string | symbol | undefined): InvalidSettingsError {
  return new InvalidSettingsError('AMBIT_CONFIG_DECORATOR', {
    what: '@Setting cannot stand there.',
    where: memberName(target, property),
    next: 'Put it on a property: no method, no accessor, neither static nor named by a symbol.',
  })
}

function refused(fault: string, next: string): InvalidSettingsError {
  return new InvalidSettingsError('AMBIT_CONFIG_DECORATOR', { what: `@Setting ${fault}.`, next })
}

const KINDS = ['type', 'enum', 'list', 'map', 'variants'] as const satisfies readonly (keyof SettingOptions)[]

const KNOWN: readonly string[] = [
  ...KINDS,
  'discriminator',
  'name',
  'required',
  'optional',
  'nullable',
  'secret',
  'fixed',
  'schema',
] satisfies readonly (keyof SettingOptions)[]

const CIRCULAR = 'Two files probably import each other: write () => TheClass.'
