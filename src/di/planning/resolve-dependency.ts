import { explainAbsence } from './absence'
import { assemble, type Assembly } from '../injection/assembly'
import type { ComponentIndex, Element } from './component-index'
import type { ContainerProblem } from '../errors'
import type { Lifetimes } from './lifetimes'
import {
  ambiguousDependency,
  type Asked,
  keyless,
  missingDependency,
  sharedKey,
  shorterLived,
  tooFew,
} from './problems'
import type { Blueprint, Dependency } from '../registration'
import { ANY, shownWanted } from '../injection/selector'
import { tokenName } from '../token'

/** What answers for a dependency; `blueprint` is undefined for an optional one that is absent. */
export interface ResolvedDependency {
  readonly blueprint: Blueprint | undefined
  /** Whether a handle is passed: the component itself need not be there yet. */
  readonly lazy: boolean
  /** Whether the handle asks anew with each call. */
  readonly supplied: boolean
}

/** What resolving looks at. */
export interface ResolutionSite {
  readonly index: ComponentIndex
  readonly lifetimes: Lifetimes
}

/** What a dependency is made of: for a single component itself, for a list or map its elements. */
export interface Resolution {
  readonly parts: readonly ResolvedDependency[]
  /** Makes what is passed of the parts' instances. */
  readonly assemble: Assembly
  readonly problems: readonly ContainerProblem[]
  /** For an ambiguous dependency: the first of the candidates. */
  readonly first: Blueprint | undefined
}

/** Finds what answers for a dependency, and what is wrong with it. */
export function resolveDependency(requester: Blueprint, dependency: Dependency, at: ResolutionSite): Resolution {
  const { index } = at
  const { token, choice = ANY, collection } = dependency
  if (collection !== undefined) return collect(requester, dependency, at)
  const selection = index.select(token, requester, choice)
  if (selection.kind === 'ambiguous') {
    const origins = selection.candidates.map(candidate => candidate.origin)
    const problem = ambiguousDependency(askedFor(requester, dependency), origins, choice)
    return { ...nothing([problem]), first: selection.candidates[0] }
  }
  if (selection.kind === 'missing') {
    if (dependency.optional) return nothing(NO_PROBLEMS)
    return nothing([missingDependency(askedFor(requester, dependency), explainAbsence(token, choice, index))])
  }
  if (requester.kind === 'alias') return single(selection.blueprint, dependency)
  const target = index.target(selection.blueprint)
  const problems = outlived(requester, dependency, target, at)
  return problems.length > 0 ? nothing(problems) : single(target, dependency)
}

/** How messages name who asks and what for. */
function askedFor(requester: Blueprint, { token, choice = ANY, site }: Dependency): Asked {
  return { component: shownName(requester), site, wanted: shownWanted(token, choice) }
}

/** Whether a dependency is one component, passed as it is. */
export function isSingle({ assemble: assembly }: Resolution): boolean {
  return assembly === FIRST
}

/** A bean or provider is found faster by where it is declared than by its token. */
export function shownName({ kind, name, origin }: Blueprint): string {
  return kind === 'class' ? name : origin
}

function collect(requester: Blueprint, dependency: Dependency, at: ResolutionSite): Resolution {
  const { index } = at
  const { token, choice = ANY, lazy, collection: { shape } = NO_REQUEST } = dependency
  const elements = index.elements(token, requester, choice)
  const asked = askedFor(requester, dependency)
  const keys = shape === 'list' ? undefined : elements.map(shape === 'by-name' ? nameOf : classOf)
  const problems = [
    ...shortfall(asked, dependency, elements, index),
    ...elements.flatMap(({ target }) => outlived(requester, dependency, target, at)),
    ...(keys === undefined ? [] : keyProblems(asked, keys, elements)),
  ]
  const parts = elements.map(({ target }) => part(target, dependency))
  return problems.length > 0 ? nothing(problems) : { parts, assemble: assemble(keys, lazy), problems, first: undefined }
}

function shortfall(
  asked: Asked,
  { token, choice = ANY, collection: { atLeast } = NO_REQUEST }: Dependency,
  elements: readonly Element[],
  index: ComponentIndex,
): readonly ContainerProblem[] {
  if (elements.length >= atLeast) return []
  const found = elements.map(({ target }) => target.origin)
  return [tooFew(asked, { atLeast, found }, explainAbsence(token, found.length > 0 ? ANY : choice, index))]
}

function outlived(
  requester: Blueprint,
  dependency: Dependency,
  target: Blueprint,
  { lifetimes }: ResolutionSite,
): readonly ContainerProblem[] {
  const passing = lifetimes.outlived(requester, dependency, target)
  if (passing === undefined) return NO_PROBLEMS
  const { token, site, lazy, collection } = dependency
  const wanted = collection === undefined ? tokenName(token) : target.name
  const kept = { through: passing === target ? undefined : shownName(passing), lazy, collection }
  return [shorterLived({ component: shownName(requester), site, wanted }, kept, passing.scope)]
}

function keyProblems(
  asked: Asked,
  keys: readonly unknown[],
  elements: readonly Element[],
): readonly ContainerProblem[] {
  const byKey = new Map<unknown, string[]>()
  for (const [at, { target }] of elements.entries()) {
    byKey.set(keys[at], [...(byKey.get(keys[at]) ?? []), target.origin])
  }
  return [...byKey].flatMap(([key, origins]) => {
    if (key === undefined) return keyless(asked, origins)
    return origins.length > 1 ? sharedKey(asked, shownKey(key), origins) : []
  })
}

function nameOf({ candidate, target }: Element): string {
  return candidate.named ? candidate.componentName : target.componentName
}

function classOf({ target }: Element): unknown {
  return target.mapClass
}

function shownKey(key: unknown): string {
  return typeof key === 'function' ? `the class ${key.name}` : `the name '${String(key)}'`
}

function part(blueprint: Blueprint | undefined, { lazy, supplied = false }: Handled): ResolvedDependency {
  return { blueprint, lazy, supplied }
}

function single(blueprint: Blueprint, dependency: Handled): Resolution {
  return { parts: [part(blueprint, dependency)], assemble: FIRST, problems: NO_PROBLEMS, first: undefined }
}

function nothing(problems: readonly ContainerProblem[]): Resolution {
  return { parts: [part(undefined, { lazy: false })], assemble: FIRST, problems, first: undefined }
}

type Handled = Pick<Dependency, 'lazy' | 'supplied'>

const FIRST: Assembly = ([value]) => value
const NO_PROBLEMS: readonly ContainerProblem[] = []
const NO_REQUEST = { shape: 'list', atLeast: 0 } as const
