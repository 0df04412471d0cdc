import type { Class } from '../core/metadata'
import type { Method } from '../core/wrap-method'
import { isBoundary } from './boundary-method'
import { declarationOf } from './declaration'
import { provablyAsync } from './method-kind'

/** Members that a class-level boundary left as they are because nothing proves them asynchronous. */
export interface WrapReport {
  readonly wrapped: readonly string[]
  readonly skipped: readonly string[]
}

/**
 * Wraps the asynchronous public methods of a class, own and inherited, on the class's own prototype: its bases, and
 * other classes that share them, stay as they are. Members starting with `_`, accessors and statics are left alone,
 * and so is every member with a declaration of its own.
 */
export function wrapClassMethods(target: Class, wrap: (method: Method, member: string) => Method): WrapReport {
  const wrapped: string[] = []
  const skipped: string[] = []
  const prototype = target.prototype as object
  for (const [member, { owner, descriptor }] of publicMethods(prototype)) {
    const method = descriptor.value as Method
    if (isBoundary(method) || declarationOf(target, member) === 'excluded') continue
    if (!provablyAsync(owner, member, method)) {
      skipped.push(member)
      continue
    }
    const value = wrap(method, member)
    Object.defineProperty(prototype, member, { ...descriptor, value, configurable: true, writable: true })
    wrapped.push(member)
  }
  return { wrapped, skipped }
}

interface Definition {
  /** The prototype that defines it: decorators of other libraries left their metadata there. */
  readonly owner: object
  readonly descriptor: PropertyDescriptor
}

/** The nearest definition of each public method, from the class up to (not including) Object. */
function publicMethods(prototype: object): Map<string, Definition> {
  const found = new Map<string, Definition>()
  for (let level: object | null = prototype; level !== null && level !== Object.prototype;) {
    for (const [member, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (member === 'constructor' || member.startsWith('_') || found.has(member)) continue
      found.set(member, { owner: level, descriptor })
    }
    level = Object.getPrototypeOf(level) as object | null
  }
  for (const [member, { descriptor }] of found) if (typeof descriptor.value !== 'function') found.delete(member)
  return found
}
