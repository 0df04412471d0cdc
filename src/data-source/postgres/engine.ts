import type { DataSource, EntitySubscriberInterface, QueryRunner, ReplicationMode } from 'typeorm'
import { ISOLATION_LEVELS, type IsolationLevel } from '../../tx/isolation'
import type { OpenRequest, ResourceUsage } from '../../tx/transactional-resource'
import type { Engine, EngineFactory, EngineSettings, RunnerTransaction } from '../engine'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import { sendByRunner } from '../statements/send-by-runner'
import { stockRunnerClass, type StockRunnerClass } from '../stock-runner'
import { fireTransactionEvents } from '../transaction-events'
import { Leases, type Lessee } from './leases'
import { type OutsideRunnerClass, outsideRunnerClass } from './outside-runner'
import { isPgQuery, prefixedQueryClass } from './prefixed-query'
import { isTimeoutSqlState, isTransientSqlState } from './sqlstate'
import { SingleStatements } from './wire/single-statements'
import { type StatementTier, Wire } from './wire/wire'
import { innerRunnerClass } from './inner-runner'
import { type PostgresParts, PostgresTransaction } from './transaction'

/** PostgreSQL through pg's pool: any number of transactions side by side, BEGIN with the first statement. */
export const createPostgresEngine: EngineFactory = (name, dataSource, settings) =>
  Promise.resolve(new PostgresEngine(name, dataSource, settings))

class PostgresEngine implements Engine {
  readonly isolationLevels = ISOLATION_LEVELS
  /** The number is arbitrary, and the same in every version of Ambit. */
  readonly migrationLock = {
    acquire: 'SELECT pg_advisory_lock(7264310527)',
    release: 'SELECT pg_advisory_unlock(7264310527)',
    inTransaction: 'SELECT pg_advisory_xact_lock(7264310527)',
  }
  readonly Runner: StockRunnerClass
  readonly #parts: PostgresParts
  readonly #OutsideRunner: OutsideRunnerClass
  readonly #waitTimeoutMs: number

  constructor(
    readonly name: string,
    readonly dataSource: DataSource,
    { waitTimeoutMs, prepare = 'auto' }: EngineSettings,
  ) {
    this.#waitTimeoutMs = waitTimeoutMs
    const driver = dataSource.driver as unknown as { postgres: { Query?: unknown } }
    this.Runner = stockRunnerClass(dataSource)
    const leases = new Leases(name, dataSource)
    const wire = new Wire({ dataSource, Stock: this.Runner, Query: driver.postgres.Query, prepare })
    const failure = (label: string, error: unknown): Error => leases.failure(label, error)
    this.#OutsideRunner = outsideRunnerClass(this.Runner, { driver, leases, waitTimeoutMs })
    this.#parts = {
      dataSource,
      Runner: innerRunnerClass(this.Runner, driver),
      PrefixedQuery: isPgQuery(driver.postgres.Query) ? prefixedQueryClass(driver.postgres.Query) : undefined,
      leases,
      wire,
      singles: new SingleStatements({ dataSource, wire, failure }),
      // Asked each time: components register themselves as subscribers when they are built.
      aroundBegin: () => (dataSource.subscribers.some(listensToBegin) ? send => this.#broadcastBegin(send) : undefined),
    }
  }

  /** The data source's own default (TypeORM 1.x has an option for it), else PostgreSQL's. */
  get defaultIsolation(): IsolationLevel {
    const { isolationLevel } = this.dataSource.options as { isolationLevel?: IsolationLevel }
    return isolationLevel ?? 'READ COMMITTED'
  }

  get usage(): ResourceUsage {
    return this.#parts.leases.usage
  }

  open(request: OpenRequest): RunnerTransaction {
    const { isolationLevel } = this.dataSource.options as { isolationLevel?: IsolationLevel }
    const transaction = new PostgresTransaction(this.#parts, {
      ...request,
      isolation: request.isolation ?? isolationLevel,
    })
    fireTransactionEvents(this.dataSource, request, () => transaction.begun)
    return transaction
  }

  standIn(request: OpenRequest, begun: () => boolean): void {
    fireTransactionEvents(this.dataSource, request, begun)
  }

  independent(mode: ReplicationMode, suspended: RunnerTransaction | undefined): QueryRunner {
    if (suspended === undefined) return this.dataSource.driver.createQueryRunner(mode)
    return new this.#OutsideRunner({ mode, suspended: suspended as RunnerTransaction & Lessee })
  }

  isTransient(error: unknown): boolean {
    return isTransientSqlState(error)
  }

  isTimeout(error: unknown): boolean {
    return isTimeoutSqlState(error)
  }

  holders(): readonly string[] {
    const { connectedQueryRunners } = this.dataSource.driver as unknown as { connectedQueryRunners: readonly object[] }
    const { holders } = this.#parts.leases
    const others = connectedQueryRunners.length - holders.length
    return others > 0 ? [...holders, ...Array<string>(others).fill('a query runner')] : holders
  }

  /** How fixed statements reach the server, and why so. */
  get statementTier(): StatementTier {
    return this.#parts.wire.tier
  }

  sendFixed<R>(statement: FixedStatement<R>, values: readonly unknown[]): Promise<StatementAnswer<R>> | undefined {
    const { wire, singles } = this.#parts
    const bounds = {
      label: 'A statement outside every transaction',
      waitTimeoutMs: this.#waitTimeoutMs,
      signal: undefined,
    }
    if (wire.tier.tier === 'runner') return undefined
    if (wire.tier.tier === 'wire') return singles.run(statement, values, bounds)
    return this.#decide().then(() => this.sendFixed(statement, values) ?? this.#sendByRunner(statement, values))
  }

  close(): Promise<void> {
    this.#parts.singles.close()
    return Promise.resolve()
  }

  async #decide(): Promise<void> {
    const runner = this.dataSource.driver.createQueryRunner('master')
    try {
      await this.#parts.wire.decide((await runner.connect()) as object)
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
  async #broadcastBegin(send: () => Promise<void>): Promise<void> {
    const runner = this.dataSource.createQueryRunner()
    await runner.broadcaster.broadcast('BeforeTransactionStart')
    await send()
    await runner.broadcaster.broadcast('AfterTransactionStart')
  }
}

function listensToBegin(subscriber: EntitySubscriberInterface): boolean {
  return 'beforeTransactionStart' in subscriber || 'afterTransactionStart' in subscriber
}
