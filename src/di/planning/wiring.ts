import type { ComponentIndex } from './component-index'
import type { ContainerPlan } from './plan'
import type { Blueprint, Dependency, Registration } from '../registration'
import type { ResolvedDependency } from './resolve-dependency'
import { ANY, shownWanted } from '../injection/selector'

/** A registration, and what answers for each of its dependencies: the graph as it is, also where it cannot start. */
export interface Wiring {
  readonly registration: Registration
  readonly dependencies: readonly WiredDependency[]
}

/** What answers for one dependency. */
export interface WiredDependency extends Pick<Dependency, 'optional' | 'lazy' | 'site'> {
  /** The name of what was asked for: of a base class, say, with the name or qualifiers that were asked for. */
  readonly token: string
  /** What is passed; of an ambiguous one, all that fit; empty where nothing is registered. */
  readonly registrations: readonly Registration[]
  /** What is wrong with it. */
  readonly fault: WiringFault | undefined
}

/** `refused`: a list or map that cannot be made as it was asked for. */
export type WiringFault = 'missing' | 'ambiguous' | 'shorter-lived' | 'refused'

/** Everything that a plan holds, in the order of registration. */
export function wiringOf({ index, steps }: ContainerPlan): readonly Wiring[] {
  const resolved = new Map(steps.map(({ blueprint, dependencies }) => [blueprint, dependencies]))
  return index.blueprints.map(blueprint => {
    const parts = [...(resolved.get(blueprint) ?? [])]
    return {
      registration: blueprint,
      dependencies: blueprint.dependencies.map(dependency => ({
        token: shownWanted(dependency.token, dependency.choice ?? ANY),
        site: dependency.site,
        optional: dependency.optional,
        lazy: dependency.lazy,
        ...(dependency.collection ? elementsOf : answerTo)(blueprint, dependency, { parts, index }),
      })),
    }
  })
}

/** The registrations that one dependency is given. */
export function givenTo({ blueprint }: ResolvedDependency): readonly Blueprint[] {
  return blueprint === undefined ? [] : [blueprint]
}

type Answer = Pick<WiredDependency, 'registrations' | 'fault'>

interface Site {
  /** Of this dependency and those behind it; each takes its own off the front. */
  readonly parts: ResolvedDependency[]
  readonly index: ComponentIndex
}

function answerTo(requester: Blueprint, { token, choice, optional }: Dependency, { parts, index }: Site): Answer {
  const given = parts.splice(0, 1).flatMap(givenTo)
  if (given.length > 0) return { registrations: given, fault: undefined }
  const selection = index.select(token, requester, choice)
  if (selection.kind === 'ambiguous') return { registrations: selection.candidates, fault: 'ambiguous' }
  if (selection.kind === 'missing') return { registrations: [], fault: optional ? undefined : 'missing' }
  // It was found, and refused all the same.
  return { registrations: [index.target(selection.blueprint)], fault: 'shorter-lived' }
}

/** A list or map has a part for each element, or where it is refused a single one that is nothing. */
function elementsOf(requester: Blueprint, dependency: Dependency, { parts, index }: Site): Answer {
  const registrations = index.targets(dependency, requester)
  const refused = registrations.length < (dependency.collection?.atLeast ?? 0) || isNothing(registrations, parts)
  parts.splice(0, refused ? 1 : registrations.length)
  return { registrations, fault: refused ? 'refused' : undefined }
}

function isNothing(registrations: readonly Blueprint[], [first]: readonly ResolvedDependency[]): boolean {
  return registrations.length > 0 && first?.blueprint === undefined
}
