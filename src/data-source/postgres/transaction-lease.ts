import { runDetached } from '../../core/async-context'
import { isAmbitError } from '../../core/ambit-error'
import type { Prompt } from '../../core/prompt'
import type { OpenRequest } from '../../tx/transactional-resource'
import { endsSession } from '../connection-loss'
import { timed } from '../timed'
import type { InnerRunner, PgClient } from './inner-runner'
import type { Leases, Lessee } from './leases'

interface LeaseParts {
  readonly lessee: Lessee & { readonly runner: InnerRunner }
  readonly leases: Leases
  readonly request: OpenRequest
}

/** The connection of one transaction: asked for once, and given back to the pool or, where it is unfit, destroyed. */
export class TransactionLease {
  /** Its state is in doubt, or its session is not as the pool gave it. */
  unfit = false
  readonly #parts: LeaseParts
  #asked: Promise<PgClient> | undefined
  #client: PgClient | undefined
  #whenTaken: ((client: PgClient) => void) | undefined
  #end: { readonly cause: unknown } | undefined

  constructor(parts: LeaseParts) {
    this.#parts = parts
  }

  /** Whether there is anything to give back: from when it was asked for. */
  get asked(): boolean {
    return this.#asked !== undefined
  }

  get client(): PgClient | undefined {
    return this.#client
  }

  /** Whether the connection has ended by itself: nothing more can be sent on it. */
  get gone(): boolean {
    if (this.#asked === undefined) return false
    const { runner } = this.#parts.lessee
    return this.#end !== undefined || runner.isReleased || this.#client?.connection?.stream?.writable === false
  }

  /** The driver's error with which it ended, where there was one. */
  get cause(): unknown {
    return this.#end?.cause ?? this.#parts.lessee.runner.endedBy
  }

  /** Whether a failure is the end of the connection, rather than an answer on it. */
  endedBy(failure: unknown): boolean {
    if (isAmbitError(failure) || !(this.gone || endsSession(failure))) return false
    this.#end ??= { cause: failure }
    this.unfit = true
    return true
  }

  take(): Promise<PgClient> {
    if (this.#client) return Promise.resolve(this.#client)
    const { onLeased } = this.#parts.request
    const waiting = onLeased ? timed(() => this.#wait(), onLeased) : this.#wait()
    return waiting.then(client => {
      this.#client = client
      this.#whenTaken?.(client)
      this.#whenTaken = undefined
      return client
    })
  }

  /** Does something with the connection: now, or before anything is sent on it. */
  whenTaken(run: (client: PgClient) => void): void {
    if (this.#client) run(this.#client)
    else this.#whenTaken = run
  }

  giveBack(): Prompt<void> {
    const { leases, lessee } = this.#parts
    if (this.#asked === undefined) {
      leases.give(lessee)
      return undefined
    }
    if (this.#client !== undefined) return this.release()
    // Nobody waits any longer; what the pool still answers goes straight back.
    this.#asked
      .then(
        () => this.release(),
        () => leases.give(lessee),
      )
      .catch(() => undefined)
    return undefined
  }

  release(): Prompt<void> {
    const { leases, lessee } = this.#parts
    leases.give(lessee)
    const { runner } = lessee
    if (runner.isReleased) return undefined
    // The pool's timers must not keep this transaction's frame alive either.
    return runDetached(() => (this.unfit ? runner.destroy() : runner.release()))
  }

  #wait(): Promise<PgClient> {
    const { leases, lessee, request } = this.#parts
    return leases.take(lessee, () => (this.#asked ??= lessee.runner.connectStock()), request)
  }
}
