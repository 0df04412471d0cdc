import type { Block } from './block'
import { TransactionTimedOutError } from './errors'
import { Limits } from './limits'
import type { TransactionDefinition } from './options'
import type { Scope } from './scope'
import type { ResourceTransaction } from './transactional-resource'

/** What of a transaction its time limits act upon. */
export interface Expiring {
  readonly definition: TransactionDefinition
  /** Whether something on the connection waits for the server. */
  readonly waiting: boolean
  readonly root: Pick<Block, 'expel'>
  readonly resource: Pick<ResourceTransaction, 'abandon'>
}

/** How much later than the deadline a server's answer may come, in milliseconds: its way, and a busy process. */
const PATIENCE_MS = 1_000

/** The deadline and the signal of a transaction, where it has any, and those of the scopes whose statements it sends. */
export class Expiry {
  /** Whose statement is being sent: its own deadline is the statement's. */
  sender: Scope | undefined
  readonly #of: Expiring
  readonly #limits: Limits | undefined
  #patience: NodeJS.Timeout | undefined
  #givenUp = false

  constructor(of: Expiring, remainingMs: number | undefined) {
    this.#of = of
    this.#limits = Limits.of(of.definition, reason => this.#strike(reason), remainingMs)
  }

  /** Aborted when the transaction must not go on. */
  get signal(): AbortSignal | undefined {
    return this.#limits?.signal
  }

  /** Why it must not go on, as far as has been noticed. */
  get reason(): Error | undefined {
    return this.#limits?.reason
  }

  /** Looks at the clock too. */
  check(): Error | undefined {
    this.#limits?.check()
    return this.#limits?.reason
  }

  /** What is left until the nearest deadline, in milliseconds; `undefined` without one. */
  remainingMs(): number | undefined {
    const own = this.#limits?.remainingMs
    const of = this.sender?.isBounded === true ? this.sender.remainingMs : undefined
    return of === undefined ? own : Math.min(own ?? of, of)
  }

  /** The error of a statement that failed because of a deadline; `undefined` where that was not the reason. */
  causeOf(error: unknown, scope: Scope | undefined, isTimeout: (error: unknown) => boolean): Error | undefined {
    const bounded = scope?.isBounded === true
    if (this.#limits === undefined && !bounded) return undefined
    if (!this.#givenUp && !isTimeout(error)) return undefined
    return (bounded ? scope.expireBy(error) : undefined) ?? this.#expireBy(error)
  }

  /** Stops watching. */
  end(): void {
    this.#limits?.end()
    clearTimeout(this.#patience)
  }

  #expireBy(cause: unknown): Error | undefined {
    if (this.#limits?.isCauseNow() !== true) return undefined
    this.#limits.expire(cause)
    const { reason } = this.#limits
    const { timeoutMs, label } = this.#of.definition
    // Our timer may have been the faster one; the database's word is the better cause.
    const ours = reason instanceof TransactionTimedOutError && timeoutMs !== undefined
    return ours ? new TransactionTimedOutError(label, timeoutMs, cause) : reason
  }

  /**
   * Its time is up, or its caller has given up. The server was told of the deadline, and answers by then: a connection on
   * which it does not, because the network has swallowed it, is given up. What it was sent last is in doubt then, as after
   * every loss.
   */
  #strike(reason: Error): void {
    this.#of.root.expel(reason)
    if (reason instanceof TransactionTimedOutError) this.#watch()
  }

  /** Until the end: a method that is idle at its deadline sends its ROLLBACK later, which nobody may answer either. */
  #watch(): void {
    this.#patience = setTimeout(() => {
      if (!this.#of.waiting) {
        this.#watch()
        return
      }
      this.#givenUp = true
      this.#of.resource.abandon?.()
    }, PATIENCE_MS)
  }
}
