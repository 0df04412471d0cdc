import { whenAborted } from '../core/when-aborted'
import { briefSql } from '../core/shown-sql'
import { TurnTimeoutError } from './errors'

/** What somebody does with a turn: sends this text, or lets others do something, who have a turn of their own. */
export type TurnUse = string | Turn | undefined

interface Waiter {
  readonly who: string
  readonly use: TurnUse
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
  #use: TurnUse
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

  /** Whether it could be taken at once. */
  get free(): boolean {
    return this.#holder === undefined && !this.closed
  }

  /** What is done with it now, for those who wait; `undefined` while it is free, or held by somebody who sends nothing. */
  get activity(): string | undefined {
    const use = this.#use
    if (use instanceof Turn) return use.activity ?? use.#holder
    return use && briefSql(use)
  }

  /** What its holder does from now on. */
  useFor(use: TurnUse): void {
    this.#use = use
  }

  /**
   * Takes the turn: at once (`undefined`, no promise made) or when the promise resolves. Check `closed` first. `use` is kept
   * as it is: it is looked at when a wait fails. An abort of one of the signals ends the wait with its reason.
   */
  take(
    who: string,
    timeoutMs: number,
    use?: TurnUse,
    signals: readonly AbortSignal[] = NONE,
  ): Promise<void> | undefined {
    if (this.#refusal) return Promise.reject(this.#refusal())
    this.#arrivals += 1
    if (this.#holder === undefined) {
      this.#holder = who
      this.#use = use
      return undefined
    }
    return this.#wait(who, timeoutMs, use, signals)
  }

  /** Hands the turn to the next in the queue. */
  give(): void {
    const next = this.#waiting.shift()
    this.#holder = next?.who
    this.#use = next?.use
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

  #wait(who: string, timeoutMs: number, use: TurnUse, signals: readonly AbortSignal[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (error: Error): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        waiter.reject(error)
      }
      const timer = setTimeout(() => leave(this.#late(who, timeoutMs, use)), timeoutMs)
      const aborts = signals.map(signal => whenAborted(signal, () => leave(signal.reason as Error)))
      const over = (): void => {
        clearTimeout(timer)
        for (const forget of aborts) forget()
      }
      const waiter: Waiter = {
        who,
        use,
        resolve: () => {
          over()
          resolve()
        },
        reject: error => {
          over()
          reject(error)
        },
      }
      this.#waiting.push(waiter)
    })
  }

  #late(waiter: string, waitedMs: number, use: TurnUse): TurnTimeoutError {
    const wanted = typeof use === 'string' ? briefSql(use) : undefined
    return new TurnTimeoutError({ waiter, wanted, holder: this.#holder ?? 'nobody', runs: this.activity, waitedMs })
  }
}

const NONE: readonly AbortSignal[] = []
