/** A transaction of its own (REQUIRES_NEW), one begun under NOT_SUPPORTED, or work without one: a statement, a query runner. */
export type WorkKind = 'transaction' | 'hidden' | 'outside'

/** Who waits, and until when. */
export interface WaitRequest {
  /** The method, for the error that a wait may end in. */
  readonly who: string
  /** The bound of the wait, in milliseconds. */
  readonly timeoutMs: number
  /** Aborted when the wait is pointless: the waiter leaves with the signal's reason. */
  readonly signal: AbortSignal | undefined
  readonly kind?: WorkKind
  /** What it sends, or would send once it is admitted, in brief; asked when a wait has failed. */
  readonly activity?: (() => string | undefined) | undefined
}

interface Waiter<T> {
  readonly request: WaitRequest
  admit(value: T): void
  refuse(error: Error): void
}

/** A first-in, first-out line. Whoever is admitted gets the value handed over, so nobody barges in between. */
export class WaitingLine<T> {
  readonly #waiters: Waiter<T>[] = []

  get length(): number {
    return this.#waiters.length
  }

  /** Waits to be admitted; leaves on the bound with the error of `late`, or with the reason of its signal. */
  wait(request: WaitRequest, late: () => Error): Promise<T> {
    const { signal, timeoutMs } = request
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        const place = this.#waiters.indexOf(waiter)
        if (place >= 0) this.#waiters.splice(place, 1)
      }
      const waiter: Waiter<T> = {
        request,
        admit: value => {
          leave()
          resolve(value)
        },
        refuse: error => {
          leave()
          reject(error)
        },
      }
      const onAbort = (): void => waiter.refuse(signal?.reason as Error)
      const timer = setTimeout(() => {
        // Counted while the waiter still stands in the line.
        waiter.refuse(late())
      }, timeoutMs)
      signal?.addEventListener('abort', onAbort)
      this.#waiters.push(waiter)
    })
  }

  /** Admits the first in the line, if there is one, with the value made for it. */
  admit(value: (request: WaitRequest) => T): boolean {
    const first = this.#waiters[0]
    first?.admit(value(first.request))
    return first !== undefined
  }

  refuseAll(error: () => Error): void {
    for (const waiter of [...this.#waiters]) waiter.refuse(error())
  }
}
