import { isBoundary } from './boundary-method'
import type { Class } from '../core/metadata'
import { provablyAsync } from '../core/method-kind'
import { publicMethods } from '../core/public-methods'
import type { Method } from '../core/wrap-method'
import { memberDeclarationOf } from './declaration'

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
    // One with a declaration of its own may have its boundary further in, below a function of another library.
    if (isBoundary(method) || memberDeclarationOf(target, member) !== undefined) continue
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
