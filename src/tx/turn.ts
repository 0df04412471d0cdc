import { TurnTimeoutError } from './errors'

interface Waiter {
  readonly who: string
  resolve(): void
  reject(error: Error): void
}

/**
 * A first-in, first-out mutex: the right to use a transaction's connection.
 *
 * The turn is handed to the head of the queue, so nobody barges in, and no wait is longer than its bound.
 */
export class Turn {
  #holder: string | undefined
  readonly #waiting: Waiter[] = []
  #refusal: (() => Error) | undefined
  #arrivals = 0

  /** How many have asked for it so far. */
  get arrivals(): number {
    return this.#arrivals
  }

  get closed(): boolean {
    return this.#refusal !== undefined
  }

  /** Takes the turn: at once (`undefined`, no promise made) or when the promise resolves. Check `closed` first. */
  take(who: string, timeoutMs: number): Promise<void> | undefined {
    if (this.#refusal) return Promise.reject(this.#refusal())
    this.#arrivals += 1
    if (this.#holder === undefined) {
      this.#holder = who
      return undefined
    }
    return this.#wait(who, timeoutMs)
  }

  /** Hands the turn to the next in the queue. */
  give(): void {
    const next = this.#waiting.shift()
    this.#holder = next?.who
    next?.resolve()
  }

  /** Rejects everyone who waits now. */
  expel(reason: Error): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(reason)
  }

  /** Refuses everyone who waits and everyone to come. The holder keeps the turn until it gives it back. */
  close(refusal: () => Error): void {
    if (this.#refusal) return
    this.#refusal = refusal
    for (const waiter of this.#waiting.splice(0)) waiter.reject(refusal())
  }

  #wait(who: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        reject(new TurnTimeoutError(who, this.#holder ?? 'nobody', timeoutMs))
      }, timeoutMs)
      const waiter: Waiter = {
        who,
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
        reject: error => {
          clearTimeout(timer)
          reject(error)
        },
      }
      this.#waiting.push(waiter)
    })
  }
}
