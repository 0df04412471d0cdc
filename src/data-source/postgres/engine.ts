import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm'
import { briefSql } from '../../core/shown-sql'
import { ISOLATION_LEVELS, type IsolationLevel } from '../../tx/isolation'
import type { OpenRequest, ResourceUsage } from '../../tx/transactional-resource'
import { lostAlone } from '../connection-loss'
import type { Engine, EngineFactory, EngineSettings, RunnerTransaction } from '../engine'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import { sendByRunner } from '../statements/send-by-runner'
import type { StatementVerdict } from '../statements/statement-verdict'
import { stockRunnerClass, type StockRunnerClass } from '../stock-runner'
import { fireTransactionEvents, hearsOfBegin, hearsOfTransactions, toldOfBegin } from '../transaction-events'
import { judge } from './judge'
import { Leases, type Lessee } from './leases'
import { type IndependentRunnerClass, independentRunnerClass } from './independent-runner'
import { type OutsideRunnerClass, outsideRunnerClass } from './outside-runner'
import { isPgQuery, prefixedQueryClass } from './prefixed-query'
import { isAbortedSqlState, isTimeoutSqlState, isTransientSqlState } from './sqlstate'
import { rowSender } from './plain/row-sender'
import { batchSender } from './wire/sender'
import type { BoundValue } from './wire/pg-client'
import { SingleStatements } from './wire/single-statements'
import { type StatementTier, Wire } from './wire/wire'
import { innerRunnerClass, type PgClient, type ReleasingRunner } from './inner-runner'
import type { PostgresParts } from './parts'
import { PostgresTransaction } from './transaction'

/** PostgreSQL through pg's pool: any number of transactions side by side, BEGIN with the first statement. */
export const createPostgresEngine: EngineFactory = (name, dataSource, settings) =>
  Promise.resolve(new PostgresEngine(name, dataSource, settings))

class PostgresEngine implements Engine {
  readonly isolationLevels = ISOLATION_LEVELS
  readonly migratesInScope = true
  /** The number is arbitrary, and the same in every version of Ambit. */
  readonly migrationLock = {
    acquire: 'SELECT pg_advisory_lock(7264310527)',
    release: 'SELECT pg_advisory_unlock(7264310527)',
    inTransaction: 'SELECT pg_advisory_xact_lock(7264310527)',
  }
  readonly Runner: StockRunnerClass
  readonly #parts: PostgresParts
  readonly #IndependentRunner: IndependentRunnerClass
  readonly #OutsideRunner: OutsideRunnerClass
  readonly #waitTimeoutMs: number

  constructor(
    readonly name: string,
    readonly dataSource: DataSource,
    { waitTimeoutMs, prepare = 'auto' }: EngineSettings,
  ) {
    this.#waitTimeoutMs = waitTimeoutMs
    const { driver } = dataSource
    const { Query } = (driver as unknown as { postgres: { Query?: unknown } }).postgres
    const PrefixedQuery = isPgQuery(Query) ? prefixedQueryClass(Query) : undefined
    this.Runner = stockRunnerClass(dataSource)
    const leases = new Leases(name, dataSource)
    const senders = PrefixedQuery ? [batchSender, rowSender(PrefixedQuery)] : [batchSender]
    const wire = new Wire({ dataSource, Stock: this.Runner, Query, senders, prepare })
    const failure = (label: string, text: string, error: unknown): Error => leases.failure(label, briefSql(text), error)
    const singles = new SingleStatements({ dataSource, wire, failure })
    this.#IndependentRunner = independentRunnerClass(this.Runner, {
      driver,
      underWay: singles.underWay,
      doubt: client => wire.doubt(client),
    })
    this.#OutsideRunner = outsideRunnerClass(this.#IndependentRunner, { leases, waitTimeoutMs })
    this.#parts = {
      dataSource,
      Runner: innerRunnerClass(this.Runner, driver),
      PrefixedQuery,
      leases,
      wire,
      singles,
      isolation: () => (dataSource.options as { isolationLevel?: IsolationLevel }).isolationLevel,
      // Asked each time: components register themselves as subscribers when they are built.
      aroundBegin: request => (hearsOfBegin(dataSource) ? send => toldOfBegin(dataSource, request, send) : undefined),
    }
  }

  /** The data source's own default (TypeORM 1.x has an option for it), else PostgreSQL's. */
  get defaultIsolation(): IsolationLevel {
    return this.#parts.isolation() ?? 'READ COMMITTED'
  }

  get usage(): ResourceUsage {
    return this.#parts.leases.usage
  }

  open(request: OpenRequest): RunnerTransaction {
    const transaction = new PostgresTransaction(this.#parts, request)
    fireTransactionEvents(this.dataSource, request, () => transaction.begun)
    return transaction
  }

  standIn(request: OpenRequest, begun: () => boolean): void {
    fireTransactionEvents(this.dataSource, request, begun)
  }

  independent(mode: ReplicationMode, suspended: RunnerTransaction | undefined): QueryRunner {
    if (suspended === undefined) return new this.#IndependentRunner(mode)
    return new this.#OutsideRunner({ mode, suspended: suspended as RunnerTransaction & Lessee })
  }

  isTransient(error: unknown): boolean {
    return isTransientSqlState(error)
  }

  isTimeout(error: unknown): boolean {
    return isTimeoutSqlState(error)
  }

  isAftermath(error: unknown): boolean {
    return isAbortedSqlState(error)
  }

  holders(): readonly string[] {
    const { connectedQueryRunners } = this.dataSource.driver as unknown as { connectedQueryRunners: readonly object[] }
    const { holders } = this.#parts.leases
    const others = connectedQueryRunners.length - holders.length
    return others > 0 ? [...holders, ...Array<string>(others).fill('a query runner')] : holders
  }

  /** How fixed statements reach the server, and why so. */
  get boundForm(): ((value: unknown) => BoundValue) | undefined {
    return this.#parts.wire.boundForm
  }

  get statementTier(): StatementTier {
    return this.#parts.wire.tier
  }

  get poolSize(): number {
    return this.#parts.leases.poolSize
  }

  /**
   * Past the runner's `query()`, which is logged. One that no connection comes for stands in the pool's own queue; one that
   * is not answered gives its connection up, or it would keep the data source from closing.
   */
  async ping(): Promise<void> {
    const runner: QueryRunner & ReleasingRunner = this.dataSource.driver.createQueryRunner('master')
    try {
      const client = (await runner.connect()) as PgClient
      await pinged(client, this.#waitTimeoutMs).catch(async (error: unknown) => {
        await runner.releasePostgresConnection?.(error as Error)
        throw error
      })
    } finally {
      await runner.release()
    }
  }

  async judge(texts: readonly string[]): Promise<readonly StatementVerdict[]> {
    const runner: QueryRunner & ReleasingRunner = this.dataSource.driver.createQueryRunner('master')
    try {
      return await judge(runner, texts, { name: this.name, timeoutMs: this.#waitTimeoutMs })
    } finally {
      await runner.release()
    }
  }

  readsAlone(): boolean {
    const { wire } = this.#parts
    return wire.direct && this.#parts.isolation() === undefined && !hearsOfTransactions(this.dataSource)
  }

  sendFixed<R>(
    statement: FixedStatement<R>,
    values: readonly unknown[],
    who = ALONE,
  ): Promise<StatementAnswer<R>> | undefined {
    const { wire, singles } = this.#parts
    const bounds = {
      label: who,
      waitTimeoutMs: this.#waitTimeoutMs,
      signal: undefined,
    }
    if (wire.tier.tier === 'runner') return undefined
    if (wire.direct) return singles.run(statement, values, bounds)
    return this.#decide().then(() => this.sendFixed(statement, values, who) ?? this.#sendByRunner(statement, values))
  }

  drain(timeoutMs: number): Promise<number> {
    return this.#parts.singles.underWay.drain(timeoutMs)
  }

  close(): Promise<void> {
    this.#parts.singles.close()
    return Promise.resolve()
  }

  async #decide(): Promise<void> {
    const runner = this.dataSource.driver.createQueryRunner('master')
    try {
      const client = (await runner.connect()) as object
      await this.#parts.wire.decide(client).catch(async (error: unknown) => {
        await (runner as ReleasingRunner).releasePostgresConnection?.(error as Error)
        throw lostAlone(ALONE, { sent: false, writes: true }, error)
      })
    } finally {
      await runner.release()
    }
  }

  async #sendByRunner<R>(statement: FixedStatement<R>, values: readonly unknown[]): Promise<StatementAnswer<R>> {
    const runner = this.dataSource.driver.createQueryRunner('master')
    try {
      return await sendByRunner(runner, statement, values)
    } finally {
      await runner.release()
    }
  }

  /** TypeORM's transaction events around BEGIN; people run SET LOCAL in them. */
}

async function pinged(client: PgClient, timeoutMs: number): Promise<void> {
  await client.query({ text: 'SELECT 1', query_timeout: timeoutMs })
}

const ALONE = 'A statement outside every transaction'
