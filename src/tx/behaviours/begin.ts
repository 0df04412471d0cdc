import { currentContext } from '../../core/async-context'
import type { BoundaryCall } from '../boundary-call'
import { commitPhysical, rollbackFailed, runAfterHooks } from '../completion'
import { AfterCommitError, CommitOutcomeUnknownError, IncompatibleTransactionError } from '../errors'
import { PhysicalTransaction } from '../physical-transaction'
import { shouldRollback } from '../rollback-rules'
import { Scope } from '../scope'
import { traced } from '../trace'
import type { TransactionManager } from '../transaction-manager'

/** Begins a transaction of its own and, where it may be repeated, repeats it: the call is its originator. */
export async function begin(
  manager: TransactionManager,
  call: BoundaryCall,
  outer: Scope | undefined,
): Promise<unknown> {
  requireIsolation(manager, call)
  const { retry, timeoutMs, signal } = call.definition
  const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
  const remainingMs = (): number | undefined => (deadline === undefined ? undefined : deadline - performance.now())
  const tooLate = (): boolean => (signal?.aborted ?? false) || (remainingMs() ?? 1) <= 0
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(manager, call, outer, remainingMs())
    } catch (error) {
      if (attempt > retry || !isTransient(manager, error) || tooLate()) throw error
      await backOff(attempt)
      if (tooLate()) throw error
    }
  }
}

async function runOnce(
  manager: TransactionManager,
  call: BoundaryCall,
  outer: Scope | undefined,
  remainingMs: number | undefined,
): Promise<unknown> {
  const { environment, resource } = manager
  const suspended = suspendedBy(outer)
  const physical = new PhysicalTransaction(environment, resource, call.definition, { outer: suspended, remainingMs })
  const scope = new Scope('originator', call.definition, {
    physical,
    block: physical.root,
    outer,
    calledIn: currentContext(),
  })
  manager.started(physical)
  try {
    return await traced(environment, scope, { decision: 'began', suspended: suspended?.id }, () =>
      runBody(manager, call, scope, physical),
    )
  } finally {
    manager.ended(physical)
    environment.emit(() => ({
      kind: 'end',
      transaction: physical.id,
      boundary: scope.boundary,
      outcome: physical.outcome ?? 'unknown',
    }))
    await runAfterHooks(manager, scope, physical)
  }
}

async function runBody(
  manager: TransactionManager,
  call: BoundaryCall,
  scope: Scope,
  physical: PhysicalTransaction,
): Promise<unknown> {
  let result: unknown
  try {
    if (call.definition.eager) await physical.control(physical.root, () => physical.resource.begin())
    result = await manager.enter(scope, call)
  } catch (error) {
    await endFailed(manager, scope, physical, error)
    throw error
  }
  await commitPhysical(manager, scope, physical)
  return result
}

async function endFailed(
  manager: TransactionManager,
  scope: Scope,
  physical: PhysicalTransaction,
  error: unknown,
): Promise<void> {
  if (shouldRollback(scope.definition.rules, error)) await rollbackFailed(physical, error)
  else await commitPhysical(manager, scope, physical)
}

/** The transaction that waits while this one runs: also one hidden behind a frame without a transaction. */
function suspendedBy(outer: Scope | undefined): PhysicalTransaction | undefined {
  for (let scope = outer; scope; scope = scope.outer) {
    if (scope.physical && !scope.physical.ended) return scope.physical
  }
  return undefined
}

function isTransient(manager: TransactionManager, error: unknown): boolean {
  // Whatever its cause looks like, the work may be stored already.
  if (error instanceof CommitOutcomeUnknownError || error instanceof AfterCommitError) return false
  return manager.resource.isTransient(error) || (error instanceof Error && manager.resource.isTransient(error.cause))
}

/** Full jitter over an exponential step (AWS Architecture Blog, "Exponential Backoff And Jitter"), 5 ms to 500 ms. */
function backOff(attempt: number): Promise<void> {
  const ceiling = Math.min(500, 5 * 2 ** attempt)
  return new Promise(resolve => setTimeout(resolve, Math.random() * ceiling))
}

function requireIsolation({ resource }: TransactionManager, { definition }: BoundaryCall): void {
  const { isolation, label } = definition
  if (isolation === undefined || resource.isolationLevels.includes(isolation)) return
  throw new IncompatibleTransactionError('AMBIT_TX_UNSUPPORTED_ISOLATION', {
    what: `The data source '${resource.name}' does not offer the isolation level ${isolation}.`,
    where: label,
    next: `Use one of ${resource.isolationLevels.join(', ')}.`,
  })
}
