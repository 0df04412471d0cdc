import { NoApplicationError } from '../../core/applications'
import { currentContext } from '../../core/async-context'
import type { BoundaryCall } from '../boundary-call'
import { commitPhysical, rollbackFailed, runAfterHooks } from '../completion'
import { AfterCommitError, CommitOutcomeUnknownError, IncompatibleTransactionError } from '../errors'
import { abortedBefore } from '../limits'
import { PhysicalTransaction } from '../physical-transaction'
import { shouldRollback } from '../rollback-rules'
import { nextBoundary, Scope } from '../scope'
import { OriginatorTrace } from '../trace'
import type { TransactionManager } from '../transaction-manager'

/** Begins a transaction of its own and, where it may be repeated, repeats it: the call is its originator. */
export function begin(manager: TransactionManager, call: BoundaryCall, outer: Scope | undefined): Promise<unknown> {
  const { environment } = manager
  const boundary = nextBoundary()
  if (!environment.observed) return repeat(manager, call, { outer, boundary, trace: undefined })
  const trace = new OriginatorTrace(environment, call, boundary)
  return trace.over(() => repeat(manager, call, { outer, boundary, trace }))
}

interface Origin {
  readonly outer: Scope | undefined
  readonly boundary: number
  /** Where somebody listens. */
  readonly trace: OriginatorTrace | undefined
}

async function repeat(manager: TransactionManager, call: BoundaryCall, origin: Origin): Promise<unknown> {
  requireIsolation(manager, call)
  const refusal = manager.refusalOf(call) ?? abortedBefore(call.definition)
  if (refusal) throw refusal
  manager.called()
  try {
    return await repeated(manager, call, origin)
  } finally {
    manager.returned()
  }
}

async function repeated(manager: TransactionManager, call: BoundaryCall, origin: Origin): Promise<unknown> {
  const { retry, timeoutMs, signal } = call.definition
  const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
  const remainingMs = (): number | undefined => (deadline === undefined ? undefined : deadline - performance.now())
  const tooLate = (): boolean => manager.closed || (signal?.aborted ?? false) || (remainingMs() ?? 1) <= 0
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(manager, call, origin, remainingMs())
    } catch (error) {
      origin.trace?.failed(error)
      if (attempt > retry || !isTransient(manager, error) || tooLate()) throw error
      await backOff(attempt)
      if (tooLate()) throw error
    }
  }
}

async function runOnce(
  manager: TransactionManager,
  call: BoundaryCall,
  { outer, boundary, trace }: Origin,
  remainingMs: number | undefined,
): Promise<unknown> {
  const { environment, resource } = manager
  const suspended = suspendedBy(outer)
  const circumstances = { outer: suspended, remainingMs }
  const physical =
    manager.host?.open(call.definition, circumstances, outer) ??
    new PhysicalTransaction(environment, resource, call.definition, circumstances)
  const scope = new Scope('originator', call.definition, {
    physical,
    block: physical.root,
    outer,
    calledIn: currentContext(),
    boundary,
  })
  manager.started(physical)
  trace?.entered(scope, physical, suspended?.id)
  try {
    return await runBody(manager, call, scope, physical)
  } finally {
    manager.ended(physical)
    trace?.transactionEnded(scope, physical)
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
    if (call.definition.eager) await physical.control(physical.root, () => physical.begin())
    result = await manager.enter(scope, call)
  } catch (error) {
    await endFailed(manager, scope, physical, error)
    // That the application is gone says less than why this method lost its transaction.
    throw error instanceof NoApplicationError ? (physical.forcedEnd ?? error) : error
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
