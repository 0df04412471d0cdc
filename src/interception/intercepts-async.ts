import type { Class } from '../core/metadata'
import { provablyAsync } from '../core/method-kind'

/** Whether the interceptors of a class are known to return promises. */
export function interceptsAsync(type: Class | undefined): boolean {
  const prototype = (type?.prototype ?? {}) as { readonly intercept?: unknown }
  return typeof prototype.intercept === 'function' && provablyAsync(prototype, 'intercept', prototype.intercept)
}
