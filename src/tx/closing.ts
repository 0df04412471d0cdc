import type { ApplicationContext } from '../core/applications'
import { NoApplicationError } from '../core/applications'
import { ContextKey, contextValue, currentContext, runWithValue } from '../core/async-context'
import { inOpenBlock } from '../di/lifecycle/block-life'
import { Scope } from './scope'
import type { TransactionManager } from './transaction-manager'

/** Set in work that a closing application still has to do; its value is the manager whose call it belongs to. */
const finishing = new ContextKey<TransactionManager | 'components'>('finishing', false)

/** Runs what a closing application finishes outside of transactions: their hooks, the disposal of its components. */
export function runFinishing<R>(whose: TransactionManager | 'components', fn: () => R): R {
  return runWithValue(finishing, whose, fn)
}

/** Whether the running code is a hook of one of the manager's transactions. */
export function inHookOf(manager: TransactionManager): boolean {
  return contextValue(finishing) === manager
}

/**
 * Whether a closing application finishes the running code: it is in a transaction of any data source, a hook, a disposal, or
 * in a block of a scope.
 */
export function isFinishing(): boolean {
  if (inOpenBlock()) return true
  for (let at = currentContext(); at; at = at.outer) {
    if (at.key === finishing) return true
    if (at.value instanceof Scope && at.value.physical?.ended === false) return true
  }
  return false
}

/** The error of a call that comes while its application closes. */
export function closing({ name }: ApplicationContext, label: string): NoApplicationError {
  return new NoApplicationError('AMBIT_APP_CLOSING', {
    what: `The application '${name}' is closing: it finishes what runs, and takes no new calls.`,
    where: label,
    next: 'Nothing of the call was done. Stop taking requests before app.close().',
  })
}
