import { whenAborted } from '../core/when-aborted'
import { TransactionAbortedError, TransactionTimedOutError } from './errors'
import type { TransactionDefinition } from './options'

type Asked = Pick<TransactionDefinition, 'timeoutMs' | 'signal' | 'label'>

/** A caller that has given up already: its call is refused, and nothing begins, joins or is doomed. */
export function abortedBefore({ signal, label }: Asked): Error | undefined {
  return signal?.aborted ? new TransactionAbortedError(label, signal.reason) : undefined
}

/** How far the clocks of two processes, and the rounding of milliseconds, may be apart. */
const CLOCK_TOLERANCE_MS = 20

/**
 * The watch over a deadline and a caller's signal. Whichever strikes first is told once, and is the reason from then on.
 *
 * Most transactions have neither, and pay for neither: {@link Limits.of} answers `undefined` for them.
 */
export class Limits {
  /** Why it is over; `undefined` while it is not. */
  reason: Error | undefined
  readonly #asked: Asked
  readonly #strike: (reason: Error) => void
  readonly #deadline: number
  readonly #timer: NodeJS.Timeout | undefined
  readonly #stop = new AbortController()
  readonly #unwatch: (() => void) | undefined

  private constructor(asked: Asked, strike: (reason: Error) => void, remainingMs: number | undefined) {
    this.#asked = asked
    this.#strike = strike
    this.#deadline = performance.now() + (remainingMs ?? Infinity)
    this.#timer = remainingMs === undefined ? undefined : setTimeout(() => this.expire(), remainingMs)
    this.#unwatch = asked.signal && whenAborted(asked.signal, () => this.#aborted())
    if (asked.signal?.aborted) this.#aborted()
  }

  /** `remainingMs`: what is left of `timeoutMs`, less than all of it in a repetition. */
  static of(asked: Asked, strike: (reason: Error) => void, remainingMs = asked.timeoutMs): Limits | undefined {
    if (asked.timeoutMs === undefined && asked.signal === undefined) return undefined
    return new Limits(asked, strike, remainingMs)
  }

  /** Aborted with the reason. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Milliseconds until the deadline, at least 1; `undefined` without one. */
  get remainingMs(): number | undefined {
    return this.#deadline === Infinity ? undefined : Math.max(1, Math.ceil(this.#deadline - performance.now()))
  }

  /** Looks at the clock: a timer comes late where something keeps the event loop busy, as a synchronous driver does. */
  check(): void {
    if (performance.now() >= this.#deadline) this.expire()
  }

  /**
   * Whether the database gave a statement up because of this deadline: it was told what was left then, and its clock is
   * another one. What was cancelled long before has another reason.
   */
  isCauseNow(): boolean {
    return performance.now() >= this.#deadline - CLOCK_TOLERANCE_MS
  }

  /** The deadline has passed. */
  expire(cause?: unknown): void {
    const { label, timeoutMs } = this.#asked
    if (timeoutMs !== undefined) this.#end(new TransactionTimedOutError(label, timeoutMs, cause))
  }

  /** Stops watching. */
  end(): void {
    clearTimeout(this.#timer)
    this.#unwatch?.()
  }

  #aborted(): void {
    this.#end(new TransactionAbortedError(this.#asked.label, this.#asked.signal?.reason))
  }

  #end(reason: Error): void {
    if (this.reason !== undefined) return
    this.reason = reason
    this.#stop.abort(reason)
    this.#strike(reason)
  }
}
