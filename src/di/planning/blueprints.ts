import { callMethod } from '../../core/call-method'
import type { Class } from '../../core/metadata'
import { type Bean, beansOf, beanToken, markedWithoutBean } from '../bean'
import { type ComponentRecord, decoratorName } from '../component'
import type { ContainerProblem } from '../errors'
import { readDependency } from '../injection/injection'
import { constructorParameters, listedParameters, methodParameters, type Parameters } from '../injection/parameters'
import {
  beanOutsideConfiguration,
  markedWithoutBean as strayMarks,
  notSupplied,
  refusedBean,
  refusedEntry,
} from './problems'
import type { Provider, ProviderKind, UncheckedSpec } from '../provider'
import { keepParts } from '../parts'
import type { Blueprint, Dependency, Recipe } from '../registration'
import type { Scope } from '../scope'
import { type Standing, standingOf } from '../injection/standing'
import { isConstructor, type Token, tokenName } from '../token'

/** What a declaration turns into, and what is wrong with it. */
export interface Drafted {
  readonly blueprints: readonly Blueprint[]
  readonly problems: readonly ContainerProblem[]
}

/** A decorated class, and the beans of a configuration. */
export function draftComponent(target: Class, record: ComponentRecord): Drafted {
  const { dependencies, problems } = constructorParameters(target)
  const component = blueprint({
    token: target,
    kind: 'class',
    stereotype: record.stereotype,
    scope: record.scope,
    lazy: record.lazy,
    standing: record,
    origin: `${target.name} (${decoratorName(record.stereotype)})`,
    implementation: target,
    defaultName: target.name,
    dependencies: record.parts.length === 0 ? dependencies : [...dependencies, ...partDependencies(record)],
    create: record.parts.length === 0 ? instantiate(target) : instantiateWith(target, record.parts),
  })
  return merge({ blueprints: [component], problems }, draftBeans(target, record))
}

/** A decorated class whose instance somebody else has made; a problem where nobody has. */
export function draftSupplied(target: Class, record: ComponentRecord, supplied: (() => unknown) | undefined): Drafted {
  const origin = `${target.name} (${decoratorName(record.stereotype)})`
  const create = supplied ?? (() => undefined)
  const { stereotype, scope, lazy } = record
  const value = { token: target, kind: 'value', owned: false, implementation: target, create } as const
  return {
    blueprints: [blueprint({ ...value, stereotype, scope, lazy, standing: record, defaultName: target.name, origin })],
    problems: supplied === undefined ? [notSupplied(target.name, record.suppliedBy ?? '')] : [],
  }
}

/** What `provide()` describes. */
export function draftProvider({ token, spec, kind }: Provider): Drafted {
  const { problems, ...parts } = PROVIDER_DRAFTS[kind](token, spec)
  const common = {
    token,
    stereotype: 'provider',
    origin: `provide(${tokenName(token)}, ${kind})`,
    scope: (spec['scope'] ?? 'singleton') as Scope, // checked by provide()
    lazy: spec['lazy'] === true,
    standing: standingOf(spec), // checked by provide()
    close: spec['close'] as Blueprint['close'], // only ever called with what the provider made
  }
  return { blueprints: [blueprint({ ...common, ...parts })], problems: problems ?? [] }
}

/** An object that somebody else makes, under a token of its own. */
export function valueBlueprint(token: Token, create: () => unknown, origin: string): Blueprint {
  return blueprint({ token, kind: 'value', stereotype: 'provider', origin, owned: false, create })
}

function draftBeans(target: Class, record: ComponentRecord): readonly Drafted[] {
  const beans = beansOf(target)
  const stray = markedWithoutBean(target)
  if (stray.length > 0) return [{ blueprints: [], problems: [strayMarks(target.name, stray)] }]
  if (beans.length === 0 || record.stereotype === 'configuration') return beans.map(bean => draftBean(target, bean))
  const methods = beans.map(bean => String(bean.method))
  return [{ blueprints: [], problems: [beanOutsideConfiguration(target.name, methods)] }]
}

function draftBean(target: Class, bean: Bean): Drafted {
  const name = `${target.name}.${String(bean.method)}`
  const found = beanToken(bean)
  if ('refusal' in found) return { blueprints: [], problems: [refusedBean(name, found.refusal)] }
  const { dependencies, problems } = methodParameters(bean.owner, bean.method, bean.options.inject)
  const drafted = blueprint({
    token: found.token,
    kind: 'bean',
    stereotype: 'bean',
    origin: `${name} (@Bean)`,
    scope: bean.options.scope ?? 'singleton',
    lazy: bean.options.lazy === true,
    standing: bean.standing,
    defaultName: String(bean.method),
    configuration: target,
    implementation: isConstructor(found.token) ? found.token : undefined,
    dependencies: [{ token: target, optional: false, lazy: false, site: 'its configuration' }, ...dependencies],
    awaited: true,
    close: bean.options.close,
    create: ([configuration, ...args]) => callMethod(configuration as object, bean.method, ...args), // what a class makes
  })
  return { blueprints: [drafted], problems }
}

type Draft = Pick<Blueprint, 'token' | 'kind' | 'stereotype' | 'origin' | 'create'> &
  Partial<Omit<Blueprint, keyof Standing>> & { readonly standing?: Standing; readonly defaultName?: string }

/** Written out: for hundreds of components, spreading one object into another is what a start would spend its time on. */
function blueprint(draft: Draft): Blueprint {
  const { token, implementation, standing = NO_STANDING } = draft
  const { name, componentName } = namesOf(draft, standing.label)
  return Object.freeze({
    token,
    name,
    componentName,
    named: standing.label !== undefined,
    primary: standing.primary,
    qualifiers: standing.qualifiers,
    order: standing.order,
    conditions: standing.conditions,
    origin: draft.origin,
    kind: draft.kind,
    stereotype: draft.stereotype,
    scope: draft.scope ?? 'singleton',
    lazy: draft.lazy ?? false,
    implementation,
    mapClass: implementation ?? classOf(token),
    dependencies: Object.freeze(draft.dependencies ?? []),
    configuration: draft.configuration,
    owned: draft.owned ?? true,
    awaited: draft.awaited ?? false,
    aliasOf: draft.aliasOf,
    overridden: false,
    close: draft.close,
    create: draft.create,
  })
}

const NO_STANDING = standingOf({})

/** A class is registered once; of a token there may be several, which only their declared names tell apart. */
function namesOf(
  { token, implementation, defaultName }: Draft,
  label: string | undefined,
): Pick<Blueprint, 'name' | 'componentName'> {
  const text = tokenName(token)
  return {
    name: label !== undefined && token !== implementation ? `${text} '${label}'` : text,
    componentName: label ?? defaultName ?? implementation?.name ?? text,
  }
}

function classOf(token: Token): Class | undefined {
  return isConstructor(token) ? token : undefined
}

/** The blueprint of an override, in the place of what it replaces. */
export function replacement(original: Blueprint, override: Blueprint): Blueprint {
  const { token, name, primary, componentName, named, qualifiers, order, mapClass } = original
  return Object.freeze({
    ...override,
    token,
    name,
    primary,
    componentName,
    named,
    qualifiers,
    order,
    mapClass,
    origin: `override of ${original.origin}`,
    overridden: true,
  })
}

function instantiate(target: Class): Recipe {
  return (dependencies, construct) => construct(target, dependencies)
}

/** The parts come behind the arguments of the constructor. */
function instantiateWith(target: Class, parts: readonly Class[]): Recipe {
  return (dependencies, construct) => {
    const own = dependencies.length - parts.length
    const instance = construct(target, dependencies.slice(0, own))
    keepParts(instance, new Map(parts.map((part, at) => [part, dependencies[own + at]])))
    return instance
  }
}

function partDependencies({ parts }: ComponentRecord): Dependency[] {
  return parts.flatMap(part => readDependency(part, { optional: false, site: `part ${tokenName(part)}` }) ?? [])
}

function merge(first: Drafted, others: readonly Drafted[]): Drafted {
  if (others.length === 0) return first
  const drafts = [first, ...others]
  return {
    blueprints: drafts.flatMap(draft => draft.blueprints),
    problems: drafts.flatMap(draft => draft.problems),
  }
}

type ProviderParts = Pick<Draft, 'kind' | 'create'> &
  Partial<Blueprint> & { readonly problems?: Parameters['problems'] }

type ProviderDrafts = Readonly<Record<ProviderKind, (token: Token, spec: UncheckedSpec) => ProviderParts>>

/** The casts hold because provide() has checked the spec of each kind. */
const PROVIDER_DRAFTS = {
  useValue: (_token, { useValue }) => ({ kind: 'value', owned: false, create: () => useValue }),
  useFactory: (token, { useFactory, inject }) => ({
    kind: 'factory',
    awaited: true,
    ...listedParameters(`the factory of ${tokenName(token)}`, (inject ?? []) as readonly unknown[]),
    create: dependencies => (useFactory as (...args: readonly unknown[]) => unknown)(...dependencies),
  }),
  useClass: (_token, { useClass }) => ({
    kind: 'class',
    implementation: useClass as Class,
    ...constructorParameters(useClass as Class),
    create: instantiate(useClass as Class),
  }),
  useExisting: (token, { useExisting }) => {
    const source = readDependency(useExisting, { optional: false, site: 'useExisting' })
    return {
      kind: 'alias',
      owned: false,
      aliasOf: source?.token,
      dependencies: source === undefined ? [] : [source],
      problems: source === undefined ? [refusedEntry(`useExisting of ${tokenName(token)}`, 0)] : [],
      create: ([target]) => target,
    }
  },
} as const satisfies ProviderDrafts as ProviderDrafts
