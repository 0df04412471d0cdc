import type { Class } from '../core/metadata'
import { type Bean, beansOf, beanToken } from './bean'
import { type ComponentRecord, decoratorName } from './component'
import type { ContainerProblem } from './errors'
import { constructorParameters, listedParameters, methodParameters, type Parameters } from './parameters'
import { beanOutsideConfiguration, refusedBean } from './problems'
import type { Provider, ProviderKind, UncheckedSpec } from './provider'
import type { Blueprint, Dependency, Recipe, Registration } from './registration'
import type { Scope } from './scope'
import { isConstructor, type Token, tokenName } from './token'

/** What a declaration turns into, and what is wrong with it. */
export interface Drafted {
  readonly blueprints: readonly Blueprint[]
  readonly problems: readonly ContainerProblem[]
}

/** A decorated class, and the beans of a configuration. */
export function draftComponent(target: Class, record: ComponentRecord): Drafted {
  const { dependencies, problems } = constructorParameters(target)
  const component = blueprint({
    ...record,
    token: target,
    kind: 'class',
    origin: `${target.name} (${decoratorName(record.stereotype)})`,
    implementation: target,
    dependencies,
    create: instantiate(target),
  })
  const beans = draftBeans(target, record)
  return merge([{ blueprints: [component], problems }, ...beans])
}

/** What `provide()` describes. */
export function draftProvider({ token, spec, kind }: Provider): Drafted {
  const { problems, ...parts } = PROVIDER_DRAFTS[kind](token, spec)
  const common = {
    token,
    stereotype: 'provider',
    origin: `provide(${tokenName(token)}, ${kind})`,
    scope: (spec['scope'] ?? 'singleton') as Scope, // checked by provide()
    primary: spec['primary'] === true,
    close: spec['close'] as Blueprint['close'], // only ever called with what the provider made
  }
  return { blueprints: [blueprint({ ...common, ...parts })], problems: problems ?? [] }
}

/** An object that exists already, under a token of its own. */
export function valueBlueprint(token: Token, value: unknown, origin: string): Blueprint {
  return blueprint({ token, kind: 'value', stereotype: 'provider', origin, owned: false, create: () => value })
}

function draftBeans(target: Class, record: ComponentRecord): readonly Drafted[] {
  const beans = beansOf(target)
  if (beans.length === 0 || record.stereotype === 'configuration') return beans.map(bean => draftBean(target, bean))
  const methods = beans.map(bean => String(bean.method))
  return [{ blueprints: [], problems: [beanOutsideConfiguration(target.name, methods)] }]
}

function draftBean(target: Class, bean: Bean): Drafted {
  const name = `${target.name}.${String(bean.method)}`
  const found = beanToken(bean)
  if ('refusal' in found) return { blueprints: [], problems: [refusedBean(name, found.refusal)] }
  const { dependencies, problems } = methodParameters(bean.owner, bean.method)
  const drafted = blueprint({
    token: found.token,
    kind: 'bean',
    stereotype: 'bean',
    origin: `${name} (@Bean)`,
    scope: bean.options.scope ?? 'singleton',
    primary: bean.primary,
    implementation: isConstructor(found.token) ? found.token : undefined,
    dependencies: [{ token: target, optional: false, lazy: false, site: 'its configuration' }, ...dependencies],
    awaited: true,
    close: bean.options.close,
    create: ([configuration, ...args]) => callMethod(configuration, bean.method, args),
  })
  return { blueprints: [drafted], problems }
}

type Draft = Pick<Blueprint, 'token' | 'kind' | 'stereotype' | 'origin' | 'create'> & Partial<Blueprint>

function blueprint(draft: Draft): Blueprint {
  return Object.freeze({
    scope: 'singleton',
    primary: false,
    implementation: undefined,
    owned: true,
    awaited: false,
    aliasOf: undefined,
    close: undefined,
    overridden: false,
    ...draft,
    name: tokenName(draft.token),
    dependencies: Object.freeze([...(draft.dependencies ?? [])]),
  })
}

/** The blueprint of an override, in the place of what it replaces. */
export function replacement(original: Registration, override: Blueprint): Blueprint {
  const { token, name, primary } = original
  return Object.freeze({
    ...override,
    token,
    name,
    primary,
    origin: `override of ${original.origin}`,
    overridden: true,
  })
}

function instantiate(target: Class): Recipe {
  return (dependencies, construct) => construct(target, dependencies)
}

function callMethod(instance: unknown, method: string | symbol, args: readonly unknown[]): unknown {
  return (instance as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[method]?.(...args)
}

function merge(drafts: readonly Drafted[]): Drafted {
  const [first, ...others] = drafts
  if (first !== undefined && others.length === 0) return first
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
  useExisting: (_token, { useExisting }) => ({
    kind: 'alias',
    owned: false,
    aliasOf: useExisting as Token,
    dependencies: [aliased(useExisting as Token)],
    create: ([target]) => target,
  }),
} as const satisfies ProviderDrafts as ProviderDrafts

function aliased(token: Token): Dependency {
  return { token, optional: false, lazy: false, site: 'useExisting' }
}
