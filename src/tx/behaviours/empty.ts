import { currentContext } from '../../core/async-context'
import type { BoundaryCall } from '../boundary-call'
import { needsTransaction } from '../compatibility'
import { Scope } from '../scope'
import { traced } from '../trace'
import type { TransactionManager } from '../transaction-manager'

/** Runs with no transaction; one that is active is hidden until the call returns. */
export function runEmpty(manager: TransactionManager, call: BoundaryCall, outer: Scope | undefined): unknown {
  const refusal = manager.refusalOf(call.definition) ?? needsTransaction(call.definition)
  if (refusal) return Promise.reject(refusal)
  const scope = new Scope('empty', call.definition, {
    physical: undefined,
    block: undefined,
    outer,
    calledIn: currentContext(),
  })
  const { environment } = manager
  if (!environment.observed) return manager.enter(scope, call)
  const suspended = outer?.state === 'active' ? outer.physical?.id : undefined
  return traced(environment, scope, { decision: 'no-transaction', suspended }, async () => manager.enter(scope, call))
}
