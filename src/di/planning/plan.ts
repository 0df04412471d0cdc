import type { Class } from '../../core/metadata'
import { draftComponent, draftProvider, draftSupplied, type Drafted } from './blueprints'
import { type ComponentRecord, componentRecord, decoratorName } from '../component'
import { ComponentIndex } from './component-index'
import { admit, type LeftOut } from '../conditions/admission'
import type { ConditionOutcome } from '../conditions/outcome'
import type { ConditionOptions } from '../conditions/surroundings'
import type { ContainerProblem } from '../errors'
import { type BuildStep, buildGraph } from './graph'
import { applyOverrides, insistedOn, type Override } from './overrides'
import { notAComponent, notAProvider, refusedScope, unservedScope } from './problems'
import { Provider } from '../provider'
import type { Blueprint } from '../registration'
import { isBuiltIn, isScopeName, ScopeOrder, type ScopeSources } from '../scope'
import { InjectionToken, isConstructor, lineage } from '../token'

/** What a container is planned from. */
export interface PlanOptions extends ConditionOptions {
  readonly components?: readonly Class[]
  readonly providers?: readonly Provider[]
  readonly overrides?: readonly Override[]
  /** Where entries of `components` and `providers` come from, if not from the caller: `"the plugin 'metrics'"`. */
  readonly origins?: ReadonlyMap<unknown, string>
  /** @internal The instances of classes that the container does not build, each behind a function: settings. */
  readonly supplied?: ReadonlyMap<Class, () => unknown>
  /** Scopes of your own, the longest life first, for `runInScope`: `['tenant']`. Each outlives `'request'`. */
  readonly scopes?: readonly string[]
  /** @internal Who begins and ends the scopes whose lives are no blocks of the container. */
  readonly scopeSources?: ScopeSources
}

/** What a container will build, in which order, and what keeps it from starting. */
export interface ContainerPlan {
  readonly index: ComponentIndex
  readonly steps: readonly BuildStep[]
  readonly scopes: ScopeOrder
  readonly problems: readonly ContainerProblem[]
  /** What came of every condition, by component. */
  readonly conditions: readonly ConditionOutcome[]
  /** What conditions kept from being registered. */
  readonly leftOut: readonly LeftOut[]
}

/** Drafts every declaration, decides the conditions, puts the overrides in place and validates the whole graph; builds nothing. */
export function planContainer(options: PlanOptions, builtIn: readonly Blueprint[]): ContainerPlan {
  const { providers = [], origins } = options
  const drafts = [
    ...draftComponents(options),
    ...providers.map((entry, at) => attributed(draftEntry(entry, at), origins?.get(entry))),
  ]
  const { blueprints: declared, problems: refused } = collected(drafts)
  const drafted = [...builtIn, ...declared]
  const overrides = options.overrides ?? []
  const admitted = admit(drafted, options, (present, leftOut) => insistedOn(overrides, present, leftOut))
  const { leftOut, outcomes: conditions } = admitted
  const given = new ComponentIndex(admitted.blueprints, leftOut)
  const overridden = applyOverrides(given, overrides)
  const index = overrides.length === 0 ? given : new ComponentIndex(overridden.blueprints, leftOut)
  const scopes = new ScopeOrder(options.scopes)
  const graph = buildGraph(index, scopes)
  const problems = [
    ...refused,
    ...admitted.problems,
    ...overridden.problems,
    ...refusedScopes(options.scopes ?? []),
    ...unserved(overridden.blueprints, [...scopes.blocks, ...Object.keys(options.scopeSources ?? {})]),
    ...graph.problems,
  ]
  return { index, steps: graph.steps, scopes, problems: Object.freeze(problems), conditions, leftOut }
}

/** Written out: lists of one each, joined by flatMap or spreading, are what a start would spend its time on. */
function collected(drafts: readonly Drafted[]): Drafted {
  const blueprints: Blueprint[] = []
  const problems: ContainerProblem[] = []
  drafts.forEach(draft => {
    blueprints.push(...draft.blueprints)
    problems.push(...draft.problems)
  })
  return { blueprints, problems }
}

function refusedScopes(scopes: readonly unknown[]): readonly ContainerProblem[] {
  return scopes.flatMap(scope => (isScopeName(scope) && !isBuiltIn(scope) ? [] : refusedScope(scope)))
}

function unserved(blueprints: readonly Blueprint[], served: readonly string[]): readonly ContainerProblem[] {
  const known = ['singleton', 'prototype', ...served]
  const strays = blueprints.filter(({ scope }) => !known.includes(scope))
  return strays.map(({ scope, name }) => unservedScope(name, scope, known))
}

/** A class that is listed twice counts once. */
function draftComponents({ components = [], origins, supplied }: PlanOptions): readonly Drafted[] {
  return [...new Set<unknown>(components)].map(entry => {
    const record = isConstructor(entry) ? componentRecord(entry) : undefined
    if (record !== undefined) return attributed(draftClass(entry as Class, record, supplied), origins?.get(entry)) // only a class has a record
    return { blueprints: [], problems: [refuseEntry(entry, (components as readonly unknown[]).indexOf(entry))] }
  })
}

function draftClass(target: Class, record: ComponentRecord, supplied: PlanOptions['supplied']): Drafted {
  if (record.suppliedBy === undefined) return draftComponent(target, record)
  return draftSupplied(target, record, supplied?.get(target))
}

/** What somebody else contributes says so wherever it is named. */
function attributed(drafted: Drafted, origin: string | undefined): Drafted {
  if (origin === undefined) return drafted
  const blueprints = drafted.blueprints.map(each => Object.freeze({ ...each, origin: `${each.origin} of ${origin}` }))
  return { ...drafted, blueprints }
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
