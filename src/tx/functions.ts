import { ambientApplication } from '../core/applications'
import { runDetached } from '../core/async-context'
import { InvalidTransactionOptionsError, NoTransactionError } from './errors'
import { checkHookOptions, type HookOptions } from './hook-options'
import type { HookFunction, HookPhase } from './hooks'
import { defineTransaction, type TransactionalOptions } from './options'
import type { Scope } from './scope'
import { openScope } from './open-scope'
import { TRANSACTION_MANAGERS, transactionManagerOf } from './transaction-managers'
import { TransactionStatus } from './transaction-status'

/**
 * Runs `fn` in a transaction, with the options of `@Transactional`.
 *
 * Use it where there is no class to decorate: scripts, tests, one-off blocks inside a method.
 *
 * @example
 * import { transactional } from 'ambit'
 * const id = await transactional({ isolation: 'SERIALIZABLE', retry: 3 }, async () => {
 *   const order = await orders.getById(7)
 *   return (await invoices.save({ order, total: order.total })).id
 * })
 * // BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT …; INSERT …; COMMIT
 *
 * @throws InvalidTransactionOptionsError `AMBIT_TX_INVALID_OPTIONS`; IllegalTransactionStateError `AMBIT_TX_MANDATORY`,
 * `AMBIT_TX_NEVER`, `AMBIT_TX_DOOMED`; IncompatibleTransactionError `AMBIT_TX_INCOMPATIBLE`; UnexpectedRollbackError `AMBIT_TX_UNEXPECTED_ROLLBACK`;
 * CommitOutcomeUnknownError `AMBIT_TX_COMMIT_UNKNOWN`; TransactionEndedError `AMBIT_TX_ENDED`
 */
export async function transactional<T>(options: TransactionalOptions, fn: () => Promise<T> | T): Promise<T> {
  if (typeof fn !== 'function') throw withoutFunction()
  const definition = defineTransaction(options, fn.name === '' ? 'transactional()' : fn.name)
  const manager = transactionManagerOf(undefined, definition.dataSource, definition.label)
  return (await manager.execute({ definition, fn, self: undefined, args: [] })) as T
}

/**
 * The transaction that the running code is in, or `undefined` where none is active.
 *
 * @example
 * import { currentTransaction } from 'ambit'
 * if (basket.suspicious) currentTransaction()?.setRollbackOnly()
 */
export function currentTransaction(dataSource = 'default'): TransactionStatus | undefined {
  const scope = currentScope(dataSource)
  return scope?.state === 'active' ? new TransactionStatus(scope) : undefined
}

/**
 * Runs `fn` just before COMMIT, inside the transaction: SQL is allowed, and an error rolls everything back.
 *
 * @example
 * import { beforeCommit } from 'ambit'
 * beforeCommit(() => this.audit.insert({ text: `${changes.length} changes` }))
 *
 * @throws NoTransactionError `AMBIT_TX_NONE` where no transaction is active; TransactionEndedError `AMBIT_TX_ENDED` in late
 * work; InvalidTransactionOptionsError `AMBIT_TX_INVALID_OPTIONS`
 */
export function beforeCommit(fn: () => unknown, options?: HookOptions): void {
  addHook('beforeCommit', fn, options)
}

/**
 * Runs `fn` after the work is stored and the connection is back in its pool; the caller waits for it.
 *
 * Use it for what must only happen when the rows are really there: mail, cache, messages. Its error never turns the
 * committed call into a failed one: it goes to the application's error listener.
 *
 * @example
 * import { afterCommit } from 'ambit'
 * afterCommit(() => mailer.welcome(user.email))
 *
 * @throws NoTransactionError `AMBIT_TX_NONE` where no transaction is active; TransactionEndedError `AMBIT_TX_ENDED` in late
 * work; InvalidTransactionOptionsError `AMBIT_TX_INVALID_OPTIONS`
 */
export function afterCommit(fn: () => unknown, options?: HookOptions): void {
  addHook('afterCommit', fn, options)
}

/**
 * Runs `fn` after the transaction, or the savepoint it was registered in, was rolled back.
 *
 * @example
 * import { afterRollback } from 'ambit'
 * afterRollback(() => uploads.remove(file))
 *
 * @throws NoTransactionError `AMBIT_TX_NONE` where no transaction is active; TransactionEndedError `AMBIT_TX_ENDED` in late
 * work; InvalidTransactionOptionsError `AMBIT_TX_INVALID_OPTIONS`
 */
export function afterRollback(fn: () => unknown, options?: HookOptions): void {
  addHook('afterRollback', fn, options)
}

/**
 * Runs `fn` after the transaction has ended, with its outcome: committed, rolled-back or unknown.
 *
 * @example
 * import { afterCompletion } from 'ambit'
 * afterCompletion(outcome => metrics.count(`order.${outcome}`))
 *
 * @throws NoTransactionError `AMBIT_TX_NONE` where no transaction is active; TransactionEndedError `AMBIT_TX_ENDED` in late
 * work; InvalidTransactionOptionsError `AMBIT_TX_INVALID_OPTIONS`
 */
export function afterCompletion(fn: HookFunction, options?: HookOptions): void {
  addHook('afterCompletion', fn, options)
}

/**
 * Runs `fn` outside every transaction, also when what it starts outlives the caller.
 *
 * Use it for background work that a transactional method starts but does not wait for.
 *
 * @example
 * import { detached } from 'ambit'
 * void detached(() => statistics.refresh()).catch(report)
 */
export function detached<T>(fn: () => T): T {
  return runDetached(fn)
}

function addHook(phase: HookPhase, run: HookFunction, options: HookOptions = {}): void {
  checkHookOptions(options, `${phase}()`)
  const { dataSource = 'default', order } = options
  const scope = openScope(currentScope(dataSource))
  if (scope === undefined) throw noTransaction(phase, dataSource)
  scope.addHook(phase, run, { order })
}

/** Every frame stands inside its application, so another application's data source of the same name is not meant. */
function currentScope(dataSource: string): Scope | undefined {
  return ambientApplication()?.get(TRANSACTION_MANAGERS)?.get(dataSource)?.current
}

function noTransaction(phase: HookPhase, dataSource: string): NoTransactionError {
  return new NoTransactionError('AMBIT_TX_NONE', {
    what: `${phase}() was called where no transaction is active on '${dataSource}'.`,
    next: 'Call it inside a @Transactional method or transactional(), or name the data source: { dataSource: … }.',
  })
}

function withoutFunction(): InvalidTransactionOptionsError {
  return new InvalidTransactionOptionsError('AMBIT_TX_INVALID_OPTIONS', {
    what: 'transactional() was called without a function to run behind its options.',
    where: 'transactional()',
    next: 'Write transactional({}, async () => { … }).',
  })
}
