import { currentContext } from '../../core/async-context'
import { isPromiseLike } from '../../core/promise-like'
import type { BoundaryCall } from '../boundary-call'
import { incompatibility } from '../compatibility'
import { watchLimits } from '../limits'
import { shouldRollback } from '../rollback-rules'
import { Scope } from '../scope'
import { refused, traced } from '../trace'
import type { TransactionManager } from '../transaction-manager'
import { type ActiveScope, requireActive } from './require-active'

/**
 * Runs in the transaction that is active: no statement, no extra async frame.
 * A failure dooms the block it ran in, by the participant's own rules.
 */
export function join(manager: TransactionManager, call: BoundaryCall, current: Scope | undefined): unknown {
  const active = requireActive(current)
  const { scope: outer, physical, block } = active
  const refusal = incompatibility(call.definition, physical)
  if (refusal) return Promise.reject(refused(manager.environment, call, refusal))
  const scope = new Scope('participant', call.definition, { physical, block, outer, calledIn: currentContext() })
  const run = (): unknown => (asksForMore(scope) ? limited(manager, scope, call, active) : joined(manager, scope, call))
  if (!manager.environment.observed) return run()
  return traced(manager.environment, scope, { decision: 'joined', suspended: undefined }, async () => run())
}

function joined(manager: TransactionManager, scope: Scope, call: BoundaryCall): unknown {
  let result: unknown
  try {
    result = manager.enter(scope, call)
  } catch (error) {
    failed(scope, error)
    throw error
  }
  // The caller gets the watching promise, not the watched one: a failure that nobody awaits must stay an unhandled rejection.
  if (result instanceof Promise) {
    return result.then(undefined, (error: unknown) => {
      failed(scope, error)
      throw error
    })
  }
  // Another library's promise may run its work each time it is asked, so it is asked once.
  return isPromiseLike(result) ? watched(scope, result) : result
}

async function watched(scope: Scope, result: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await result
  } catch (error) {
    failed(scope, error)
    throw error
  }
}

function asksForMore({ definition: { timeoutMs, signal, eager } }: Scope): boolean {
  return timeoutMs !== undefined || signal !== undefined || eager
}

/** A participant with a deadline or signal of its own, or one that asks for BEGIN now. */
async function limited(
  manager: TransactionManager,
  scope: Scope,
  call: BoundaryCall,
  { physical, block }: ActiveScope,
): Promise<unknown> {
  if (scope.definition.eager && !physical.resource.begun)
    await physical.run(scope, block, () => physical.answered('begin', () => physical.resource.begin()))
  const limits = watchLimits(scope)
  try {
    const result = await manager.enter(scope, call)
    limits.check()
    if (scope.deadlineError) throw scope.deadlineError
    return result
  } catch (error) {
    failed(scope, error)
    throw error
  } finally {
    limits.end()
  }
}

function failed(scope: Scope, error: unknown): void {
  const { definition, block } = scope
  if (definition.implicit && !scope.wrote && !scope.refused) return
  if (shouldRollback(definition.rules, error)) block?.doomWith({ label: scope.label, error })
}
