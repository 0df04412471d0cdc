import { isPromiseLike } from '../../core/promise-like'
import type { BoundaryCall } from '../boundary-call'
import { incompatibility } from '../compatibility'
import { abortedBefore, Limits } from '../limits'
import { shouldRollback } from '../rollback-rules'
import type { TransactionDefinition } from '../options'
import { Scope } from '../scope'
import { refused, traced } from '../trace'
import type { TransactionManager } from '../transaction-manager'
import { requireActive } from './require-active'

/**
 * Runs in the transaction that is active: no statement, no extra async frame.
 * A failure dooms the block it ran in, by the participant's own rules.
 */
export function join(manager: TransactionManager, call: BoundaryCall, current: Scope | undefined): unknown {
  const { definition } = call
  const active = requireActive(current)
  const refusal = abortedBefore(definition) ?? incompatibility(definition, active.physical)
  if (refusal) return Promise.reject(refused(manager.environment, call, refusal))
  if (definition.isolation !== undefined) active.physical.resource.keepIsolation?.(definition.isolation)
  const scope = new Scope('participant', definition, active)
  const run = asksForMore(definition) ? limited : joined
  if (!manager.environment.observed) return run(manager, scope, call)
  return traced(manager.environment, scope, { decision: 'joined', suspended: undefined }, async () =>
    run(manager, scope, call),
  )
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

function asksForMore({ timeoutMs, signal, eager }: TransactionDefinition): boolean {
  return timeoutMs !== undefined || signal !== undefined || eager
}

/** A participant with a deadline or signal of its own, or one that asks for BEGIN now. */
async function limited(manager: TransactionManager, scope: Scope, call: BoundaryCall): Promise<unknown> {
  const { physical, block } = requireActive(scope)
  if (scope.definition.eager && !physical.begun) await physical.run(scope, block, () => physical.begin())
  const limits = Limits.of(scope.definition, reason => scope.expire(reason))
  try {
    const result = await manager.enter(scope, call)
    limits?.check()
    if (scope.deadlineError) throw scope.deadlineError
    return result
  } catch (error) {
    failed(scope, error)
    throw error
  } finally {
    limits?.end()
  }
}

function failed(scope: Scope, error: unknown): void {
  const { definition, block } = scope
  if (definition.implicit && !scope.wrote && !scope.refused) return
  if (shouldRollback(definition.rules, error)) block?.doomWith({ label: scope.label, error })
}
