import type { QueryRunner } from 'typeorm'
import { runDetached } from '../../core/async-context'
import type { StockRunnerClass } from '../stock-runner'

/** The part of a pg client that we use. */
export interface PgClient {
  query(query: object): unknown
  query(text: string, values?: unknown[]): Promise<{ command?: string }>
}

/** The transaction that an inner runner works in. */
interface OfTransaction {
  client(): Promise<unknown>
  lost(): Error
}

export type InnerRunner = QueryRunner & {
  connectStock(): Promise<PgClient>
  /** TypeORM's way to give the client back as unusable; private there, the same in both majors. */
  releasePostgresConnection?(error?: Error): Promise<void>
}
export type InnerRunnerClass = new (transaction: OfTransaction) => InnerRunner

/**
 * TypeORM's own runner with one change: the client it works on sends BEGIN with the first statement. Logging, events,
 * slow log and error wrapping of `query()` stay TypeORM's.
 */
export function innerRunnerClass(Stock: StockRunnerClass, driver: unknown): InnerRunnerClass {
  return class extends Stock {
    readonly #transaction: OfTransaction

    constructor(transaction: OfTransaction) {
      super(driver, 'master')
      this.#transaction = transaction
    }

    override connect(): Promise<unknown> {
      return this.#transaction.client()
    }

    connectStock(): Promise<PgClient> {
      // Timers and sockets of the pool must not keep this transaction's frame alive.
      return runDetached(() => super.connect() as Promise<PgClient>)
    }

    /** TypeORM releases a runner whose connection has died. */
    override query(text: string, parameters?: unknown[], useStructuredResult = false): Promise<never> {
      if (this.isReleased) return Promise.reject(this.#transaction.lost())
      return super.query(text, parameters, useStructuredResult as true) as Promise<never>
    }
  }
}
