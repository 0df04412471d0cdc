import type { DataSource, QueryRunner } from 'typeorm'
import type { StockRunnerClass } from '../stock-runner'
import type { BoundRunners } from './bound-runner'
import type { Connection } from './connection'
import type { Prompt } from '../../core/prompt'

export type ScopeRunner = QueryRunner

/** The transaction that a scope's runner sends its statements through. */
export interface ScopeTransaction {
  statement<T>(text: string, run: (connection: Connection) => Prompt<T>): Promise<T>
}

export type ScopeRunnerClass = new (transaction: ScopeTransaction) => ScopeRunner

/** The runner on a scope's transaction: TypeORM's own `query()`, on whatever connection the transaction has. */
export function scopeRunnerClass(
  Stock: StockRunnerClass,
  dataSource: DataSource,
  runners: BoundRunners,
): ScopeRunnerClass {
  return class extends Stock {
    readonly #transaction: ScopeTransaction

    constructor(transaction: ScopeTransaction) {
      super(dataSource.driver, 'master')
      this.#transaction = transaction
    }

    override query<T>(text: string, parameters?: unknown[], useStructuredResult = false): Promise<T> {
      const { broadcaster } = this
      return this.#transaction.statement(
        text,
        connection =>
          runners.leased(connection, broadcaster).query(text, parameters, useStructuredResult as true) as Promise<T>,
      )
    }

    /** Stands in for the raw connection: its statements belong to the transaction like all others. */
    override connect(): Promise<unknown> {
      return Promise.resolve({ query: (text: string, values?: unknown[]) => this.query(text, values) })
    }
  }
}
