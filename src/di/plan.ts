import type { Class } from '../core/metadata'
import { draftComponent, draftProvider, type Drafted } from './blueprints'
import { componentRecord, decoratorName } from './component'
import { ComponentIndex } from './component-index'
import type { ContainerProblem } from './errors'
import { type BuildStep, buildGraph } from './graph'
import { applyOverrides, type Override } from './overrides'
import { notAComponent, notAProvider, unservedScope } from './problems'
import { Provider } from './provider'
import type { Blueprint } from './registration'
import type { ScopeSources } from './scope'
import { InjectionToken, isConstructor, lineage } from './token'

/** What a container is planned from. */
export interface PlanOptions {
  readonly components?: readonly Class[]
  readonly providers?: readonly Provider[]
  readonly overrides?: readonly Override[]
  /** Who begins and ends the scopes beside `'singleton'`. */
  readonly scopes?: ScopeSources
}

/** What a container will build, in which order, and what keeps it from starting. */
export interface ContainerPlan {
  readonly index: ComponentIndex
  readonly steps: readonly BuildStep[]
  readonly problems: readonly ContainerProblem[]
}

/** Drafts every declaration, puts the overrides in place and validates the whole graph; builds nothing. */
export function planContainer(options: PlanOptions, builtIn: readonly Blueprint[]): ContainerPlan {
  const drafts = [...draftComponents(options.components ?? []), ...(options.providers ?? []).map(draftEntry)]
  const drafted = [...builtIn, ...drafts.flatMap(draft => draft.blueprints)]
  const overridden = applyOverrides(drafted, options.overrides ?? [])
  const index = new ComponentIndex(overridden.blueprints)
  const graph = buildGraph(index)
  const problems = [
    ...drafts.flatMap(draft => draft.problems),
    ...overridden.problems,
    ...unserved(overridden.blueprints, options.scopes ?? {}),
    ...graph.problems,
  ]
  return { index, steps: graph.steps, problems: Object.freeze(problems) }
}

function unserved(blueprints: readonly Blueprint[], scopes: ScopeSources): readonly ContainerProblem[] {
  return blueprints.flatMap(({ scope, name }) =>
    scope === 'singleton' || scopes[scope] !== undefined ? [] : unservedScope(name, scope),
  )
}

/** A class that is listed twice counts once. */
function draftComponents(components: readonly unknown[]): readonly Drafted[] {
  return [...new Set(components)].map(entry => {
    const record = isConstructor(entry) ? componentRecord(entry) : undefined
    if (record !== undefined) return draftComponent(entry as Class, record) // only a class has a record
    return { blueprints: [], problems: [refuseEntry(entry, components.indexOf(entry))] }
  })
}

function draftEntry(entry: unknown, index: number): Drafted {
  return entry instanceof Provider ? draftProvider(entry) : { blueprints: [], problems: [notAProvider(index)] }
}

function refuseEntry(entry: unknown, index: number): ContainerProblem {
  const place = `Entry ${index + 1} of 'components'`
  if (entry === undefined) return notAComponent(place, `${place} is undefined.`, CIRCULAR)
  if (entry instanceof Provider || entry instanceof InjectionToken) {
    return notAComponent(entry instanceof Provider ? tokenOf(entry) : entry.name, `${place} is no class.`, PROVIDER)
  }
  if (isClass(entry)) return refuseClass(entry)
  if (typeof entry === 'function') return notAComponent(place, `${place} is a function, no decorated class.`, FUNCTION)
  if (typeof entry === 'object' && entry !== null && holdsClasses(entry)) {
    return notAComponent(place, `${place} is a module or an object, no class.`, MODULE)
  }
  return notAComponent(place, `${place} is no class.`, 'List decorated classes only.')
}

function refuseClass(target: Class): ContainerProblem {
  const base = lineage(target).find(level => componentRecord(level) !== undefined)
  const record = base && componentRecord(base)
  if (base === undefined || record === undefined) {
    return notAComponent(
      target.name,
      `${target.name} is listed but has no decorator.`,
      `Add @Component() or @Service() to ${target.name}.`,
    )
  }
  const decorator = `${decoratorName(record.stereotype)}()`
  const what = `${target.name} is listed but has no decorator; the ${decorator} of its base ${base.name} does not count for it.`
  return notAComponent(target.name, what, `Add ${decorator} to ${target.name}.`)
}

function tokenOf({ token }: Provider): string {
  return token.name
}

function isClass(value: unknown): value is Class {
  return isConstructor(value) && /^class\b/.test(Function.prototype.toString.call(value))
}

function holdsClasses(value: object): boolean {
  return Object.values(value).some(isConstructor)
}

const CIRCULAR =
  'Its file and this one probably import each other: break the circle, or list the components in a file that nothing imports.'
const PROVIDER = "Move providers to 'providers'; a token alone needs provide(TOKEN, { … }) there."
const FUNCTION = "Decorate a class, or move it to 'providers' as provide(TOKEN, { useFactory: … })."
const MODULE = 'List its classes, or scan the folder.'
