import { currentContext } from '../../core/async-context'
import type { Block, Doom } from '../block'
import type { BoundaryCall } from '../boundary-call'
import { incompatibility } from '../compatibility'
import { refusedRelease, unexpectedRollback } from '../completion'
import { IllegalTransactionStateError, TransactionEndedError } from '../errors'
import { hooksOfRolledBackSavepoint } from '../hooks'
import { abortedBefore, Limits } from '../limits'
import type { PhysicalTransaction } from '../physical-transaction'
import { shouldRollback } from '../rollback-rules'
import { Scope } from '../scope'
import { refused, traced } from '../trace'
import type { TransactionManager } from '../transaction-manager'
import { requireActive } from './require-active'

/** Runs inside a savepoint of the active transaction: its failure undoes only what it did. */
export async function nest(
  manager: TransactionManager,
  call: BoundaryCall,
  current: Scope | undefined,
): Promise<unknown> {
  const { outer, physical, block: parent } = requireActive(current)
  const { definition } = call
  const { environment } = manager
  const refusal = abortedBefore(definition) ?? incompatibility(definition, physical)
  if (refusal) throw refused(environment, call, refusal)
  const calledAt = environment.observed ? performance.now() : 0
  const wait = physical.take(parent, definition.label)
  if (wait)
    await wait.catch((error: unknown) => {
      throw refused(environment, call, error, calledAt)
    })
  try {
    const closed = closedParent(definition.label, physical, parent)
    if (closed) throw refused(environment, call, closed, calledAt)
    const waitedMs = wait && environment.observed ? performance.now() - calledAt : 0
    if (definition.isolation !== undefined) physical.resource.keepIsolation?.(definition.isolation)
    const block = parent.child(definition.label, physical.nextSavepoint())
    parent.turn.useFor(block.turn)
    const scope = new Scope('nested', definition, { physical, block, outer, calledIn: currentContext() })
    return await traced(environment, scope, { decision: 'savepoint', suspended: undefined, waitedMs }, () =>
      runInSavepoint(manager, call, scope, new Savepoint(physical, parent, block)),
    )
  } finally {
    parent.turn.give()
  }
}

/** The turn may come in the very moment in which the transaction ends, or behind what doomed it. */
function closedParent(label: string, { forcedEnd }: PhysicalTransaction, parent: Block): Error | undefined {
  if (parent.closed) return forcedEnd ?? new TransactionEndedError(parent.label)
  return parent.reason && doomedParent(label, parent.reason)
}

async function runInSavepoint(
  manager: TransactionManager,
  call: BoundaryCall,
  scope: Scope,
  savepoint: Savepoint,
): Promise<unknown> {
  const limits = Limits.of(scope.definition, reason => scope.expire(reason))
  scope.boundBy(limits)
  let result: unknown
  try {
    if (call.definition.eager) await savepoint.beginNow()
    result = await manager.enter(scope, call)
    limits?.check()
  } catch (error) {
    if (shouldRollback(call.definition.rules, error)) await savepoint.undo()
    else await savepoint.keep(scope)
    throw error
  } finally {
    limits?.end()
  }
  await savepoint.keep(scope)
  return result
}

/** The life of one savepoint; each command goes out only while the transaction around it is open. */
class Savepoint {
  readonly #refusalBefore

  constructor(
    readonly physical: PhysicalTransaction,
    readonly parent: Block,
    readonly block: Block,
  ) {
    this.#refusalBefore = physical.firstRefusal
  }

  /** `begin: 'eager'`, where the transaction around it has not sent anything. */
  async beginNow(): Promise<void> {
    const { parent, physical } = this
    if (!physical.begun) await physical.control(parent, () => physical.begin())
  }

  /** Releases it, or undoes it when it is doomed. */
  async keep(scope: Scope): Promise<void> {
    const { block, parent, physical } = this
    try {
      await physical.take(block, `the end of ${scope.label}`)
    } catch (error) {
      await this.undo()
      throw error
    }
    block.close(refusal => {
      physical.environment.report(refusal)
    })
    if (block.doom ?? block.rollbackOnly) {
      await this.undo()
      if (block.doom) throw scope.deadlineError ?? unexpectedRollback(scope.label, block)
      return
    }
    await this.#release(scope)
    parent.take(block.drainHooks())
    parent.adopt(block)
  }

  /** A savepoint that cannot be released has failed, and nothing of it may stay. */
  async #release(scope: Scope): Promise<void> {
    const { physical } = this
    try {
      await this.#send('release', name => physical.resource.release(name))
    } catch (error) {
      const refusal = physical.firstRefusal
      await this.undo()
      if (refusal === undefined || refusal === this.#refusalBefore || physical.stopReason !== undefined) throw error
      throw refusedRelease(scope.label, refusal)
    }
  }

  /** Rolls back to it and releases it. If that fails, the transaction around it is doomed: its state is in doubt. */
  async undo(): Promise<void> {
    const { block, parent, physical } = this
    block.close()
    await physical.settleRunning()
    block.undone(failure => physical.environment.report(failure))
    parent.take(hooksOfRolledBackSavepoint(block.drainHooks()))
    if (parent.closed || !block.savepointSet) return
    try {
      await this.#send('rollback-to', name => physical.resource.rollbackTo(name))
      await this.#send('release', name => physical.resource.release(name))
      physical.firstRefusal = this.#refusalBefore
    } catch (error) {
      parent.doomWith({ label: block.label, error })
    }
  }

  async #send(action: keyof typeof COMMANDS, command: (name: string) => Promise<void>): Promise<void> {
    const { block, parent, physical } = this
    const name = block.savepoint
    if (name === undefined || !block.savepointSet) return
    parent.turn.useFor(`${COMMANDS[action]} ${name}`)
    await physical.commanding(block, action, () => physical.control(parent, () => command(name)))
  }
}

function doomedParent(label: string, { label: doomedBy, error }: Doom): IllegalTransactionStateError {
  const how = error === undefined ? 'asked for it (setRollbackOnly)' : 'failed in it'
  return new IllegalTransactionStateError(
    'AMBIT_TX_DOOMED',
    {
      what: `${label} (NESTED) was called in a transaction that can only roll back, because ${doomedBy} ${how}.`,
      where: label,
      next: `Let the error of ${doomedBy} propagate, or give ${doomedBy} propagation 'NESTED'.`,
    },
    { cause: error },
  )
}

const COMMANDS = { release: 'RELEASE SAVEPOINT', 'rollback-to': 'ROLLBACK TO SAVEPOINT' } as const
