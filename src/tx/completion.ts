import { runInApplication } from '../core/applications'
import { runInContext } from '../core/async-context'
import type { Prompt } from '../core/prompt'
import type { Method } from '../core/wrap-method'
import type { Block, Doom } from './block'
import { AfterCommitError, CommitOutcomeUnknownError, TransactionHookError, UnexpectedRollbackError } from './errors'
import type { Environment } from './environment'
import { type Hook, hooksAfter, type TransactionOutcome } from './hooks'
import type { PhysicalTransaction } from './physical-transaction'
import { runFinishing } from './closing'
import { Scope } from './scope'
import { tracedHook } from './trace'
import type { TransactionManager } from './transaction-manager'
import type { CommitOutcome } from './transactional-resource'

const MAX_HOOKS = 100

/** The end of a transaction that came within one tick. */
const OVER = Promise.resolve()

/**
 * Ends a physical transaction that wants to commit: drain → beforeCommit → close → drain → COMMIT, its answer read.
 * Throws where it did not commit, unless its owner had asked for the rollback.
 */
export function commitPhysical(manager: TransactionManager, scope: Scope, physical: PhysicalTransaction): Prompt<void> {
  const { root } = physical
  // One that is doomed already has nothing to wait for, nor has one whose COMMIT has travelled with its work.
  if (root.doomed || physical.resource.settled) return closeAndCommit(scope, physical)
  const wait = physical.take(root, `the end of ${scope.label}`)
  if (wait !== undefined || hasBeforeCommit(root)) return commitLater(manager, scope, physical, wait)
  return closeAndCommit(scope, physical)
}

async function commitLater(
  manager: TransactionManager,
  scope: Scope,
  physical: PhysicalTransaction,
  wait: Promise<void> | undefined,
): Promise<void> {
  try {
    await wait
    if (!physical.root.doomed) await runBeforeCommit(manager, scope, physical)
  } catch (error) {
    await rollbackPhysical(physical)
    throw error
  }
  await closeAndCommit(scope, physical)
}

function closeAndCommit(scope: Scope, physical: PhysicalTransaction): Prompt<void> {
  const { root } = physical
  root.close(refusal => {
    physical.environment.report(refusal)
  })
  const { settled } = physical.resource
  if (settled) return concludeSettled(scope, physical, settled)
  const veto = physical.stopReason
  if (root.rollbackOnly || root.doom || veto !== undefined) return rollbackInstead(scope, physical, veto)
  return sendCommit(scope, physical)
}

/** A close at its deadline may be ending it, and have found out the same. */
function concludeSettled(scope: Scope, physical: PhysicalTransaction, settled: CommitOutcome): Prompt<void> {
  if (physical.ending === undefined) return sendCommit(scope, physical)
  return physical.ending.then(() => conclude(scope, physical, settled))
}

async function rollbackInstead(scope: Scope, physical: PhysicalTransaction, veto: Error | undefined): Promise<void> {
  await rollbackPhysical(physical)
  if (veto !== undefined) throw veto
  if (physical.root.doom) throw unexpectedRollback(scope.label, physical.root)
}

/** Ends a physical transaction that failed: close → drain → ROLLBACK. Never throws: the caller has the error to throw. */
export function rollbackPhysical(physical: PhysicalTransaction): Promise<void> {
  // A COMMIT that is under way tells its own caller when it fails.
  return (physical.ending ??= sendRollback(physical)).catch(() => undefined)
}

/**
 * Ends a transaction whose work failed. Throws only where that is not all there is to tell: a COMMIT that travelled with
 * the statement may have been done, or may have been.
 */
export async function rollbackFailed(physical: PhysicalTransaction, error: unknown): Promise<void> {
  await rollbackPhysical(physical)
  const { outcome, definition } = physical
  if (physical.resource.settled === undefined || outcome === 'rolled-back') return
  // Nothing can have been stored, and so nothing is to be told of it.
  if (outcome === 'committed' && physical.readOnly) return
  if (outcome === 'unknown')
    throw error instanceof CommitOutcomeUnknownError ? error : unknownOutcome(definition.label, error)
  throw new AfterCommitError(definition.label, 'COMMIT', 'committed', error)
}

async function sendRollback(physical: PhysicalTransaction): Promise<void> {
  physical.root.close()
  await physical.settleRunning()
  if (physical.resource.settled) {
    finish(physical, (await Promise.resolve(answerToCommit(physical)).catch(broken)).kind)
    return
  }
  try {
    if (physical.begun) await physical.rollback()
  } catch (error) {
    // The resource destroys a connection that it cannot roll back, so the outcome is certain all the same.
    physical.environment.report(failedRollback(physical, error))
  }
  finish(physical, 'rolled-back')
}

function sendCommit(scope: Scope, physical: PhysicalTransaction): Prompt<void> {
  if (!physical.begun) {
    finish(physical, 'committed')
    return undefined
  }
  const answer = answerToCommit(physical)
  if (!(answer instanceof Promise)) {
    physical.ending = OVER
    conclude(scope, physical, answer)
    return undefined
  }
  const concluded = answer.then(
    outcome => conclude(scope, physical, outcome),
    (cause: unknown) => conclude(scope, physical, broken(cause)),
  )
  physical.ending = concluded
  return concluded
}

function conclude(scope: Scope, physical: PhysicalTransaction, outcome: CommitOutcome): void {
  finish(physical, outcome.kind)
  if (outcome.kind === 'unknown') throw unknownOutcome(scope.label, outcome.cause)
  if (outcome.kind === 'rolled-back') throw refusedCommit(scope.label, physical, outcome.cause)
}

/** A resource that breaks while it commits leaves the outcome open: so does a promise of this that is rejected. */
function answerToCommit(physical: PhysicalTransaction): Prompt<CommitOutcome> {
  try {
    return physical.commit()
  } catch (cause) {
    return broken(cause)
  }
}

function broken(cause: unknown): CommitOutcome {
  return { kind: 'unknown', cause }
}

function finish(physical: PhysicalTransaction, outcome: TransactionOutcome): void {
  physical.end()
  physical.outcome = outcome
  if (outcome === 'rolled-back') physical.root.undone(failure => physical.environment.report(failure))
  else physical.root.forgetUndos()
}

async function runBeforeCommit(
  manager: TransactionManager,
  scope: Scope,
  physical: PhysicalTransaction,
): Promise<void> {
  const { root } = physical
  if (!hasBeforeCommit(root)) return
  const block = root.child(scope.label, undefined)
  const { boundary, calledIn } = scope
  const frame = new Scope('participant', scope.definition, { physical, block, outer: scope, calledIn, boundary })
  try {
    let ran = 0
    for (let hook = nextBeforeCommit(root, block); hook && !block.doomed; hook = nextBeforeCommit(root, block)) {
      if ((ran += 1) > MAX_HOOKS) throw tooManyHooks(scope.label)
      const body = { fn: hook.run as Method, self: undefined, args: ['committed'] }
      const run = (): unknown => runInContext(scope.calledIn, () => manager.enter(frame, body))
      root.turn.useFor(`the beforeCommit hook of ${hook.label}`)
      await bounded(physical, hook, run)
    }
    await physical.take(block, `the end of ${scope.label}`)
  } finally {
    block.dissolve()
  }
}

function hasBeforeCommit({ hooks }: Block): boolean {
  return hooks.length > 0 && hooks.some(({ phase }) => phase === 'beforeCommit')
}

/** Takes the next beforeCommit hook out of the list; hooks that hooks registered follow in order. */
function nextBeforeCommit(root: Block, block: Block): Hook | undefined {
  root.take(block.drainHooks())
  const index = root.hooks.findIndex(hook => hook.phase === 'beforeCommit')
  return index < 0 ? undefined : root.hooks.splice(index, 1)[0]
}

/** Runs the hooks after the end, in the caller's own context. Their errors go to the error listener. */
export function runAfterHooks(manager: TransactionManager, scope: Scope, physical: PhysicalTransaction): Prompt<void> {
  return physical.root.hooks.length === 0 ? undefined : afterHooks(manager, scope, physical)
}

async function afterHooks(manager: TransactionManager, scope: Scope, physical: PhysicalTransaction): Promise<void> {
  const { root, outcome = 'unknown', environment } = physical
  const hooks = hooksAfter(root.drainHooks(), outcome)
  const inApplication = (run: () => unknown): unknown =>
    runInApplication(manager.application, () => runFinishing(manager, run))
  for (const [hook, seen] of hooks) {
    const run = (): unknown => runInContext(scope.calledIn, () => inApplication(() => hook.run(seen)))
    try {
      await bounded(physical, hook, run)
    } catch (error) {
      environment.report(new AfterCommitError(hook.label, hook.phase, outcome, error))
    }
  }
}

function bounded(physical: PhysicalTransaction, hook: Hook, run: () => unknown): Promise<void> {
  const { environment } = physical
  if (!environment.observed) return inTime(environment, hook, run)
  return tracedHook(physical, hook, () => inTime(environment, hook, run))
}

async function inTime({ hookTimeoutMs }: Environment, hook: Hook, run: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(slowHook(hook, hookTimeoutMs))
    }, hookTimeoutMs)
  })
  try {
    await Promise.race([run(), expired])
  } finally {
    clearTimeout(timer)
  }
}

/** The error of an owner that wanted to commit a doomed block. */
export function unexpectedRollback(owner: string, block: Block): UnexpectedRollbackError {
  const doomedBy = block.doom?.label ?? owner
  if (block.doom?.statement) return refusedStatement(owner, block.doom)
  const how = block.doom?.error === undefined ? 'asked for it (setRollbackOnly)' : 'failed in it'
  return new UnexpectedRollbackError(
    {
      what: `${owner} returned normally, but its transaction was rolled back because ${doomedBy} ${how}.`,
      where: owner,
      next: `Let the error of ${doomedBy} propagate, or give ${doomedBy} propagation 'NESTED' to survive its failure.`,
    },
    doomedBy,
    block.doom?.error,
  )
}

function refusedStatement(owner: string, { label, error }: Doom): UnexpectedRollbackError {
  return new UnexpectedRollbackError(
    {
      what: `${owner} returned normally, but its transaction was rolled back because a statement of ${label} had failed.`,
      where: owner,
      next: "Let the statement's error propagate, or run what may fail with propagation 'NESTED'.",
    },
    label,
    error,
  )
}

/** The error of a NESTED block whose body swallowed what the database did not. */
export function refusedRelease(owner: string, { label, error }: Doom): UnexpectedRollbackError {
  return new UnexpectedRollbackError(
    {
      what: `${owner} returned normally, but the database refused to release its savepoint: a statement of ${label} had failed.`,
      where: owner,
      next: "Let the statement's error propagate, or run what may fail in a NESTED block of its own.",
    },
    label,
    error,
  )
}

function refusedCommit(owner: string, physical: PhysicalTransaction, cause: unknown): unknown {
  if (cause !== undefined) return cause
  const refusal = physical.firstRefusal
  return new UnexpectedRollbackError(
    {
      what: `${owner} returned normally, but the database answered its COMMIT with ROLLBACK: a statement of ${refusal?.label ?? owner} had failed.`,
      where: owner,
      next: "Let the statement's error propagate, or run what may fail with propagation 'NESTED'.",
    },
    refusal?.label ?? owner,
    refusal?.error,
  )
}

function unknownOutcome(owner: string, cause: unknown): CommitOutcomeUnknownError {
  return new CommitOutcomeUnknownError(
    {
      what: `The connection was lost while ${owner} was committing: its work may or may not be stored.`,
      where: owner,
      next: 'Read what the method should have stored before repeating it; an idempotency key makes that simple.',
    },
    cause,
  )
}

function failedRollback(physical: PhysicalTransaction, cause: unknown): AfterCommitError {
  return new AfterCommitError(physical.definition.label, 'ROLLBACK', 'rolled-back', cause)
}

function slowHook(hook: Hook, hookTimeoutMs: number): TransactionHookError {
  return new TransactionHookError('AMBIT_TX_HOOKS', {
    what: `The ${hook.phase} hook of ${hook.label} took longer than ${hookTimeoutMs} ms.`,
    where: hook.label,
    next: 'Hand slow work to a queue inside the hook, or raise hookTimeoutMs.',
  })
}

function tooManyHooks(owner: string): TransactionHookError {
  return new TransactionHookError('AMBIT_TX_HOOKS', {
    what: `More than ${MAX_HOOKS} beforeCommit hooks ran for one transaction.`,
    where: owner,
    next: 'Look for a beforeCommit hook that registers itself again.',
  })
}
