import type { Scope } from './scope'
import { late } from './late'

/**
 * The scope where hooks can still be added to its transaction; `undefined` where there is none.
 *
 * @throws TransactionEndedError `AMBIT_TX_ENDED` where the transaction is over: late work
 */
export function openScope(scope: Scope | undefined): Scope | undefined {
  if (scope?.physical === undefined) return undefined
  if (scope.state === 'ended') throw late(scope, scope.physical.environment, 'hook')
  return scope
}
