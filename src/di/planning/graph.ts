import type { ComponentIndex } from './component-index'
import type { ContainerProblem } from '../errors'
import { Lifetimes } from './lifetimes'
import { cycle, duplicateNames, duplicateProviders } from './problems'
import type { Blueprint, Dependency } from '../registration'
import { isSingle, type Resolution, resolveDependency, type ResolvedDependency } from './resolve-dependency'
import type { Scope, ScopeOrder } from '../scope'
import type { Token } from '../token'
import { type Digraph, knots, shortestCycle } from './topology'

/** One component and what it is built of. */
export interface BuildStep {
  readonly blueprint: Blueprint
  /** Everything that it is built of, one after the other; the elements of a list or map are there one by one. */
  readonly dependencies: readonly ResolvedDependency[]
  /** Makes what `create` is called with of the instances of the dependencies; absent where they are just that. */
  readonly arrange: ((instances: readonly unknown[]) => readonly unknown[]) | undefined
  /** The scopes, beside its own, of what it keeps for as long as it lives. */
  readonly keeps: readonly Scope[]
}

/** The whole graph: what to build in which order, and everything that is wrong with it. */
export interface Graph {
  /** Dependencies before dependents, otherwise in the order of registration. Means nothing while there are problems. */
  readonly steps: readonly BuildStep[]
  readonly problems: readonly ContainerProblem[]
}

/** Resolves every dependency of every component, without building anything. */
export function buildGraph(index: ComponentIndex, order: ScopeOrder): Graph {
  const lifetimes = new Lifetimes(index, order)
  const at = { index, lifetimes }
  const duplicates = findDuplicates(index)
  const problems: ContainerProblem[] = [...duplicates.problems]
  const steps = new Map<Blueprint, BuildStep>()
  const resolvedStep = (blueprint: Blueprint): BuildStep => {
    const resolutions = blueprint.dependencies.map(each => resolveDependency(blueprint, each, at))
    for (const { problems: found, first } of resolutions) {
      if (found.length > 0 && !duplicates.blueprints.has(first)) problems.push(...found)
    }
    return stepOf(blueprint, resolutions, lifetimes.keptScopes(blueprint))
  }
  let inOrder = true
  for (const blueprint of index.blueprints) {
    const step = plainStep(blueprint, index) ?? resolvedStep(blueprint)
    inOrder &&= isPlaced(step, steps)
    steps.set(blueprint, step)
  }
  // Each behind everything that it needs: then there is no circle, and the order is what the search for one would give.
  if (inOrder) return { steps: [...steps.values()], problems }
  const ordered: BuildStep[] = []
  for (const knot of knots(digraph(index, steps))) {
    if (isCircular(knot, steps)) problems.push(...cycleIn(knot, index, steps))
    for (const blueprint of knot) ordered.push(steps.get(blueprint) as BuildStep) // each has been given one
  }
  return { steps: ordered, problems }
}

/**
 * The step of what most of a graph is made of: a singleton that is given nothing but singletons, as they are. There is nothing
 * to assemble, and nothing that ends too early; `undefined` where it is not like that, or where something is wrong.
 */
function plainStep(blueprint: Blueprint, index: ComponentIndex): BuildStep | undefined {
  if (blueprint.scope !== 'singleton' || blueprint.kind === 'alias') return undefined
  const { dependencies } = blueprint
  // Counted, and into a list of that length: before code is compiled, iterators are most of what a start makes.
  const needs = new Array<ResolvedDependency>(dependencies.length)
  for (let at = 0; at < dependencies.length; at += 1) {
    const needed = plainNeed(blueprint, dependencies[at] as Dependency, index) // there are that many
    if (needed === undefined) return undefined
    needs[at] = { blueprint: needed, lazy: false, supplied: false }
  }
  return { blueprint, dependencies: needs, arrange: undefined, keeps: NO_SCOPES }
}

function plainNeed(
  requester: Blueprint,
  { token, lazy, choice, collection }: Dependency,
  index: ComponentIndex,
): Blueprint | undefined {
  if (lazy || choice !== undefined || collection !== undefined) return undefined
  const selection = index.select(token, requester)
  const target = selection.kind === 'found' ? index.target(selection.blueprint) : undefined
  return target?.scope === 'singleton' ? target : undefined
}

/** Whether everything that a component is passed itself comes before it. */
function isPlaced({ dependencies }: BuildStep, before: ReadonlyMap<Blueprint, BuildStep>): boolean {
  return dependencies.every(({ blueprint, lazy }) => blueprint === undefined || lazy || before.has(blueprint))
}

/** Who needs a component, outermost first, the component itself last: one path of possibly many. */
export function dependentPath(blueprint: Blueprint, steps: readonly BuildStep[]): readonly string[] {
  const path = [blueprint.name]
  for (let current: Blueprint | undefined = blueprint; current !== undefined;) {
    const needed: Blueprint = current
    current = steps.find(step => holds(step, needed))?.blueprint
    if (current !== undefined) path.unshift(current.name)
  }
  return path
}

/** Whether a component is passed another one itself: handles do not count, since they may lead back. */
function holds({ dependencies }: BuildStep, needed: Blueprint): boolean {
  return dependencies.some(({ blueprint, lazy }) => blueprint === needed && !lazy)
}

function stepOf(blueprint: Blueprint, resolutions: readonly Resolution[], keeps: readonly Scope[]): BuildStep {
  const dependencies: ResolvedDependency[] = []
  for (const { parts } of resolutions) dependencies.push(...parts)
  if (resolutions.every(isSingle)) return { blueprint, dependencies, arrange: undefined, keeps }
  return {
    blueprint,
    dependencies,
    keeps,
    arrange: instances => {
      let from = 0
      return resolutions.map(({ parts, assemble }) => assemble(instances.slice(from, (from += parts.length))))
    },
  }
}

/**
 * Tokens with several registrations of their own that nothing tells apart: neither names, qualifiers or one primary, nor a
 * list or map that takes them all.
 */
function findDuplicates(index: ComponentIndex): Duplicates {
  if (!index.isShared) return NO_DUPLICATES
  const groups = [...index.groups].filter(([, group]) => group.length > 1)
  if (groups.length === 0) return NO_DUPLICATES
  const collected = collectedTokens(index)
  const alike = groups.filter(([token, group]) => !collected.has(token) && areAlike(group)).map(([, group]) => group)
  return {
    blueprints: new Set(alike.flat()),
    problems: [
      ...alike.map(group => duplicateProviders(group[0]?.token.name ?? '', originsOf(group))),
      ...groups.flatMap(([token, group]) => sharedNames(token, group)),
    ],
  }
}

interface Duplicates {
  readonly blueprints: ReadonlySet<Blueprint | undefined>
  readonly problems: readonly ContainerProblem[]
}

const NO_DUPLICATES: Duplicates = { blueprints: new Set(), problems: [] }

function areAlike(group: readonly Blueprint[]): boolean {
  if (group.filter(({ primary }) => primary).length === 1) return false
  return group.filter(({ named, qualifiers }) => !named && qualifiers.length === 0).length > 1
}

function sharedNames(token: Token, group: readonly Blueprint[]): readonly ContainerProblem[] {
  const byName = new Map<string, Blueprint[]>()
  for (const blueprint of group.filter(({ named }) => named)) {
    const { componentName } = blueprint
    byName.set(componentName, [...(byName.get(componentName) ?? []), blueprint])
  }
  return [...byName].flatMap(([name, sharing]) =>
    sharing.length > 1 ? duplicateNames(token.name, name, originsOf(sharing)) : [],
  )
}

function collectedTokens({ blueprints }: ComponentIndex): ReadonlySet<Token> {
  const dependencies = blueprints.flatMap(blueprint => blueprint.dependencies)
  return new Set(dependencies.flatMap(({ token, collection }) => (collection === undefined ? [] : token)))
}

function originsOf(blueprints: readonly Blueprint[]): readonly string[] {
  return blueprints.map(({ origin }) => origin)
}

function digraph(index: ComponentIndex, steps: ReadonlyMap<Blueprint, BuildStep>): Digraph<Blueprint> {
  return { nodes: index.blueprints, needs: blueprint => needs(blueprint, steps) }
}

function needs(blueprint: Blueprint, steps: ReadonlyMap<Blueprint, BuildStep>): readonly Blueprint[] {
  const found: Blueprint[] = []
  for (const { blueprint: needed, lazy } of steps.get(blueprint)?.dependencies ?? []) {
    if (needed !== undefined && !lazy) found.push(needed)
  }
  return found
}

/** Several that need each other, or one that needs itself. */
function isCircular([first, second]: readonly Blueprint[], steps: ReadonlyMap<Blueprint, BuildStep>): boolean {
  const step = first && steps.get(first)
  return second !== undefined || (step !== undefined && holds(step, step.blueprint))
}

function cycleIn(
  knot: readonly Blueprint[],
  index: ComponentIndex,
  steps: ReadonlyMap<Blueprint, BuildStep>,
): readonly ContainerProblem[] {
  const members = new Set(knot)
  const first = index.blueprints.find(blueprint => members.has(blueprint))
  const path = first && shortestCycle(first, members, blueprint => needs(blueprint, steps))
  if (path === undefined) return []
  const others = index.blueprints.filter(blueprint => members.has(blueprint) && !path.includes(blueprint))
  return [
    cycle(
      path.map(step => step.name),
      others.map(other => other.name),
    ),
  ]
}

const NO_SCOPES: readonly Scope[] = []
