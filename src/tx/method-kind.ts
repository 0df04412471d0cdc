import { emittedReturnType } from '../core/metadata'
import { unwrapMethod } from '../core/wrap-method'
import { isLoweredAsync } from './lowered-async'

const AsyncFunction = (async () => {
  // only its kind is of interest
}).constructor
const AsyncGeneratorFunction = async function* () {
  // only its kind is of interest
}.constructor

/** Whether a method is known to return a promise: declared `async`, for whatever target, or its emitted return type says so. */
export function provablyAsync(prototype: object, member: PropertyKey, method: object): boolean {
  const inner = unwrapMethod(method)
  if (inner instanceof AsyncFunction || inner instanceof AsyncGeneratorFunction) return true
  return emittedReturnType(prototype, member as string) === Promise || isLoweredAsync(inner)
}

/** Whether a method is known not to return one: its emitted return type is something else, and it is not `async`. */
export function provablySync(prototype: object, member: PropertyKey, method: object): boolean {
  if (provablyAsync(prototype, member, method)) return false
  const emitted = emittedReturnType(prototype, member as string)
  return emitted === String || emitted === Number || emitted === Boolean || emitted === Array || emitted === Date
}
