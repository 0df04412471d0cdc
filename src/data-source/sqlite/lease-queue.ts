import type { BusyFacts } from './errors'
import { waiterFacts } from './refusals'
import { WaitingLine, type WaitRequest } from './waiting-line'

/** The right to use a connection, until it is given back. */
export interface Lease {
  /** Whose it is. */
  readonly request: WaitRequest
  /** When it was taken, on the clock of `performance.now()`. */
  readonly since: number
  /** Hands the right to the head of the queue. Twice does nothing. */
  give(): void
}

/**
 * Leases of one writer, or of several readers: a fair queue with bounded waits. A lease goes by hand-over, straight from
 * its holder to the head of the queue.
 */
export class LeaseQueue {
  readonly #capacity: number
  readonly #busy: (facts: BusyFacts) => Error
  readonly #held = new Set<Lease>()
  readonly #line = new WaitingLine<Lease>()
  #refusal: (() => Error) | undefined
  #idle: (() => void) | undefined

  constructor(capacity: number, busy: (facts: BusyFacts) => Error) {
    this.#capacity = capacity
    this.#busy = busy
  }

  get holders(): readonly string[] {
    return [...this.#held].map(({ request }) => request.who)
  }

  get held(): number {
    return this.#held.size
  }

  get waiting(): number {
    return this.#line.length
  }

  async take(request: WaitRequest): Promise<Lease> {
    return this.takeNow(request) ?? this.#line.wait(request, () => this.#busy(this.#facts(request)))
  }

  /** A lease that is free now, and that nobody waits for. */
  takeNow(request: WaitRequest): Lease | undefined {
    const { signal } = request
    if (this.#refusal) throw this.#refusal()
    if (signal?.aborted) throw signal.reason as Error
    // Handed over from holder to waiter, all leases stay held while anybody waits.
    return this.#held.size < this.#capacity ? this.#hold(request) : undefined
  }

  /** Refuses everyone who waits and everyone to come, and waits for the holders: whether all gave back in time. */
  async close(refusal: () => Error, timeoutMs: number): Promise<boolean> {
    this.#refusal = refusal
    this.#line.refuseAll(refusal)
    if (this.#held.size === 0) return true
    return new Promise<boolean>(resolve => {
      const timer = setTimeout(() => {
        resolve(false)
      }, timeoutMs)
      this.#idle = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }

  #hold(request: WaitRequest): Lease {
    const lease: Lease = {
      request,
      since: performance.now(),
      give: () => {
        if (!this.#held.delete(lease)) return
        if (!this.#line.admit(next => this.#hold(next)) && this.#held.size === 0) this.#idle?.()
      },
    }
    this.#held.add(lease)
    return lease
  }

  #facts(waiter: WaitRequest): BusyFacts {
    const [oldest] = this.#held
    return {
      ...waiterFacts(waiter),
      holder: oldest?.request.who ?? 'nobody',
      runs: oldest?.request.activity?.(),
      heldMs: oldest === undefined ? 0 : Math.round(performance.now() - oldest.since),
      waiting: this.#line.length - 1,
    }
  }
}
