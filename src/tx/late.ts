import type { Environment } from './environment'
import { TransactionEndedError } from './errors'
import type { ExecutionEvent } from './execution-listener'
import type { Scope } from './scope'
import { factsOf } from './trace'

type LateWork = Extract<ExecutionEvent, { readonly kind: 'late' }>['what']

/** Late work is refused, and reported too: the promise it belongs to may well be one that nobody awaits. */
export function late(
  scope: Scope,
  environment: Environment,
  what: LateWork = 'handle',
  text?: string,
): TransactionEndedError {
  const error = new TransactionEndedError(scope.label)
  const transaction = scope.physical?.id
  environment.emit(() => ({ kind: 'late', ...factsOf(scope), what, transaction, text, error }))
  environment.report(error)
  return error
}
