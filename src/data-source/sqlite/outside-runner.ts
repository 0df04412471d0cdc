import type { DataSource, QueryRunner } from 'typeorm'
import { flow } from '../../core/flow'
import { statementEffect } from '../../core/statement-effect'
import type { StockRunnerClass } from '../stock-runner'
import type { BoundRunner, BoundRunners } from './bound-runner'
import type { Connection } from './connection'
import { asksForTheWriter, controlTextOf, keptSettingOf } from './control-text'
import { OutsideStatements } from './outside-statements'
import { OwnTransaction } from './own-transaction'
import type { SqlitePool } from './pool'
import { promised } from '../../core/prompt'
import { refusedOutside, refusedSetting } from './refusals'
import type { Lender } from './writer-access'

/** What the runners outside scopes share. */
export interface OutsideRunnerParts {
  readonly dataSource: DataSource
  readonly runners: BoundRunners
  readonly waitTimeoutMs: number
  /** The pool of the moment: a data source may be destroyed and initialised again. */
  readonly pool: () => SqlitePool
}

export type OutsideRunner = QueryRunner & { readonly own: OwnTransaction }
export type OutsideRunnerClass = new (suspended: Lender | undefined) => OutsideRunner

/** A runner outside every scope: each statement takes a connection for its own time, or the one that the runner holds. */
export function outsideRunnerClass(Stock: StockRunnerClass, parts: OutsideRunnerParts): OutsideRunnerClass {
  return class extends Stock {
    readonly own: OwnTransaction
    readonly #statements: OutsideStatements

    constructor(suspended: Lender | undefined) {
      super(parts.dataSource.driver, 'master')
      this.own = new OwnTransaction(parts, suspended, this)
      this.#statements = new OutsideStatements(parts.pool, parts.waitTimeoutMs, suspended)
    }

    override query<T>(text: string, parameters?: unknown[], useStructuredResult = false): Promise<T> {
      // TypeORM's own refusal of a released runner.
      if (this.isReleased) return super.query(text, parameters) as Promise<T>
      const send = (runner: BoundRunner, sent: string): Promise<T> =>
        runner.query(sent, parameters, useStructuredResult as true) as Promise<T>
      const leased = (connection: Connection, sent = text): Promise<T> =>
        send(parts.runners.leased(connection, this.broadcaster), sent)
      if (this.own.held) return this.own.run(text, leased)
      const shared = (connection: Connection): Promise<T> =>
        send(parts.runners.shared(connection, this.broadcaster), text)
      return this.#route(text, { leased, shared })
    }

    /** TypeORM's raw connection, for those who ask for it. What they send there is theirs to order. */
    override connect(): Promise<unknown> {
      return Promise.resolve((this.own.connection ?? parts.pool().writer).raw.handle)
    }

    #route<T>(text: string, run: { leased: Run<T>; shared: Run<T> }): Promise<T> {
      const control = controlTextOf(text)
      if (control === 'begin-or-end' || control === 'savepoint') return Promise.reject(refusedOutside(text))
      const setting = control === 'setting' ? keptSettingOf(text) : undefined
      if (setting !== undefined) return Promise.reject(refusedSetting(setting))
      const reads = statementEffect(text) === 'read'
      return reads && !asksForTheWriter(text)
        ? promised(() => flow(this.#statements.onReader(text, run.shared, run.leased)))
        : promised(() => flow(this.#statements.onWriter(text, reads, run.leased)))
    }
  }
}

type Run<T> = (connection: Connection) => Promise<T>
