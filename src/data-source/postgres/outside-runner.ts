import type { QueryRunner, ReplicationMode } from 'typeorm'
import { runDetached } from '../../core/async-context'
import { briefSql } from '../../core/shown-sql'
import type { IndependentRunnerClass } from './independent-runner'
import type { Leases, Lessee } from './leases'

export interface OutsideRunner {
  readonly mode: ReplicationMode
  /** The transaction that waits while the runner works outside it. */
  readonly suspended: Lessee
}

export type OutsideRunnerClass = new (options: OutsideRunner) => QueryRunner

interface OutsideParts {
  readonly leases: Leases
  readonly waitTimeoutMs: number
}

/**
 * A runner for work beside a suspended transaction, which holds a connection meanwhile: its wait for another one is bounded
 * as a transaction's is.
 */
export function outsideRunnerClass(
  Independent: IndependentRunnerClass,
  { leases, waitTimeoutMs }: OutsideParts,
): OutsideRunnerClass {
  return class extends Independent implements Lessee {
    readonly label: string
    readonly outer: Lessee
    sentAt = 0
    #text: string | undefined
    #lease: Promise<unknown> | undefined
    #leased = false

    constructor({ mode, suspended }: OutsideRunner) {
      super(mode)
      this.label = `A call outside the transaction of ${suspended.label}, in the middle of it,`
      this.outer = suspended
    }

    get activity(): string | undefined {
      return this.#text && briefSql(this.#text)
    }

    override query(text: string, parameters?: unknown[], useStructuredResult = false): Promise<never> {
      this.#text = text
      this.sentAt = performance.now()
      const answer = super.query(text, parameters, useStructuredResult as true) as Promise<never>
      return answer.finally(() => (this.#text = undefined))
    }

    override async connect(): Promise<unknown> {
      if (this.#leased) return this.#lease
      const ask = (): Promise<unknown> => (this.#lease ??= runDetached(() => super.connect() as Promise<unknown>))
      const client = await leases.take(this, ask, { waitTimeoutMs, signal: undefined })
      this.#leased = true
      return client
    }

    override async release(): Promise<void> {
      leases.give(this)
      if (this.#lease === undefined || this.#leased) return super.release()
      // TypeORM forgets a connection that comes after release().
      this.#lease.then(() => super.release()).catch(() => undefined)
    }
  }
}
