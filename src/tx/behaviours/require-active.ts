import { currentContext } from '../../core/async-context'
import type { Block } from '../block'
import type { PhysicalTransaction } from '../physical-transaction'
import type { Scope, ScopePlace } from '../scope'

/** The place of a boundary that is called directly inside a scope which the matrix has found active. */
export interface ActivePlace extends ScopePlace {
  readonly physical: PhysicalTransaction
  readonly block: Block
  readonly outer: Scope
}

export function requireActive(scope: Scope | undefined): ActivePlace {
  if (scope?.physical === undefined || scope.block === undefined) throw new TypeError('the scope is not active')
  return { physical: scope.physical, block: scope.block, outer: scope, calledIn: currentContext() }
}
