import type { Class } from '../core/metadata'
import type { Registration } from './registration'
import { isConstructor } from './token'

/**
 * The class whose declarations (listeners, interceptors) a registration has. A replacement that is no subclass (an object of
 * a test) stands in for the class that it replaces, with those of its methods that it has.
 */
export function registeredClass({ kind, token, implementation, overridden }: Registration): Class | undefined {
  if (kind === 'alias') return undefined // what it stands for has a registration of its own
  if (!isConstructor(token)) return implementation
  if (implementation === undefined || (overridden && !extendsClass(implementation, token))) return token
  return implementation
}

function extendsClass(target: Class, base: Class): boolean {
  return Object.prototype.isPrototypeOf.call(base, target)
}
