import { isConstructor } from '../di/token'
import type { InterceptorClass, InterceptorSource } from './interception'

/** The class that a source answers; `undefined` where it answers none. Asked late: its file may not be loaded yet. */
export function readSource(source: InterceptorSource): InterceptorClass | undefined {
  const type: unknown = isConstructor(source) ? source : (source as () => unknown)()
  return isConstructor(type) ? (type as InterceptorClass) : undefined // what else it must have, start-up checks
}
