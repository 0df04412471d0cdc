import { isLoweredAsync } from './lowered-async'
import { emittedReturnType } from './metadata'
import { layersOf } from './method-layers'
import { unwrapMethod } from './wrap-method'

const AsyncFunction = (async () => {
  // only its kind is of interest
}).constructor
const AsyncGeneratorFunction = async function* () {
  // only its kind is of interest
}.constructor
const GeneratorFunction = function* () {
  // only its kind is of interest
}.constructor

/** Whether a method is known to return a promise: declared `async`, for whatever target, or its emitted return type says so. */
export function provablyAsync(prototype: object, member: PropertyKey, method: object): boolean {
  const inner = unwrapMethod(method)
  if (inner instanceof AsyncFunction || inner instanceof AsyncGeneratorFunction) return true
  return returnTypeOf(prototype, member, method) === Promise || isLoweredAsync(inner)
}

/** Whether a method is known not to return one: its emitted return type is something else, and it is not `async`. */
export function provablySync(prototype: object, member: PropertyKey, method: object): boolean {
  if (provablyAsync(prototype, member, method)) return false
  const emitted = returnTypeOf(prototype, member, method)
  return emitted === String || emitted === Number || emitted === Boolean || emitted === Array || emitted === Date
}

/** What a method returns, as far as its text and its emitted return type tell. */
export type ReturnKind = 'promise' | 'iterator' | 'value' | 'unknown'

export function returnKind(prototype: object, member: PropertyKey, method: object): ReturnKind {
  const inner = unwrapMethod(method)
  if (inner instanceof AsyncGeneratorFunction || inner instanceof GeneratorFunction) return 'iterator'
  if (provablyAsync(prototype, member, method)) return 'promise'
  return isPlainClass(returnTypeOf(prototype, member, method)) ? 'value' : 'unknown'
}

/** A class whose objects are no promises. `Object` stands for every type that has no class at run time. */
function isPlainClass(type: unknown): boolean {
  if (typeof type !== 'function' || type === Object) return false
  const { prototype } = type as { readonly prototype?: unknown }
  return typeof prototype !== 'object' || prototype === null || !('then' in prototype)
}

/** A class that puts a layer around an inherited method has no return type of it. */
function returnTypeOf(prototype: object, member: PropertyKey, method: object): unknown {
  return emittedReturnType(layersOf(method)?.owner ?? prototype, member as string)
}
