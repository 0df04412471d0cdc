import type { Class } from '../core/metadata'
import { declaredInterceptions, layersAt, layersOf, type MethodLayers } from '../core/method-layers'
import { returnsOf } from './intercepted-method'
import { declaredInterception, type Interception, interceptionOf, type InterceptorClass } from './interception'

/** An intercepted method of a class, own or inherited. */
export interface MethodUse {
  readonly label: string
  readonly interception: Interception
  /** `undefined` in a list where a source answers no class. */
  readonly types: readonly (InterceptorClass | undefined)[]
  /** `undefined` where what was declared has found no method. */
  readonly layers: MethodLayers | undefined
}

/** The intercepted methods of a class's objects, and its static ones, in their present form: the nearest definition counts. */
export function methodUses(target: Class): readonly MethodUse[] {
  return [...membersFrom(target.prototype as object), ...membersFrom(target)]
}

function membersFrom(start: object): readonly MethodUse[] {
  const found = new Map<PropertyKey, MethodUse | undefined>()
  for (let level: object | null = start; level !== null; level = Object.getPrototypeOf(level) as object | null) {
    for (const member of [...Reflect.ownKeys(level), ...declaredInterceptions(level).keys()]) {
      if (!found.has(member)) found.set(member, useOf(level, member))
    }
  }
  return [...found.values()].filter(use => use !== undefined)
}

function useOf(level: object, member: PropertyKey): MethodUse | undefined {
  const method: unknown = Object.getOwnPropertyDescriptor(level, member)?.value
  const interception = interceptionOf(method) ?? declaredInterception(level, member)
  if (interception === undefined) return undefined
  // A decorator of another library may have put a function of its own around ours.
  const layers = typeof method === 'function' ? (layersOf(method) ?? layersAt({ owner: level, member })) : undefined
  const types = layers ? interception.typesFor(returnsOf(interception, layers)) : interception.types
  return { label: interception.site.label, interception, types, layers }
}
