import { runDetached } from '../../core/async-context'
import type { OpenRequest } from '../../tx/transactional-resource'
import { timed } from '../timed'
import type { InnerRunner, PgClient } from './inner-runner'
import type { Leases, Lessee } from './leases'

interface LeaseParts {
  readonly lessee: Lessee
  readonly runner: InnerRunner
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

  async take(): Promise<PgClient> {
    if (this.#client) return this.#client
    const { onLeased } = this.#parts.request
    this.#client = await (onLeased ? timed(() => this.#wait(), onLeased) : this.#wait())
    return this.#client
  }

  async giveBack(): Promise<void> {
    if (this.#client !== undefined || this.#asked === undefined) return this.release()
    // Nobody waits any longer; what the pool still answers goes straight back.
    this.#asked
      .then(
        () => this.release(),
        () => this.#parts.leases.give(this.#parts.lessee),
      )
      .catch(() => undefined)
  }

  async release(): Promise<void> {
    const { runner, leases, lessee } = this.#parts
    leases.give(lessee)
    if (runner.isReleased) return
    // The pool's timers must not keep this transaction's frame alive either.
    await runDetached(() =>
      this.unfit && runner.releasePostgresConnection
        ? runner.releasePostgresConnection(new Error('not to be reused'))
        : runner.release(),
    )
  }

  #wait(): Promise<PgClient> {
    const { runner, leases, lessee, request } = this.#parts
    return leases.take(lessee, () => (this.#asked ??= runner.connectStock()), request)
  }
}
