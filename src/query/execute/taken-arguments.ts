import { type ParameterRole, type ParameterUse, parametersOf } from '../ast/conditions'
import { propertyCatalogue, resolveProperty } from '../compile/entity-properties'
import type { EntitySelection } from '../compile/entity-builder'
import type { ArgumentPlan } from './argument-binder'
import type { TakenArguments } from './method-form'

/** What the calls of a query give it; `selection` tells what each value is compared with. */
export function takenArguments(plan: ArgumentPlan, selection?: EntitySelection): TakenArguments {
  const { request, args, parameters } = plan
  const places =
    args ?? (typeof parameters === 'number' ? numbers(parameters) : parameters.length === 1 ? parameters : undefined)
  // Without a place of their own, several parameters come in one object.
  const count = places?.length ?? Math.min(1, typeof parameters === 'number' ? parameters : parameters.length)
  const uses = selection?.predicate ? parametersOf(selection.predicate) : []
  return {
    count: count + Number(request !== undefined),
    request,
    roles: (places ?? []).map(place => uses.flatMap(use => (placeOf(use) === place ? roleOf(use, selection) : []))[0]),
  }
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function placeOf({ parameter }: ParameterUse): string | number {
  return parameter.kind === 'parameter' ? parameter.name : parameter.index
}

/** Only a column that certainly holds no list tells. */
function roleOf({ role, condition }: ParameterUse, selection: EntitySelection | undefined): ParameterRole | [] {
  if (role !== 'value') return role
  if (selection === undefined) return []
  const column = resolveProperty(selection.metadata, condition.path)?.column
  const { type = 'other' } = propertyCatalogue(selection.metadata).resolve(condition.path) ?? {}
  return column?.transformer === undefined && type !== 'other' ? role : []
}
