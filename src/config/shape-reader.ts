import type { Class } from '../core/metadata'
import { HOOK_PHASES, hooksOf } from '../di/lifecycle/hooks'
import { isConstructor } from '../di/token'
import { type SettingDeclaration, settingDeclarations, settingsOf } from './declaration'
import type { ConfigurationProblem } from './errors'
import { originOf } from './origin'
import { problem, type Report } from './problem'
import { DEFAULT_DISCRIMINATOR, type EnumSource, type SettingType, type UnionType } from './setting-type'
import { type SettingOptions, writtenType } from './setting.decorator'
import type { EnumMember, Field, ObjectShape, OpenShape, ScalarType, Shape } from './shape'
import type { StandardSchema } from './standard-schema'
import { kindOfThrown } from './thrown'

/** A settings class, with where its settings may stand and what they are. */
export interface SettingsShape {
  readonly target: Class
  readonly prefixes: readonly (readonly string[])[]
  readonly schema: StandardSchema | undefined
  /** Open where the class has a schema and no `@Setting()`. */
  readonly shape: ObjectShape | OpenShape
}

/** Reads the declarations of settings classes; what does not say enough is reported. */
export class ShapeReader {
  readonly #report: Report
  #refusals = 0
  readonly #known = new Map<Class, ObjectShape>()

  constructor(report: Report) {
    this.#report = report
  }

  settings(target: Class): SettingsShape {
    const { prefixes = [[]], schema } = settingsOf(target) ?? {}
    const isOpen = schema !== undefined && settingDeclarations(target).length === 0
    return { target, prefixes, schema, shape: isOpen ? this.#open(target) : this.object(target) }
  }

  object(target: Class): ObjectShape {
    const known = this.#known.get(target)
    if (known !== undefined) return known
    const fields: Field[] = []
    const shape: ObjectShape = { kind: 'object', target, fields }
    this.#known.set(target, shape) // before the fields: a class may hold itself
    const declarations = settingDeclarations(target)
    if (declarations.length === 0)
      this.#refuse(target.name, 'has no settings', `Decorate its properties with @Setting().`)
    const initial = this.#initial(target)
    for (const declaration of declarations) fields.push(this.#field(target, declaration, initial))
    this.#refuseSharedKeys(target, fields)
    return shape
  }

  #open(target: Class): OpenShape {
    this.#initial(target)
    return { kind: 'open' }
  }

  /** A settings object as its class makes it, which has the defaults. */
  #initial(target: Class): Readonly<Record<string, unknown>> {
    const instance = instantiate(target)
    if ('fault' in instance) {
      this.#refuse(target.name, instance.fault, instance.next)
      return {}
    }
    const hook = HOOK_PHASES.flatMap(phase => hooksOf(instance.made, phase))[0]
    if (hook !== undefined)
      this.#refuse(target.name, `has a lifecycle method, ${String(hook)}, which nobody calls`, NO_HOOKS)
    return instance.made as Readonly<Record<string, unknown>>
  }

  #field(target: Class, { property, options, emitted }: SettingDeclaration, initial: object): Field {
    const { name = property, required = false, optional = false, nullable = false, secret = false, schema } = options
    const site = `${target.name}.${property}`
    const value = (initial as Readonly<Record<string, unknown>>)[property]
    const before = this.#refusals
    const shape = this.#fieldShape(site, { options, emitted, value })
    const isRefused = this.#refusals > before // then it is of no use to call it missing as well
    return {
      property,
      key: name,
      shape,
      required: required && !isRefused,
      optional: optional || isRefused,
      nullable,
      secret,
      fixed: options.fixed,
      schema,
    }
  }

  /** What is written out wins, then the compiler's type, then the initial value's. */
  #fieldShape(site: string, { options, emitted, value }: Evidence): Shape {
    const written = writtenType(options)
    if (written !== undefined) return this.#shape(site, written)
    const shape = this.#shapeOfClass(emitted) ?? this.#shapeOfValue(value)
    if (shape !== undefined) return shape
    if (options.schema === undefined) this.#refuse(site, 'does not say what it holds', hintFor(emitted))
    return OPEN
  }

  #shape(site: string, type: SettingType): Shape {
    if (typeof type === 'function') return this.#classShape(site, type)
    if (typeof type === 'object') {
      if ('list' in type) return { kind: 'list', of: this.#shape(site, type.list) }
      if ('map' in type) return { kind: 'map', of: this.#shape(site, type.map) }
      if ('enum' in type) return this.#enumShape(site, type.enum)
      if ('variants' in type) return this.#unionShape(site, type)
    }
    this.#refuse(site, 'has a type that is none', CIRCULAR)
    return OPEN
  }

  #classShape(site: string, source: unknown): Shape {
    const isLater = typeof source === 'function' && !isConstructor(source)
    const found: unknown = isLater ? (source as () => unknown)() : source
    const shape = this.#shapeOfClass(found)
    if (shape !== undefined) return shape
    const name = typeof found === 'function' ? found.name : String(found)
    this.#refuse(site, `holds ${name}, which is no type of settings`, found === undefined ? CIRCULAR : TYPES)
    return OPEN
  }

  #shapeOfClass(found: unknown): Shape | undefined {
    const scalar = SCALARS.get(found)
    if (scalar !== undefined) return { kind: 'scalar', type: scalar }
    return isConstructor(found) && settingDeclarations(found).length > 0 ? this.object(found) : undefined
  }

  /** Of a list, only the first element counts: a wrong guess is found when the default is compared with a value. */
  #shapeOfValue(value: unknown): Shape | undefined {
    if (value === undefined || value === null) return undefined
    if (!Array.isArray(value)) return this.#shapeOfClass(value.constructor)
    const shapes = value.map(each => this.#shapeOfValue(each))
    const [first] = shapes
    const alike = first?.kind === 'scalar' && shapes.every(each => each?.kind === 'scalar' && each.type === first.type)
    return alike ? { kind: 'list', of: first } : undefined
  }

  #enumShape(site: string, source: EnumSource): Shape {
    const members = isValues(source) ? source.map(memberOf) : membersOf(source)
    if (members.length === 0)
      this.#refuse(site, 'has an enum without values', 'Write enum: TheEnum, or a list of texts.')
    return { kind: 'enum', members }
  }

  #unionShape(site: string, { variants, discriminator = DEFAULT_DISCRIMINATOR }: UnionType): Shape {
    const shapes = Object.entries(variants).map(([name, source]) => [name, this.#classShape(site, source)] as const)
    const objects = shapes.flatMap(([name, shape]) => (shape.kind === 'object' ? [[name, shape] as const] : []))
    if (objects.length < shapes.length || shapes.length === 0)
      this.#refuse(
        site,
        'has variants that are no settings',
        'Write variants: { smtp: SmtpTransport, … }, each a class.',
      )
    return { kind: 'union', discriminator, variants: new Map(objects) }
  }

  #refuseSharedKeys(target: Class, fields: readonly Field[]): void {
    const shared = fields.find(field => fields.some(other => other !== field && other.key === field.key))
    if (shared !== undefined)
      this.#refuse(target.name, `has two settings with the key ${shared.key}`, 'Give one of them another name.')
  }

  #refuse(site: string, fault: string, next: string): void {
    this.#refusals++
    this.#report(declarationProblem(site, fault, next))
  }
}

interface Evidence {
  readonly options: SettingOptions
  readonly emitted: unknown
  readonly value: unknown
}

export function declarationProblem(site: string, fault: string, next: string): ConfigurationProblem {
  return problem('AMBIT_CONFIG_DECLARATION', { path: [], origin: originOf(site), what: `${site} ${fault}.`, next })
}

/** Makes an object of a settings class, or says why there is none. */
export function instantiate(
  target: Class,
): { readonly made: object } | { readonly fault: string; readonly next: string } {
  if ((target as { readonly length?: number }).length !== 0)
    return { fault: 'has a constructor with parameters', next: 'Settings come from sources: let it take none.' }
  try {
    return { made: new (target as unknown as new () => object)() } // abstract classes have no constructor of their own to fail
  } catch (error) {
    return { fault: `cannot be made: its constructor threw ${kindOfThrown(error)}`, next: `Try new ${target.name}().` }
  }
}

function isValues(source: EnumSource): source is readonly (string | number)[] {
  return Array.isArray(source)
}

function memberOf(value: string | number): EnumMember {
  return { name: String(value), value }
}

/** An enum of numbers also has their names under the numbers, which are no names. */
function membersOf(source: Readonly<Record<string, unknown>>): readonly EnumMember[] {
  return Object.entries(source).flatMap(([name, value]) => {
    const isReverse = typeof value === 'string' && String(source[value]) === name && typeof source[value] === 'number'
    return isReverse || (typeof value !== 'string' && typeof value !== 'number') ? [] : [{ name, value }]
  })
}

function hintFor(emitted: unknown): string {
  if (emitted === Array) return 'Write @Setting({ list: String }), or what its elements are.'
  return emitted === undefined
    ? 'The build emits no types: write @Setting({ type: String }), say, or give the property an initial value.'
    : 'Write @Setting({ type }), or one of enum, list, map and variants.'
}

const OPEN: OpenShape = { kind: 'open' }

const SCALARS = new Map<unknown, ScalarType>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [BigInt, 'bigint'],
  [Date, 'date'],
])

const NO_HOOKS = 'Settings are values: move it to a component that takes them.'
const CIRCULAR = 'If it is undefined, two files probably import each other: write () => TheClass.'
const TYPES = 'Use String, Number, Boolean, BigInt, Date, or a class whose properties have @Setting().'
