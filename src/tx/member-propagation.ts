import type { Class } from '../core/metadata'
import { boundaryDefinition, isBoundary } from './boundary-method'
import { declarationOf, memberDeclarationOf } from './declaration'
import type { Propagation } from './propagation'

/**
 * The propagation that a method of a class really runs with: its own, inherited, or its class's; `undefined` for one that
 * is no declared boundary. A class's `@Transactional` counts only where it has wrapped the method.
 */
export function memberPropagation(target: Class, member: PropertyKey): Propagation | undefined {
  const method = (target.prototype as Readonly<Record<PropertyKey, unknown>>)[member]
  const wrapped = boundaryDefinition(method)
  if (wrapped !== undefined) return wrapped.propagation
  // Unknown to us is also what a decorator of another library has put around the boundary.
  const declared = isBoundary(method) ? declarationOf(target, member) : memberDeclarationOf(target, member)
  return declared === undefined || declared === 'excluded' ? undefined : (declared.propagation ?? 'REQUIRED')
}
