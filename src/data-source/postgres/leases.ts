import type { DataSource } from 'typeorm'
import { isAmbitError } from '../../core/ambit-error'
import { promised } from '../../core/prompt'
import type { ResourceUsage } from '../../tx/transactional-resource'
import { databaseCode } from '../driver-error'
import { type HeldConnection, PoolStarvationError } from '../errors'
import { unreachable } from '../unreachable'

/** A transaction as a holder of a connection. */
export interface Lessee {
  readonly label: string
  /** The suspended transaction that this one runs beside. */
  readonly outer: Lessee | undefined
  /** The statement that it sends, or would send once it has a connection, in brief. */
  readonly activity: string | undefined
  /** When it last sent something, by `performance.now()`; 0 before. */
  readonly sentAt: number
}

/** How a wait for a connection may end before the connection comes. */
export interface LeaseBounds {
  readonly waitTimeoutMs: number
  /** Aborted when the transaction must not go on; its reason is thrown. */
  readonly signal: AbortSignal | undefined
}

/** pg's pool, as far as we look at it. */
export interface Pool {
  readonly options: { readonly max: number; readonly verify?: unknown }
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

/**
 * Who holds the pool's connections and who waits for one.
 *
 * Transactions that run inside no other leave one connection of the pool to those that do (REQUIRES_NEW), so that these can
 * always go on. No wait is endless: it is bounded in time, and where every connection is held by a transaction that
 * itself waits for another one, the newest is told so at once.
 */
export class Leases {
  readonly #name: string
  readonly #dataSource: DataSource
  readonly #holders = new Set<Lessee>()
  readonly #waiting = new Set<Lessee>()
  /** Those that run inside no other: with a connection, or about to have one. */
  readonly #outermost = new Set<Lessee>()
  readonly #line: { readonly lessee: Lessee; called(): void }[] = []

  constructor(name: string, dataSource: DataSource) {
    this.#name = name
    this.#dataSource = dataSource
  }

  /**
   * Asks for a connection when it is the lessee's turn, and waits for it. It may come although the wait has failed:
   * {@link give} follows in any case.
   *
   * @throws PoolStarvationError `AMBIT_DATA_SOURCE_POOL_STARVATION`, DataSourceUnreachableError
   * `AMBIT_DATA_SOURCE_UNREACHABLE`
   */
  take<C>(lessee: Lessee, ask: () => Promise<C>, bounds: LeaseBounds): Promise<C> {
    const atOnce = bounds.signal === undefined && this.#comesAtOnce && !this.#isInner(lessee) && this.#shares(lessee)
    return atOnce ? this.#takeNow(lessee, ask) : this.#await(lessee, ask, bounds)
  }

  /** A connection that lies in the pool comes with the next tick: its wait needs no bound, and so no timer. */
  #takeNow<C>(lessee: Lessee, ask: () => Promise<C>): Promise<C> {
    this.#waiting.add(lessee)
    return promised(ask).then(
      connection => {
        this.#waiting.delete(lessee)
        this.#holders.add(lessee)
        return connection
      },
      (error: unknown) => {
        this.#waiting.delete(lessee)
        throw this.#failed(lessee, error)
      },
    )
  }

  async #await<C>(lessee: Lessee, ask: () => Promise<C>, bounds: LeaseBounds): Promise<C> {
    this.#waiting.add(lessee)
    try {
      if (this.#isInner(lessee)) this.#refuseDeadlock(lessee)
      else if (!this.#shares(lessee)) await this.#standInLine(lessee, bounds)
      const connection = await bounded(ask(), bounds, error => this.#failed(lessee, error))
      this.#holders.add(lessee)
      return connection
    } finally {
      this.#waiting.delete(lessee)
    }
  }

  /** The methods whose transactions hold a connection. */
  get holders(): readonly string[] {
    return [...this.#holders].map(holder => holder.label)
  }

  give(lessee: Lessee): void {
    this.#holders.delete(lessee)
    if (!this.#outermost.delete(lessee)) return
    const next = this.#line.shift()
    if (next === undefined) return
    this.#outermost.add(next.lessee)
    next.called()
  }

  get poolSize(): number {
    return this.#max
  }

  /** What the pool has handed out, to transactions and to others. */
  get usage(): ResourceUsage {
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = this.#pool ?? {}
    return { connections: totalCount - idleCount, waiting: waitingCount + this.#line.length }
  }

  /** Whether it runs inside a transaction that holds a connection. */
  #isInner(lessee: Lessee): boolean {
    for (let at = lessee.outer; at; at = at.outer) if (this.#holders.has(at)) return true
    return false
  }

  /** Lets it in while fewer run inside no other than the pool has connections, less its reserve. */
  #shares(lessee: Lessee): boolean {
    if (this.#outermost.has(lessee)) return true
    if (this.#outermost.size >= this.#limit) return false
    this.#outermost.add(lessee)
    return true
  }

  get #limit(): number {
    return this.#max > 1 ? this.#max - RESERVE : this.#max
  }

  /** Unless the pool was told to look at each connection before it hands it out. */
  get #comesAtOnce(): boolean {
    const { options, idleCount = 0, waitingCount = 0 } = this.#pool ?? {}
    return idleCount > waitingCount && options?.verify === undefined
  }

  /** Waits to be let in. */
  async #standInLine(lessee: Lessee, bounds: LeaseBounds): Promise<void> {
    const called = new Promise<void>(resolve => {
      this.#line.push({ lessee, called: resolve })
    })
    try {
      await bounded(called, bounds, error => this.#starved(lessee, 'waited in vain for', error))
    } catch (error) {
      const index = this.#line.findIndex(waiter => waiter.lessee === lessee)
      if (index >= 0) this.#line.splice(index, 1)
      // It was called in the very moment in which it gave up.
      else this.give(lessee)
      throw error
    }
  }

  /** The error of a wait for a connection that failed. */
  failure(label: string, activity: string, error: unknown): Error {
    return this.#failed({ label, activity, outer: undefined, sentAt: 0 }, error)
  }

  /** A wait fails because the pool is exhausted, or because the server cannot be reached. */
  #failed(lessee: Lessee, error: unknown): Error {
    if (isAmbitError(error)) return error
    // A server that refuses says more than that the other connections are in use, or being made.
    if (!this.#exhausted || isRefusal(error)) return unreachable(this.#name, this.#dataSource, error)
    return this.#starved(lessee, 'waited in vain for', error)
  }

  /** Every connection of the pool may belong to a transaction that one of those who wait has suspended. */
  #refuseDeadlock(lessee: Lessee): void {
    if (!this.#exhausted || this.#holders.size < this.#max) return
    const suspended = new Set<Lessee>()
    for (const waiter of this.#waiting) for (let at = waiter.outer; at; at = at.outer) suspended.add(at)
    if ([...this.#holders].every(holder => suspended.has(holder))) throw this.#starved(lessee, 'could never get')
  }

  get #exhausted(): boolean {
    const { totalCount = 0, idleCount = 0 } = this.#pool ?? {}
    return totalCount >= this.#max && idleCount === 0
  }

  get #pool(): Pool | undefined {
    return (this.#dataSource.driver as unknown as { master?: Pool }).master
  }

  /** The pool's own number; before there is one, what it will be made with. */
  get #max(): number {
    const { poolSize, extra } = this.#dataSource.options as { poolSize?: number; extra?: { max?: number } }
    return this.#pool?.options.max ?? extra?.max ?? poolSize ?? PG_POOL_SIZE
  }

  #starved({ label, activity: wanted }: Lessee, missed: string, cause?: unknown): PoolStarvationError {
    const held = [...this.#holders].map(holder => this.#look(holder))
    const purpose = wanted === undefined ? '' : ` for '${wanted}'`
    // Or it would look as if one were free.
    const kept = held.length < this.#max && this.#outermost.size >= this.#limit ? KEPT : ''
    return new PoolStarvationError(
      {
        what: `${label} ${missed} a connection of the data source '${this.#name}'${purpose}: ${described(held, this.#max)}${kept}.`,
        where: label,
        next: 'Raise poolSize, or avoid REQUIRES_NEW: each call of it holds one more connection while the outer one waits.',
      },
      { held, wanted, waiting: this.#waiting.size, poolSize: this.#max },
      cause,
    )
  }

  #look(holder: Lessee): HeldConnection {
    const inside = [...this.#waiting].find(waiter => isInside(waiter, holder))
    const sentMsAgo = Math.round(performance.now() - holder.sentAt)
    return { method: holder.label, runs: holder.activity, awaits: inside?.label, sentMsAgo }
  }
}

function isInside(lessee: Lessee, other: Lessee): boolean {
  for (let at = lessee.outer; at; at = at.outer) if (at === other) return true
  return false
}

/** Waits within bounds; `failure` makes the error of a wait that took too long, or whose connection failed. */
function bounded<T>(
  awaited: Promise<T>,
  { waitTimeoutMs, signal }: LeaseBounds,
  failure: (error: unknown) => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      end(() => reject(signal?.reason as Error))
    }
    const timer = setTimeout(() => {
      end(() => reject(failure(new Error(`no answer within ${waitTimeoutMs} ms`))))
    }, waitTimeoutMs)
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    awaited.then(
      value => end(() => resolve(value)),
      (error: unknown) => end(() => reject(failure(error))),
    )
  })
}

function described(held: readonly HeldConnection[], poolSize: number): string {
  const shown = held.slice(0, SHOWN).map(each => `${each.method} ${busyWith(each)}`)
  const more = held.length > SHOWN ? `; and ${held.length - SHOWN} more` : ''
  return `${held.length} of ${poolSize} are held by transactions${held.length === 0 ? '' : ` (${shown.join('; ')}${more})`}`
}

function busyWith({ runs, awaits, sentMsAgo }: HeldConnection): string {
  if (awaits !== undefined) return `waits for ${awaits}`
  return runs === undefined ? `has sent nothing for ${sentMsAgo} ms` : `has run '${runs}' for ${sentMsAgo} ms`
}

function isRefusal(error: unknown): boolean {
  return databaseCode(error) !== undefined || (error as { syscall?: unknown }).syscall !== undefined
}

/** Connections that only transactions inside others may use; a pool of one has none to spare. */
const RESERVE = 1
const KEPT = ', and the last one is kept for transactions inside others'
const SHOWN = 5
const PG_POOL_SIZE = 10
