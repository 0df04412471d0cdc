import { ComponentIndex } from './component-index'
import { buildGraph } from './graph'
import { applyOverrides, insistedOn, type Override } from './overrides'
import type { ContainerPlan } from './plan'
import type { Blueprint } from '../registration'
import type { ScopeOrder } from '../scope'
import { givenTo } from './wiring'

/**
 * The plan of a container inside another one, in which some components are replaced: whatever reaches a replaced one,
 * through others or through a handle, is to be built anew and has a blueprint of its own here; the blueprints of all else
 * are the outer plan's, and so are its instances. `self` stands for the nested container in place of the outer one, so that
 * who takes the container gets the nested one.
 */
export function planNested(outer: ContainerPlan, overrides: readonly Override[], self: Blueprint): ContainerPlan {
  const { blueprints } = outer.index
  const same = blueprints.map(blueprint => (blueprint.token === self.token ? self : blueprint))
  const insisted = new Set(insistedOn(overrides, same, outer.leftOut))
  const inside = [...same, ...insisted]
  const leftOut = outer.leftOut.filter(({ blueprint }) => !insisted.has(blueprint))
  const overridden = applyOverrides(new ComponentIndex(inside, leftOut), overrides)
  const replaced = new Set(overridden.blueprints.filter((blueprint, at) => blueprint !== blueprints[at]))
  const anew = reaching(replaced, new ComponentIndex(overridden.blueprints, leftOut), outer.scopes)
  const index = new ComponentIndex(
    overridden.blueprints.map(each => (anew.has(each) ? Object.freeze({ ...each }) : each)),
    leftOut,
  )
  const { steps, problems } = buildGraph(index, outer.scopes)
  return { ...outer, index, leftOut, steps, problems: Object.freeze([...overridden.problems, ...problems]) }
}

/** What needs one of these, directly or not. The replaced ones themselves have blueprints of their own already. */
function reaching(replaced: ReadonlySet<Blueprint>, index: ComponentIndex, scopes: ScopeOrder): ReadonlySet<Blueprint> {
  const dependents = new Map<Blueprint, Blueprint[]>()
  for (const { blueprint, dependencies } of buildGraph(index, scopes).steps) {
    for (const needed of dependencies.flatMap(givenTo)) {
      dependents.set(needed, [...(dependents.get(needed) ?? []), blueprint])
    }
  }
  const found = new Set(replaced)
  // A Set takes in what is added while it is walked.
  for (const blueprint of found) for (const dependent of dependents.get(blueprint) ?? []) found.add(dependent)
  for (const blueprint of replaced) found.delete(blueprint)
  return found
}
