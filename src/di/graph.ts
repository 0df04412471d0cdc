import { explainAbsence } from './absence'
import type { ComponentIndex } from './component-index'
import type { ContainerProblem } from './errors'
import { ambiguousDependency, cycle, duplicateProviders, missingDependency, shorterLived } from './problems'
import type { Blueprint, Dependency } from './registration'
import { endsBefore } from './scope'
import { tokenName } from './token'
import { type Digraph, knots, shortestCycle } from './topology'

/** One component and what it is built of. */
export interface BuildStep {
  readonly blueprint: Blueprint
  readonly dependencies: readonly ResolvedDependency[]
}

/** What answers for a dependency; `blueprint` is undefined for an optional one that is absent. */
export interface ResolvedDependency {
  readonly blueprint: Blueprint | undefined
  /** Whether a handle is passed: the component itself need not be there yet. */
  readonly lazy: boolean
}

/** The whole graph: what to build in which order, and everything that is wrong with it. */
export interface Graph {
  /** Dependencies before dependents, otherwise in the order of registration. Means nothing while there are problems. */
  readonly steps: readonly BuildStep[]
  readonly problems: readonly ContainerProblem[]
}

/** Resolves every dependency of every component, without building anything. */
export function buildGraph(index: ComponentIndex): Graph {
  const duplicates = findDuplicates(index)
  const problems: ContainerProblem[] = [...duplicates.problems]
  const steps = new Map<Blueprint, BuildStep>()
  for (const blueprint of index.blueprints) {
    const dependencies = blueprint.dependencies.map(dependency => {
      const resolved = resolve(blueprint, dependency, index)
      if ('problem' in resolved && !duplicates.blueprints.has(resolved.first)) problems.push(resolved.problem)
      return { blueprint: 'problem' in resolved ? undefined : resolved.blueprint, lazy: dependency.lazy }
    })
    steps.set(blueprint, { blueprint, dependencies })
  }
  const ordered = knots(digraph(index, steps))
  problems.push(...ordered.flatMap(knot => cycleIn(knot, index, steps)))
  return { steps: ordered.flat().flatMap(blueprint => steps.get(blueprint) ?? []), problems }
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

type Resolved =
  | { readonly blueprint: Blueprint | undefined }
  | { readonly problem: ContainerProblem; readonly first: Blueprint | undefined }

function resolve(requester: Blueprint, { token, optional, lazy, site }: Dependency, index: ComponentIndex): Resolved {
  const selection = index.select(token, requester)
  if (selection.kind === 'missing' && optional) return { blueprint: undefined }
  const [name, wanted] = [shownName(requester), tokenName(token)]
  if (selection.kind === 'found') {
    const { blueprint } = selection
    const target = index.target(blueprint)
    const { scope } = target
    if (requester.kind === 'alias') return { blueprint }
    if (lazy || !endsBefore(scope, requester.scope)) return { blueprint: target }
    return { problem: shorterLived(name, site, wanted, scope), first: undefined }
  }
  if (selection.kind === 'missing') {
    const problem = missingDependency(name, site, wanted, explainAbsence(token, index).next)
    return { problem, first: undefined }
  }
  const origins = selection.candidates.map(candidate => candidate.origin)
  return { problem: ambiguousDependency(name, site, wanted, origins), first: selection.candidates[0] }
}

/** A bean or provider is found faster by where it is declared than by its token. */
function shownName({ kind, name, origin }: Blueprint): string {
  return kind === 'class' ? name : origin
}

/** Tokens with several registrations of their own of which none, or more than one, is primary. */
function findDuplicates(index: ComponentIndex): {
  readonly blueprints: ReadonlySet<Blueprint | undefined>
  readonly problems: readonly ContainerProblem[]
} {
  const duplicates = index.groups.filter(
    group => group.length > 1 && group.filter(({ primary }) => primary).length !== 1,
  )
  return {
    blueprints: new Set(duplicates.flat()),
    problems: duplicates.map(group =>
      duplicateProviders(
        group[0]?.name ?? '',
        group.map(blueprint => blueprint.origin),
      ),
    ),
  }
}

function digraph(index: ComponentIndex, steps: ReadonlyMap<Blueprint, BuildStep>): Digraph<Blueprint> {
  return { nodes: index.blueprints, needs: blueprint => needs(blueprint, steps) }
}

function needs(blueprint: Blueprint, steps: ReadonlyMap<Blueprint, BuildStep>): readonly Blueprint[] {
  const dependencies = steps.get(blueprint)?.dependencies ?? []
  return dependencies.flatMap(({ blueprint: needed, lazy }) => (needed === undefined || lazy ? [] : needed))
}

/** Nothing for a single component that does not need itself. */
function cycleIn(
  knot: readonly Blueprint[],
  index: ComponentIndex,
  steps: ReadonlyMap<Blueprint, BuildStep>,
): readonly ContainerProblem[] {
  const [single] = knot
  if (single !== undefined && knot.length === 1 && !needs(single, steps).includes(single)) return []
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
