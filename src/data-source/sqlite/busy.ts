import { SqliteFileLockedError } from './errors'
import type { Prompt } from '../../core/prompt'
import type { SqliteDriverKind } from './raw-connection'
import type { WaitRequest } from './waiting-line'

/**
 * Sends something until SQLite no longer answers that the file is locked. The driver's own timeout is 0, so the event
 * loop stays free between two attempts. For BEGIN, COMMIT and statements outside transactions only: inside a transaction
 * the answer belongs to the caller, and a stale snapshot never clears by waiting.
 *
 * @throws SqliteFileLockedError `AMBIT_SQLITE_FILE_LOCKED` at the bound, the signal's reason when it is aborted
 */
export function retryWhileLocked<T>(
  driver: SqliteDriverKind,
  request: WaitRequest,
  attempt: () => Prompt<T>,
): Prompt<T> {
  try {
    const first = attempt()
    return first instanceof Promise ? first.catch((error: unknown) => again(error, driver, request, attempt)) : first
  } catch (error) {
    return again(error, driver, request, attempt)
  }
}

async function again<T>(
  first: unknown,
  driver: SqliteDriverKind,
  request: WaitRequest,
  attempt: () => Prompt<T>,
): Promise<T> {
  const started = performance.now()
  let refusal = first
  for (let round = 0; ; round += 1) {
    if (driver.busyKind(refusal) !== 'lock') throw refusal
    const waitedMs = performance.now() - started
    if (waitedMs >= request.timeoutMs) throw new SqliteFileLockedError(request.who, Math.round(waitedMs), refusal)
    await pause(delayOf(round), request.signal)
    try {
      return await attempt()
    } catch (error) {
      refusal = error
    }
  }
}

/** 1 ms growing to 25 ms, with jitter, so that waiting processes do not march in step. */
function delayOf(round: number): number {
  const step = Math.min(LONGEST_MS, 2 ** round)
  return step * (0.5 + Math.random() / 2)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

const LONGEST_MS = 25
