import type { DataSource, EntitySubscriberInterface, QueryRunner, ReplicationMode } from 'typeorm'
import { ISOLATION_LEVELS, type IsolationLevel } from '../../tx/isolation'
import type { OpenRequest, ResourceUsage } from '../../tx/transactional-resource'
import type { Engine, EngineFactory, EngineSettings, RunnerTransaction } from '../engine'
import { stockRunnerClass, type StockRunnerClass } from '../stock-runner'
import { fireTransactionEvents } from '../transaction-events'
import { Leases, type Lessee } from './leases'
import { type OutsideRunnerClass, outsideRunnerClass } from './outside-runner'
import { isPgQuery, prefixedQueryClass } from './prefixed-query'
import { isTimeoutSqlState, isTransientSqlState } from './sqlstate'
import { innerRunnerClass, type PostgresParts, PostgresTransaction } from './transaction'

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

  constructor(
    readonly name: string,
    readonly dataSource: DataSource,
    { waitTimeoutMs }: EngineSettings,
  ) {
    const driver = dataSource.driver as unknown as { postgres: { Query?: unknown } }
    this.Runner = stockRunnerClass(dataSource)
    const leases = new Leases(name, dataSource)
    this.#OutsideRunner = outsideRunnerClass(this.Runner, { driver, leases, waitTimeoutMs })
    this.#parts = {
      dataSource,
      Runner: innerRunnerClass(this.Runner, driver),
      PrefixedQuery: isPgQuery(driver.postgres.Query) ? prefixedQueryClass(driver.postgres.Query) : undefined,
      leases,
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

  close(): Promise<void> {
    return Promise.resolve()
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
