import { NoApplicationError } from '../../core/applications'
import { currentContext } from '../../core/async-context'
import { isPromiseLike } from '../../core/promise-like'
import { type BoundaryCall, toldAs } from '../boundary-call'
import { commitPhysical, rollbackFailed, runAfterHooks } from '../completion'
import { AfterCommitError, CommitOutcomeUnknownError, IncompatibleTransactionError } from '../errors'
import { abortedBefore } from '../limits'
import type { TransactionDefinition } from '../options'
import { PhysicalTransaction } from '../physical-transaction'
import { shouldRollback } from '../rollback-rules'
import { nextBoundary, Scope } from '../scope'
import { OriginatorTrace } from '../trace'
import type { TransactionManager } from '../transaction-manager'
import { goesAlone, runAlone } from './alone'

/** Begins a transaction of its own and, where it may be repeated, repeats it: the call is its originator. */
export function begin(manager: TransactionManager, call: BoundaryCall, outer: Scope | undefined): unknown {
  const { environment } = manager
  const suspended = suspendedBy(outer)
  if (suspended === undefined && goesAlone(manager, call)) return runAlone(manager, call, outer)
  const boundary = nextBoundary()
  const repeats = call.definition.retry > 0
  const trace = environment.observed ? new OriginatorTrace(environment, call, boundary) : undefined
  const origin: Origin = { outer, suspended, boundary, repeats, trace, last: undefined }
  return trace === undefined ? originate(manager, call, origin) : trace.over(() => originate(manager, call, origin))
}

interface Origin {
  readonly outer: Scope | undefined
  /** The transaction that waits meanwhile. */
  readonly suspended: PhysicalTransaction | undefined
  readonly boundary: number
  readonly repeats: boolean
  /** Where somebody listens. */
  readonly trace: OriginatorTrace | undefined
  /** The transaction of the last attempt. */
  last: PhysicalTransaction | undefined
}

function originate(manager: TransactionManager, call: BoundaryCall, origin: Origin): Promise<unknown> {
  const { definition } = call
  const refusal =
    unsupportedIsolation(manager, definition) ?? manager.refusalOf(definition) ?? abortedBefore(definition)
  if (refusal) return Promise.reject(refusal)
  return origin.repeats ? repeated(manager, call, origin) : inTransaction(manager, call, origin, definition.timeoutMs)
}

async function repeated(manager: TransactionManager, call: BoundaryCall, origin: Origin): Promise<unknown> {
  const { retry, timeoutMs, signal } = call.definition
  const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
  const remainingMs = (): number | undefined => (deadline === undefined ? undefined : deadline - performance.now())
  const tooLate = (): boolean => manager.closed || (signal?.aborted ?? false) || (remainingMs() ?? 1) <= 0
  manager.called()
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await inTransaction(manager, call, origin, remainingMs())
      } catch (error) {
        origin.trace?.failed(error)
        if (attempt > retry || !isRepeatable(manager, origin, error) || tooLate()) throw error
        await backOff(attempt)
        if (tooLate()) throw error
      }
    }
  } finally {
    manager.returned()
  }
}

/** One attempt, and most of the time the only one: in a single async frame, because each costs every call. */
async function inTransaction(
  manager: TransactionManager,
  call: BoundaryCall,
  origin: Origin,
  remainingMs: number | undefined,
): Promise<unknown> {
  const { physical, scope } = opened(manager, call.definition, origin, remainingMs)
  origin.last = physical
  try {
    let result: unknown
    try {
      if (call.definition.eager) await physical.control(physical.root, () => physical.begin())
      const work = manager.call(scope, call)
      result = isPromiseLike(work) ? await work : work
    } catch (thrown) {
      const error = toldAs(call, thrown)
      await endFailed(manager, scope, physical, error)
      // That the application is gone says less than why this method lost its transaction.
      throw error instanceof NoApplicationError ? (physical.forcedEnd ?? error) : error
    }
    const committing = commitPhysical(manager, scope, physical)
    if (committing) await committing
    return result
  } finally {
    manager.ended(physical)
    try {
      origin.trace?.transactionEnded(scope, physical)
      const hooks = runAfterHooks(manager, scope, physical)
      if (hooks) await hooks
    } finally {
      if (!origin.repeats) manager.returned()
    }
  }
}

function opened(
  manager: TransactionManager,
  definition: TransactionDefinition,
  { outer, suspended, boundary, repeats, trace }: Origin,
  remainingMs: number | undefined,
): { readonly physical: PhysicalTransaction; readonly scope: Scope } {
  const { environment, resource, host } = manager
  const circumstances = { outer: suspended, remainingMs, key: manager.key }
  const physical =
    host?.open(definition, circumstances, outer) ??
    new PhysicalTransaction(environment, resource, definition, circumstances)
  const calledIn = currentContext()
  const scope = new Scope('originator', definition, { physical, block: physical.root, outer, calledIn, boundary })
  // Nothing was begun for a call that has been refused until here.
  if (!repeats) manager.called()
  manager.started(physical)
  trace?.entered(scope, physical, suspended?.id)
  return { physical, scope }
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

function isRepeatable(manager: TransactionManager, { last }: Origin, error: unknown): boolean {
  // An error that does not roll back (`noRollbackFor`) is thrown over work that is stored: it must not be stored twice.
  if (last?.outcome !== 'rolled-back') return false
  // Whatever its cause looks like, work inside may be stored already.
  if (error instanceof CommitOutcomeUnknownError || error instanceof AfterCommitError) return false
  return manager.resource.isTransient(error) || (error instanceof Error && manager.resource.isTransient(error.cause))
}

/** Full jitter over an exponential step (AWS Architecture Blog, "Exponential Backoff And Jitter"), 5 ms to 500 ms. */
function backOff(attempt: number): Promise<void> {
  const ceiling = Math.min(500, 5 * 2 ** attempt)
  return new Promise(resolve => setTimeout(resolve, Math.random() * ceiling))
}

function unsupportedIsolation(
  { resource }: TransactionManager,
  { isolation, label }: TransactionDefinition,
): IncompatibleTransactionError | undefined {
  if (isolation === undefined || resource.isolationLevels.includes(isolation)) return undefined
  return new IncompatibleTransactionError('AMBIT_TX_UNSUPPORTED_ISOLATION', {
    what: `The data source '${resource.name}' does not offer the isolation level ${isolation}.`,
    where: label,
    next: `Use one of ${resource.isolationLevels.join(', ')}.`,
  })
}
