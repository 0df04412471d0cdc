import { TransactionAbortedError, TransactionTimedOutError } from './errors'
import type { Scope } from './scope'

/**
 * Watches the deadline and the signal that a participant or NESTED block asked for itself: when either strikes, the
 * block it runs in cannot commit any more. Returns what ends the watch.
 */
export function watchLimits(scope: Scope): () => void {
  const { timeoutMs, signal, label } = scope.definition
  if (timeoutMs === undefined && signal === undefined) return nothing
  const onDeadline = (): void => {
    if (timeoutMs !== undefined) scope.expire(new TransactionTimedOutError(label, timeoutMs))
  }
  const onAbort = (): void => {
    scope.expire(new TransactionAbortedError(label, signal?.reason))
  }
  const timer = timeoutMs === undefined ? undefined : setTimeout(onDeadline, timeoutMs)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function nothing(): void {
  // there was nothing to watch
}
