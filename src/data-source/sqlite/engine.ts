import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm'
import { ISOLATION_LEVELS, type IsolationLevel } from '../../tx/isolation'
import type { OpenRequest, ResourceUsage } from '../../tx/transactional-resource'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import { queryFailedClass } from '../query-failed'
import type { StatementVerdict } from '../statements/statement-verdict'
import type { Engine, EngineFactory, EngineSettings, RunnerTransaction, StatementTier } from '../engine'
import { stockRunnerClass, type StockRunnerClass } from '../stock-runner'
import { fireTransactionEvents, hearsOfBegin, hearsOfTransactions, toldOfBegin } from '../transaction-events'
import { BoundRunners } from './bound-runner'
import { DriverTakeover } from './driver-takeover'
import { redirect } from './early-runner'
import { SqliteSerializationError, SqliteSetupError } from './errors'
import { FixedLane } from './fixed-lane'
import { judge } from './judge'
import { leasedRunnerClass, type LeasedRunnerClass } from './leased-runner'
import { OutsideLane } from './outside-lane'
import { SqlitePool } from './pool'
import type { Prompt } from '../../core/prompt'
import type { SqliteDriverKind, SqliteOptions } from './raw-connection'
import { refusingSchemaWork } from './schema-work'
import { scopeRunnerClass } from './scope-runner'
import { SqliteTransaction } from './sqlite-transaction'
import type { TransactionParts } from './transaction-parts'
import type { TypeormSqliteDriver } from './typeorm-driver'

/**
 * SQLite as a pool: one writer in a fair queue, readers beside it for files in WAL mode. Takes a data source that is connected.
 *
 * @throws SqliteSetupError `AMBIT_SQLITE_OPEN_TRANSACTION`,
 * SqliteFileLockedError `AMBIT_SQLITE_FILE_LOCKED`
 */
export function createSqliteEngine(kind: SqliteDriverKind): EngineFactory {
  return async (name, dataSource, settings) => {
    const engine = new SqliteEngine(name, dataSource, { ...settings, kind })
    await engine.start()
    return engine
  }
}

interface SqliteSettings extends EngineSettings {
  readonly kind: SqliteDriverKind
}

export class SqliteEngine implements Engine {
  /** SQLite gives SERIALIZABLE to everyone: whoever asks for less gets at least that. */
  readonly isolationLevels = ISOLATION_LEVELS
  readonly defaultIsolation: IsolationLevel = 'SERIALIZABLE'
  readonly migratesInScope = false
  readonly Runner: StockRunnerClass
  readonly #dataSource: DataSource
  readonly #settings: SqliteSettings
  readonly #kind: SqliteDriverKind
  readonly #driver: TypeormSqliteDriver
  readonly #parts: Omit<TransactionParts, 'pool' | 'lane'>
  readonly #runners: BoundRunners
  readonly #LeasedRunner: LeasedRunnerClass
  /** These two are `undefined` where fixed statements go through TypeORM's runner: its errors could not be told otherwise. */
  #lane: FixedLane | undefined
  #outside: OutsideLane | undefined
  #pool: SqlitePool | undefined
  #shared: TransactionParts | undefined
  #takeover: DriverTakeover | undefined
  #undoRedirect: (() => void) | undefined
  #open = false

  constructor(
    readonly name: string,
    dataSource: DataSource,
    settings: SqliteSettings,
  ) {
    this.#dataSource = dataSource
    this.#settings = settings
    this.#kind = settings.kind
    this.#driver = dataSource.driver as unknown as TypeormSqliteDriver
    this.Runner = refusingSchemaWork(settings.kind.runnerClass(stockRunnerClass(dataSource)))
    const runners = new BoundRunners(this.Runner, dataSource)
    this.#runners = runners
    this.#parts = {
      dataSource,
      runners,
      Runner: scopeRunnerClass(this.Runner, dataSource, runners),
      aroundBegin: (request, send) => this.#aroundBegin(request, send),
    }
    this.#LeasedRunner = leasedRunnerClass(this.Runner, {
      dataSource,
      runners,
      waitTimeoutMs: settings.waitTimeoutMs,
      pool: () => this.pool,
    })
  }

  /** The connections, for statements below TypeORM and for tests. */
  get pool(): SqlitePool {
    if (this.#pool === undefined) throw new TypeError('the engine has not been started')
    return this.#pool
  }

  async start(): Promise<void> {
    const driver = this.#driver
    const early = driver.queryRunner
    await this.#refuseOpenTransaction(early)
    await this.#makeLane()
    const patience = { kind: this.#kind, name: this.name, waitTimeoutMs: this.#settings.waitTimeoutMs }
    this.#takeover = new DriverTakeover(driver, patience, {
      createQueryRunner: () => this.independent('master', undefined),
      connected: handle => this.#connected(handle),
      disconnect: () => this.#disconnect(),
    })
    try {
      await this.#connected(driver.databaseConnection)
    } catch (error) {
      this.#takeover.restore()
      throw error
    }
    if (early) this.#undoRedirect = redirect(early, new this.#LeasedRunner(undefined, true))
  }

  get usage(): ResourceUsage {
    const { writer = 0, readers = 0, waiting = 0 } = this.#pool?.usage ?? {}
    return { connections: writer + readers, waiting }
  }

  get statementTier(): StatementTier {
    return this.#lane === undefined ? BY_RUNNER : BY_DRIVER
  }

  get poolSize(): number {
    return 1 + (this.#pool?.readers?.size ?? 0)
  }

  /** On the connection that single statements share; where all share the writer, whoever holds it is proof enough. */
  async ping(): Promise<void> {
    const { readers, writer, usage } = this.pool
    if (readers === undefined && usage.writer > 0) return
    const connection = readers === undefined ? writer : await readers.shared()
    await connection.raw.rows('SELECT 1 FROM sqlite_master LIMIT 1')
  }

  judge(texts: readonly string[]): Promise<readonly StatementVerdict[]> {
    return judge(this.pool, texts, { name: this.name, timeoutMs: this.#settings.waitTimeoutMs })
  }

  open(request: OpenRequest): RunnerTransaction {
    const transaction = new SqliteTransaction(this.#requireShared(), request)
    fireTransactionEvents(this.#dataSource, request, () => transaction.begun)
    return transaction
  }

  standIn(request: OpenRequest, begun: () => boolean): void {
    fireTransactionEvents(this.#dataSource, request, begun)
  }

  independent(_mode: ReplicationMode, suspended: RunnerTransaction | undefined): QueryRunner {
    return new this.#LeasedRunner(suspended as SqliteTransaction | undefined, false)
  }

  readsAlone(): boolean {
    return this.#outside !== undefined && !hearsOfTransactions(this.#dataSource)
  }

  sendFixed<R>(
    fixed: FixedStatement<R>,
    values: readonly unknown[],
    who?: string,
  ): Prompt<StatementAnswer<R>> | undefined {
    return this.#outside?.send(fixed, values, who)
  }

  isTransient(error: unknown): boolean {
    for (let at = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; at = at.cause, depth += 1) {
      if (at instanceof SqliteSerializationError) return true
    }
    return this.#kind.busyKind(error) === 'snapshot'
  }

  /** Nothing gives a running statement up. Deadlines act between statements. */
  isTimeout(): boolean {
    return false
  }

  holders(): readonly string[] {
    return this.#open ? this.pool.holders : []
  }

  /** Gives the data source back as it was, its writer open, when work under way is done. */
  async close(): Promise<void> {
    this.#takeover?.restore()
    this.#undoRedirect?.()
    if (!this.#open) return
    await this.#stop(false)
    await this.pool.writer.raw.run(`PRAGMA busy_timeout = ${this.#kind.busyTimeoutOf(this.#options)}`)
  }

  async #connected(handle: unknown): Promise<void> {
    if (this.#open) return
    const options = this.#options
    this.#pool = await SqlitePool.around(handle, {
      name: this.name,
      driver: this.#kind,
      settings: this.#settings,
      switchToWal: !this.#kind.opensReadOnly(options) && options['enableWAL'] !== false,
      open: () => this.#requireTakeover().open(),
      useWriter: writer => {
        this.#driver.databaseConnection = writer
      },
    })
    this.#shared = { ...this.#parts, pool: this.#pool, lane: this.#lane }
    this.#open = true
  }

  async #makeLane(): Promise<void> {
    const Failure = await queryFailedClass(this.Runner, this.#dataSource)
    if (Failure === undefined) return
    const lane = new FixedLane(this.#dataSource, this.#runners, Failure)
    this.#lane = lane
    this.#outside = new OutsideLane({ lane, waitTimeoutMs: this.#settings.waitTimeoutMs, pool: () => this.pool })
  }

  async #disconnect(): Promise<void> {
    if (this.#open) await this.#stop(true)
  }

  async #stop(closeWriter: boolean): Promise<void> {
    this.#open = false
    await this.pool.close(closeWriter, this.#settings.waitTimeoutMs)
  }

  /** TypeORM's transaction events around BEGIN, where somebody listens. */
  #aroundBegin(request: OpenRequest, send: () => Prompt<unknown>): Prompt<unknown> {
    return hearsOfBegin(this.#dataSource) ? toldOfBegin(this.#dataSource, request, send) : send()
  }

  async #refuseOpenTransaction(early: QueryRunner | undefined): Promise<void> {
    const handle = this.#kind.connection(this.#driver.databaseConnection)
    if (early?.isTransactionActive !== true && !(await handle.inTransaction())) return
    throw new SqliteSetupError('AMBIT_SQLITE_OPEN_TRANSACTION', {
      what: `The data source '${this.name}' was handed over while a transaction is open on it.`,
      where: `data source '${this.name}'`,
      next: 'End the transaction before bootstrap(…), or let Ambit make the data source.',
    })
  }

  get #options(): SqliteOptions {
    return this.#dataSource.options as unknown as SqliteOptions
  }

  #requireShared(): TransactionParts {
    if (this.#shared === undefined) throw new TypeError('the engine has not been started')
    return this.#shared
  }

  #requireTakeover(): DriverTakeover {
    if (this.#takeover === undefined) throw new TypeError('the engine has not been started')
    return this.#takeover
  }
}

const BY_DRIVER: StatementTier = {
  tier: 'prepared',
  reason: "each connection prepares them once, without TypeORM's runner in between",
}

const BY_RUNNER: StatementTier = {
  tier: 'runner',
  reason: "an error made past TypeORM's runner could not be told to be TypeORM's own",
}

const MAX_CAUSES = 8
