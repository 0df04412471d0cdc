import type { QueryRunner } from 'typeorm'
import { runDetached } from '../../core/async-context'
import type { StockRunnerClass } from '../stock-runner'

/** The part of a pg client that we use. */
export interface PgClient {
  readonly connection?: { readonly stream?: { readonly writable?: boolean } }
  query(query: object): unknown
  query(text: string, values?: unknown[]): Promise<{ command?: string }>
  query(text: string, done: (error: Error | null | undefined, result?: { command?: string }) => void): void
}

/** The transaction that an inner runner works in. */
interface OfTransaction {
  client(): Promise<unknown>
  lost(): Error
}

export type InnerRunner = QueryRunner & {
  connectStock(): Promise<PgClient>
  /** The driver's error with which the connection ended, where TypeORM was told of one. */
  readonly endedBy: Error | undefined
  /** Gives the client back as unusable. */
  destroy(): Promise<void>
}
/** TypeORM's way to give the client back as unusable; private there, the same in both majors. */
export interface ReleasingRunner {
  releasePostgresConnection?(error?: Error): Promise<void>
}

export type InnerRunnerClass = new (transaction: OfTransaction) => InnerRunner

/**
 * TypeORM's own runner with one change: the client it works on sends BEGIN with the first statement. Logging, events,
 * slow log and error wrapping of `query()` stay TypeORM's.
 */
export function innerRunnerClass(Stock: StockRunnerClass, driver: unknown): InnerRunnerClass {
  const Base: new (...args: ConstructorParameters<StockRunnerClass>) => QueryRunner & ReleasingRunner = Stock
  return class extends Base {
    readonly #transaction: OfTransaction
    endedBy: Error | undefined

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

    destroy(): Promise<void> {
      return super.releasePostgresConnection?.(new Error('not to be reused')) ?? this.release()
    }

    /** TypeORM calls it, with the error, when the connection has died. */
    override releasePostgresConnection(error?: Error): Promise<void> {
      this.endedBy ??= error
      return super.releasePostgresConnection?.(error) ?? Promise.resolve()
    }

    /** TypeORM releases a runner whose connection has died. */
    override query(text: string, parameters?: unknown[], useStructuredResult = false): Promise<never> {
      if (this.isReleased) return Promise.reject(this.#transaction.lost())
      return super.query(text, parameters, useStructuredResult as true) as Promise<never>
    }
  }
}
