import { type HeldConnection, PoolStarvationError } from '../../data-source/errors'
import type { OpenRequest, ResourceUsage } from '../../tx/transactional-resource'

type Wait = Pick<OpenRequest, 'label' | 'waitTimeoutMs' | 'signal'>

interface Waiter {
  readonly label: string
  readonly inner: boolean
  come(connection: string): void
}

/**
 * The connections of a fake. Like the real pools it leaves one to transactions that run inside others, and no wait for one is
 * endless.
 */
export class FakePool {
  readonly #size: number
  /** With the method that holds it. */
  readonly #open = new Map<string, string>()
  readonly #line: Waiter[] = []
  #taken = 0

  constructor(size: number) {
    this.#size = size
  }

  get usage(): ResourceUsage {
    return { connections: this.#open.size, waiting: this.#line.length }
  }

  get open(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** At once, or when one is given back. */
  take(request: Wait, inner: boolean): string | Promise<string> {
    if (request.signal?.aborted) return Promise.reject(request.signal.reason as Error)
    if (this.#isFree(inner)) return this.#connect(request.label)
    return this.#wait(request, inner)
  }

  give(connection: string): void {
    this.#open.delete(connection)
    const next = this.#line.findIndex(({ inner }) => this.#isFree(inner))
    const [waiter] = next < 0 ? [] : this.#line.splice(next, 1)
    if (waiter) waiter.come(this.#connect(waiter.label))
  }

  #isFree(inner: boolean): boolean {
    const limit = inner || this.#size === 1 ? this.#size : this.#size - 1
    return this.#open.size < limit
  }

  #connect(label: string): string {
    const connection = `c${(this.#taken += 1)}`
    this.#open.set(connection, label)
    return connection
  }

  #wait({ label, waitTimeoutMs, signal }: Wait, inner: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const waiter: Waiter = { label, inner, come: connection => end(() => resolve(connection)) }
      const giveUp = (reason: Error): void => {
        this.#line.splice(this.#line.indexOf(waiter), 1)
        end(() => reject(reason))
      }
      const onAbort = (): void => giveUp(signal?.reason as Error)
      const timer = setTimeout(() => giveUp(this.#starved(label)), waitTimeoutMs)
      signal?.addEventListener('abort', onAbort)
      this.#line.push(waiter)
    })
  }

  #starved(label: string): PoolStarvationError {
    const holders = [...this.#open.values()]
    return new PoolStarvationError(
      {
        what: `${label} waited in vain for a connection of the fake: ${holders.length} of ${this.#size} are held (${holders.join(', ')}).`,
        where: label,
        next: 'Raise the poolSize of the fake, or let the methods that hold its connections end first.',
      },
      { held: holders.map(holding), wanted: undefined, waiting: this.#line.length, poolSize: this.#size },
      undefined,
    )
  }
}

/** A fake answers at once: nothing is ever under way on its connections. */
function holding(method: string): HeldConnection {
  return { method, runs: undefined, awaits: undefined, sentMsAgo: 0 }
}
