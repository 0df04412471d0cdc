import type { Block } from '../block'
import type { PhysicalTransaction } from '../physical-transaction'
import type { Scope } from '../scope'

/** The parts of a scope that the matrix has found active. */
export interface ActiveScope {
  readonly scope: Scope
  readonly physical: PhysicalTransaction
  readonly block: Block
}

export function requireActive(scope: Scope | undefined): ActiveScope {
  if (scope?.physical === undefined || scope.block === undefined) throw new TypeError('the scope is not active')
  return { scope, physical: scope.physical, block: scope.block }
}
