import { type BoundaryCall, toldAs } from '../boundary-call'
import { demandedIsolation, incompatibility } from '../compatibility'
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
  const scope = new Scope('participant', definition, active)
  if (asksForNothing(definition) && !manager.environment.observed) return joined(manager, scope, call)
  const refusal = abortedBefore(definition) ?? incompatibility(definition, active.physical)
  if (refusal) return Promise.reject(refused(manager.environment, call, refusal))
  const isolation = demandedIsolation(definition)
  if (isolation !== undefined) active.physical.resource.keepIsolation?.(isolation)
  const run = isLimited(definition) ? limited : joined
  return traced(manager.environment, scope, { decision: 'joined', suspended: undefined }, async () =>
    run(manager, scope, call),
  )
}

/** What most participants are: nothing they ask for could be refused, or has to be watched. */
function asksForNothing(definition: TransactionDefinition): boolean {
  return demandedIsolation(definition) === undefined && definition.readOnly !== false && !isLimited(definition)
}

function joined(manager: TransactionManager, scope: Scope, call: BoundaryCall): unknown {
  const fail = (thrown: unknown): never => {
    const error = toldAs(call, thrown)
    failed(manager, scope, error)
    throw error
  }
  let result: unknown
  try {
    result = manager.call(scope, call)
  } catch (error) {
    return fail(error)
  }
  // The caller gets the watching promise, not the watched one: a failure that nobody awaits must stay an unhandled rejection.
  return result instanceof Promise ? result.then(undefined, fail) : result
}

function isLimited({ timeoutMs, signal, eager }: TransactionDefinition): boolean {
  return timeoutMs !== undefined || signal !== undefined || eager
}

/** A participant with a deadline or signal of its own, or one that asks for BEGIN now. */
async function limited(manager: TransactionManager, scope: Scope, call: BoundaryCall): Promise<unknown> {
  const { physical, block } = requireActive(scope)
  if (scope.definition.eager && !physical.begun) await physical.run(scope, block, 'BEGIN', () => physical.begin())
  const limits = Limits.of(scope.definition, reason => scope.expire(reason))
  try {
    const result = await manager.enter(scope, call)
    limits?.check()
    if (scope.deadlineError) throw scope.deadlineError
    return result
  } catch (error) {
    failed(manager, scope, error)
    throw error
  } finally {
    limits?.end()
  }
}

function failed({ resource }: TransactionManager, scope: Scope, error: unknown): void {
  const { definition, block, physical } = scope
  if (definition.implicit && !scope.wrote && !scope.refused) return
  if (!shouldRollback(definition.rules, error)) return
  // Behind a swallowed refusal a statement may have failed for that alone: it is the first failure that the caller must hear of.
  const first = resource.isAftermath?.(error) === true ? physical?.firstRefusal : undefined
  block?.doomWith(first ?? { label: scope.label, error })
}
