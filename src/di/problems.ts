import type { BeanRefusal } from './bean'
import { type ContainerProblem, count, type DiErrorCode } from './errors'
import type { Refusal } from './refused-types'
import type { Scope } from './scope'

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

export function noMetadata(owner: string, length: number): ContainerProblem {
  const what = `${owner} takes ${count(length, 'parameter')}, but the build emitted no types for them.`
  return problem('AMBIT_DI_METADATA', owner, what, METADATA_REMEDY)
}

export function injectNotAList(owner: string): ContainerProblem {
  const next = 'Write an array with one token per parameter: static inject = [A, B].'
  return problem('AMBIT_DI_METADATA', owner, `'static inject' of ${owner} is no array.`, next)
}

export function conflictingLists(owner: string): ContainerProblem {
  const what = `${owner} has both 'static inject' and decorated constructor parameters.`
  return problem('AMBIT_DI_METADATA', owner, what, 'Keep one of the two.')
}

export function listTooShort(owner: string, listed: number, length: number): ContainerProblem {
  const what = `'static inject' of ${owner} lists ${count(listed, 'token')}, its constructor takes ${length}.`
  return problem('AMBIT_DI_METADATA', owner, what, 'List one token per constructor parameter, in their order.')
}

/** Problems of the lists that a container is started with. */

export function notAComponent(component: string, what: string, next: string): ContainerProblem {
  return problem('AMBIT_DI_NOT_A_COMPONENT', component, what, next)
}

export function notAProvider(index: number): ContainerProblem {
  const what = `Entry ${index + 1} of 'providers' was not made by provide().`
  return problem('AMBIT_DI_NOT_A_PROVIDER', `providers[${index}]`, what, 'Write provide(TOKEN, { useValue: … }).')
}

export function beanOutsideConfiguration(owner: string, methods: readonly string[]): ContainerProblem {
  const what = `${owner} has @Bean methods (${methods.join(', ')}) but is no configuration.`
  return problem('AMBIT_DI_BEAN', owner, what, `Decorate ${owner} with @Configuration().`)
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
    'Remove all but one, give them tokens of their own, or mark one with @Primary().',
  )
}

export function refusedOverride(token: string, what: string, next: string): ContainerProblem {
  return problem('AMBIT_DI_OVERRIDE', token, what, next)
}

/** Problems of the graph. */

export function missingDependency(component: string, site: string, token: string, next: string): ContainerProblem {
  return problem(
    'AMBIT_DI_DEPENDENCY_MISSING',
    component,
    `${component} needs ${token} (${site}), which is not registered.`,
    next,
  )
}

export function ambiguousDependency(
  component: string,
  site: string,
  token: string,
  candidates: readonly string[],
): ContainerProblem {
  const what = `${component} needs ${token} (${site}), which ${count(candidates.length, 'component')} provide: ${candidates.join(', ')}.`
  const next = 'Mark one with @Primary(), or ask for one of them by its own class or token.'
  return problem('AMBIT_DI_DEPENDENCY_AMBIGUOUS', component, what, next)
}

export function shorterLived(component: string, site: string, token: string, scope: Scope): ContainerProblem {
  const what = `${component} needs ${token} (${site}), which lives for one ${scope} only and would be kept beyond it.`
  const next = `Inject a handle, @Inject(lazy(${token})), and call get() in the ${scope}; or give ${component} the scope '${scope}' too.`
  return problem('AMBIT_DI_SHORTER_LIVED', component, what, next)
}

export function unservedScope(component: string, scope: Scope): ContainerProblem {
  const what = `${component} has the scope '${scope}', which this container does not know.`
  return problem('AMBIT_DI_SCOPE_UNKNOWN', component, what, 'Start it with bootstrap(), or make it a singleton.')
}

export function cycle(path: readonly string[], others: readonly string[]): ContainerProblem {
  const also = others.length === 0 ? '' : ` (tied into it: ${others.join(', ')})`
  const what = `Components need each other in a circle: ${path.join(' -> ')}${also}.`
  return Object.freeze({
    ...problem('AMBIT_DI_CYCLE', path[0] ?? '', what, CYCLE_REMEDY),
    path: Object.freeze([...path]),
  })
}

function problem(code: DiErrorCode, component: string, what: string, next: string): ContainerProblem {
  return Object.freeze({ code, component, what, next })
}

const CIRCULAR_REMEDY =
  'Two files probably import each other: break the circle, or write @Inject(() => TheClass) or static get inject() { return [TheClass] }.'

const CYCLE_REMEDY =
  'Move what they share into a component of its own, or let one of them take a handle, @Inject(lazy(TheOther)), and call get() when needed.'

const METADATA_REMEDY =
  "Set 'emitDecoratorMetadata' in tsconfig.json and decorate the class; where the build cannot (esbuild, tsx, Vitest), write static inject = [A, B]."

const PARAMETER_REMEDIES = {
  undefined: CIRCULAR_REMEDY,
  erased:
    "If it is a class, import it as a value (not with 'import type') and break a circular import; for an interface or a union ('| undefined' included) write @Inject(TOKEN) or @Inject(TheClass).",
  primitive: 'Give the value an InjectionToken and write @Inject(TOKEN).',
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
