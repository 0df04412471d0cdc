import { didYouMean } from '../../core/near-misses'
import type { Absence } from './absence'
import type { BeanRefusal } from '../bean'
import type { CollectionRequest } from '../injection/collection'
import { type ContainerProblem, count, type DiErrorCode, some } from '../errors'
import type { Refusal } from '../injection/refused-types'
import type { Scope } from '../scope'
import type { Choice } from '../injection/selector'

/** Problems of parameter lists. */

export function refusedParameter(owner: string, index: number, type: unknown, refusal: Refusal): ContainerProblem {
  const name = typeof type === 'function' ? type.name : String(type)
  const what = `Parameter ${index + 1} of ${owner} has the type '${name}' at run time, which says nothing about what to inject.`
  return problem('AMBIT_DI_PARAMETER', owner, what, PARAMETER_REMEDIES[refusal])
}

export function refusedEntry(owner: string, index: number): ContainerProblem {
  const what = `The token of parameter ${index + 1} of ${owner} is undefined, or no token.`
  return problem('AMBIT_DI_PARAMETER', owner, what, CIRCULAR_REMEDY)
}

export function refusedEntryOptions(owner: string, index: number): ContainerProblem {
  const what = `The entry for parameter ${index + 1} of ${owner} has an unknown property, or one of a wrong kind.`
  const next = "Write { token: Cache, optional: true, qualifier: 'fast', name: 'main' }, or some of these."
  return problem('AMBIT_DI_PARAMETER', owner, what, next)
}

/** Where the tokens of a parameter list can be written: in `static inject` of a class, or in `inject` of a `@Bean()`. */
export type ListKind = 'class' | 'bean'

export function noMetadata(owner: string, length: number, kind: ListKind): ContainerProblem {
  const what = `${owner} takes ${count(length, 'parameter')}, but the build emitted no types for them.`
  return problem('AMBIT_DI_METADATA', owner, what, METADATA_REMEDIES[kind])
}

export function injectNotAList(owner: string, kind: ListKind): ContainerProblem {
  const next = `Write an array with one token per parameter: ${LIST_FORMS[kind]}.`
  return problem('AMBIT_DI_METADATA', owner, `${LIST_NAMES[kind]} of ${owner} is no array.`, next)
}

export function conflictingLists(owner: string, kind: ListKind): ContainerProblem {
  const what = `${owner} has both ${LIST_NAMES[kind]} and decorated ${kind === 'class' ? 'constructor ' : ''}parameters.`
  return problem('AMBIT_DI_METADATA', owner, what, 'Keep one of the two.')
}

export function listTooShort(
  owner: string,
  kind: ListKind,
  { listed, length }: { readonly listed: number; readonly length: number },
): ContainerProblem {
  const taker = kind === 'class' ? 'its constructor' : 'the method'
  const what = `${LIST_NAMES[kind]} of ${owner} lists ${count(listed, 'token')}, ${taker} takes ${length}.`
  const next = `List one token per ${kind === 'class' ? 'constructor ' : ''}parameter, in their order.`
  return problem('AMBIT_DI_METADATA', owner, what, next)
}

/** Problems of the lists that a container is started with. */

export function notAComponent(component: string, what: string, next: string): ContainerProblem {
  return problem('AMBIT_DI_NOT_A_COMPONENT', component, what, next)
}

export function notSupplied(component: string, supplier: string): ContainerProblem {
  const what = `${component} is made by no constructor; its instance comes from ${supplier}.`
  return problem(
    'AMBIT_DI_NOT_SUPPLIED',
    component,
    what,
    'Give the container the instance: provide it as a value, in place of the class.',
  )
}

export function notAProvider(index: number): ContainerProblem {
  const what = `Entry ${index + 1} of 'providers' was not made by provide().`
  return problem('AMBIT_DI_NOT_A_PROVIDER', `providers[${index}]`, what, 'Write provide(TOKEN, { useValue: … }).')
}

export function beanOutsideConfiguration(owner: string, methods: readonly string[]): ContainerProblem {
  const what = `${owner} has @Bean methods (${methods.join(', ')}) but is no configuration.`
  return problem('AMBIT_DI_BEAN', owner, what, `Decorate ${owner} with @Configuration().`)
}

export function markedWithoutBean(owner: string, methods: readonly string[]): ContainerProblem {
  const what = `@Primary(), @Qualifier(), @Order() or a condition stands on what is no bean: ${methods.join(', ')}.`
  return problem('AMBIT_DI_BEAN', owner, what, 'Add @Bean() to the method, or take the decorator away.')
}

export function refusedBean(bean: string, refusal: BeanRefusal): ContainerProblem {
  return problem('AMBIT_DI_BEAN', bean, `The bean ${bean} ${BEAN_REFUSALS[refusal].what}.`, BEAN_REFUSALS[refusal].next)
}

export function duplicateProviders(token: string, origins: readonly string[]): ContainerProblem {
  const what = `${token} is registered ${origins.length} times: ${origins.join(', ')}.`
  return problem(
    'AMBIT_DI_DUPLICATE',
    token,
    what,
    'Remove all but one, mark one with @Primary(), or give each a name, a qualifier or a token of its own.',
  )
}

export function duplicateNames(token: string, name: string, origins: readonly string[]): ContainerProblem {
  const what = `${count(origins.length, 'component')} for ${token} are named '${name}': ${some(origins, ', ')}.`
  return problem('AMBIT_DI_DUPLICATE', token, what, 'Give each a name of its own.')
}

export function refusedOverride(token: string, what: string, next: string): ContainerProblem {
  return problem('AMBIT_DI_OVERRIDE', token, what, next)
}

/** Problems of the graph. */

/** A dependency as problems tell of it. */
export interface Asked {
  /** Who needs it. */
  readonly component: string
  /** Where that is written: `'parameter 1'`. */
  readonly site: string
  /** The token, with the name or qualifiers that are asked for. */
  readonly wanted: string
}

export function missingDependency({ component, site, wanted }: Asked, { why, next }: Absence): ContainerProblem {
  const what = `${component} needs ${wanted} (${site}), which is not registered${why === '' ? '' : `: ${why}`}.`
  return problem('AMBIT_DI_DEPENDENCY_MISSING', component, what, next)
}

export function ambiguousDependency(
  { component, site, wanted }: Asked,
  candidates: readonly string[],
  { name }: Choice,
): ContainerProblem {
  const what = `${component} needs ${wanted} (${site}), which ${count(candidates.length, 'component')} provide: ${some(candidates, ', ')}.`
  const next =
    name === undefined
      ? 'Mark one with @Primary(), ask for one of them by its own class, token, name or qualifier, or take all with @InjectAll().'
      : 'Give each a name of its own.'
  return problem('AMBIT_DI_DEPENDENCY_AMBIGUOUS', component, what, next)
}

export function shorterLived({ component, site, wanted }: Asked, kept: Kept, scope: Scope): ContainerProblem {
  const { through, lazy, collection } = kept
  const holding = through === undefined ? '' : `, which keeps ${through}`
  const what = `${component} needs ${wanted} (${site})${holding}, which lives for one ${scope} only and would be kept beyond it.`
  const inner = collection === undefined ? wanted : collection.shape === 'list' ? 'all(…)' : 'mapOf(…)'
  const handle = through === undefined ? 'lazy' : 'supplier'
  const instead = lazy ? `supplier(${inner}) in place of lazy(${inner})` : `a handle, @Inject(${handle}(${inner})),`
  const next = `Inject ${instead} and call get() in the ${scope}; or give ${component} the scope '${scope}' too.`
  return problem('AMBIT_DI_SHORTER_LIVED', component, what, next)
}

/** What a component would keep for longer than it lives. */
export interface Kept {
  /** For a prototype: which of the things that it keeps does not live as long. */
  readonly through: string | undefined
  /** Whether it is asked for through `lazy()` already. */
  readonly lazy: boolean
  readonly collection: CollectionRequest | undefined
}

/** Problems of lists and maps. */

export function tooFew(
  { component, site, wanted }: Asked,
  { atLeast, found }: { readonly atLeast: number; readonly found: readonly string[] },
  { why, next }: Absence,
): ContainerProblem {
  const there = found.length === 0 ? 'none' : `${found.length}: ${some(found, ', ')}`
  const what = `${component} needs at least ${atLeast} of ${wanted} (${site}), and has ${there}${why === '' ? '' : `; ${why}`}.`
  return problem('AMBIT_DI_COLLECTION', component, what, found.length === 0 ? next : 'Register more, or ask for fewer.')
}

export function sharedKey(
  { component, site, wanted }: Asked,
  key: string,
  origins: readonly string[],
): ContainerProblem {
  const what = `${component} needs a map of ${wanted} (${site}), and ${origins.length} share ${key}: ${some(origins, ', ')}.`
  const next = "Give each a name of its own, { name: 'smtp' }, and take the map by name; or take a list, @InjectAll()."
  return problem('AMBIT_DI_COLLECTION', component, what, next)
}

export function keyless({ component, site, wanted }: Asked, origins: readonly string[]): ContainerProblem {
  const what = `${component} needs a map of ${wanted} by class (${site}), and the class is not known of ${some(origins, ', ')}.`
  const next = 'Provide it by useClass, or take the map by name.'
  return problem('AMBIT_DI_COLLECTION', component, what, next)
}

export function unservedScope(component: string, scope: Scope, known: readonly string[]): ContainerProblem {
  const what = `${component} has the scope '${scope}', which this container does not know.`
  if (scope === 'transaction') {
    return problem('AMBIT_DI_SCOPE_UNKNOWN', component, what, 'Start it with bootstrap(), or make it a singleton.')
  }
  const next = `${didYouMean(scope, known)}Name it in the option scopes: ['${scope}'], or use ${known.map(each => `'${each}'`).join(', ')}.`
  return problem('AMBIT_DI_SCOPE_UNKNOWN', component, what, next)
}

export function refusedScope(scope: unknown): ContainerProblem {
  const name = typeof scope === 'string' ? `'${scope}'` : String(scope)
  const reserved = typeof scope === 'string' && scope.trim() !== ''
  const what = `The option scopes has ${name}, which is ${reserved ? 'built in' : 'no name'}.`
  const next = reserved ? `Leave it out, and use '${scope}' as it is.` : "Give each scope a name: scopes: ['tenant']."
  return problem('AMBIT_DI_SCOPE_NAME', `scopes`, what, next)
}

export function cycle(path: readonly string[], others: readonly string[]): ContainerProblem {
  const also = others.length === 0 ? '' : ` (tied into it: ${others.join(', ')})`
  const what = `Components need each other in a circle: ${path.join(' -> ')}${also}.`
  return Object.freeze({
    ...problem('AMBIT_DI_CYCLE', path[0] ?? '', what, CYCLE_REMEDY),
    path: Object.freeze([...path]),
  })
}

/** Makes a problem; for the areas of the container that have problems of their own too. */
export function problem(code: DiErrorCode, component: string, what: string, next: string): ContainerProblem {
  return Object.freeze({ code, component, what, next })
}

const CIRCULAR_REMEDY =
  'Two files probably import each other: break the circle, or write @Inject(() => TheClass) or static get inject() { return [TheClass] }.'

const CYCLE_REMEDY =
  'Move what they share into a component of its own, or let one of them take a handle, @Inject(lazy(TheOther)), and call get() when needed.'

const LIST_NAMES = { class: "'static inject'", bean: "'inject'" } as const satisfies Record<ListKind, string>

const LIST_FORMS = {
  class: 'static inject = [A, B]',
  bean: '@Bean(TheClass, { inject: [A, B] })',
} as const satisfies Record<ListKind, string>

const METADATA_REMEDIES = {
  class:
    "Set 'emitDecoratorMetadata' in tsconfig.json and decorate the class; where the build cannot (esbuild, tsx, Vitest), write static inject = [A, B].",
  bean: "Set 'emitDecoratorMetadata' in tsconfig.json; where the build cannot (esbuild, tsx, Vitest), write @Bean(TheClass, { inject: [A, B] }).",
} as const satisfies Record<ListKind, string>

const PARAMETER_REMEDIES = {
  undefined: CIRCULAR_REMEDY,
  erased:
    "If it is a class, import it as a value (not with 'import type') and break a circular import; for an interface or a union ('| undefined' included) write @Inject(TOKEN) or @Inject(TheClass).",
  primitive: 'Give the value an InjectionToken and write @Inject(TOKEN).',
  collection:
    'For all components of a class write @InjectAll(TheClass) or @InjectMap(TheClass); for a value of your own give it an InjectionToken and write @Inject(TOKEN).',
  generic: 'Give it an InjectionToken and write @Inject(TOKEN); the container awaits promises before it injects.',
} as const satisfies Record<Refusal, string>

const BEAN_REFUSALS = {
  'undefined token': {
    what: 'has a token that is undefined, or no token',
    next: 'Two files probably import each other: break the circle, or write @Bean(() => TheClass).',
  },
  promise: {
    what: 'is async, so that its return type says only Promise',
    next: 'Name what it returns: @Bean(TheClass) or @Bean(TOKEN).',
  },
  'no class': {
    what: 'has no return class to be asked for by',
    next: 'Declare a class as its return type, or write @Bean(TOKEN).',
  },
} as const satisfies Record<BeanRefusal, { what: string; next: string }>
