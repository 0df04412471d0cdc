import { TransactionAbortedError, TransactionTimedOutError } from './errors'
import type { Scope } from './scope'

/** The watch over a scope's own deadline and signal. */
export interface LimitsWatch {
  /** Looks at the clock: a timer comes late where something keeps the event loop busy. */
  check(): void
  end(): void
}

/**
 * Watches the deadline and the signal that a participant or NESTED block asked for itself: when either strikes, the
 * block it runs in cannot commit any more.
 */
export function watchLimits(scope: Scope): LimitsWatch {
  const { timeoutMs, signal, label } = scope.definition
  if (timeoutMs === undefined && signal === undefined) return NOTHING
  const expire = (): void => {
    if (timeoutMs !== undefined) scope.expire(new TransactionTimedOutError(label, timeoutMs))
  }
  const onAbort = (): void => {
    scope.expire(new TransactionAbortedError(label, signal?.reason))
  }
  const deadline = performance.now() + (timeoutMs ?? Infinity)
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  return {
    check: () => {
      if (performance.now() >= deadline) expire()
    },
    end: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

const NOTHING: LimitsWatch = { check: () => undefined, end: () => undefined }
