import type { Readable } from 'node:stream'
import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm'
import type { OpenRequest, ResourceTransaction, TransactionalResource } from '../tx/transactional-resource'
import type { FixedStatement, StatementAnswer } from './statements/fixed-statement'
import type { StockRunnerClass } from './stock-runner'

/** One physical transaction over TypeORM. */
export interface RunnerTransaction extends ResourceTransaction {
  /**
   * A TypeORM runner on the transaction's connection: its `query()` takes the connection and sends BEGIN with the first
   * statement. Called only by whoever holds the transaction's turn.
   */
  readonly runner: QueryRunner
  /** Is told the text of each statement before it is sent. */
  observe?(text: string): void
  /**
   * Sends a fixed statement on the transaction's connection, without a runner in between; absent where TypeORM's own way is
   * the only one. Called only by whoever holds the transaction's turn.
   */
  sendFixed?<R>(statement: FixedStatement<R>, values: readonly unknown[]): Promise<StatementAnswer<R>>
  /** The rows of a query in portions; absent where the driver's own `stream()` must answer. */
  stream?(text: string, parameters: readonly unknown[], session: StreamSession): Readable
}

/** What a stream is given of the scope that it was opened in. */
export interface StreamSession {
  /** Runs a statement in that scope, whoever asks. */
  query(text: string, parameters?: unknown[]): Promise<unknown>
  /** Whether the scope is over, and with it everything that was open on the server. */
  ended(): boolean
}

/**
 * What a kind of database does for transactions: one implementation per driver family, chosen once when a data source
 * is adopted. Shared code asks the engine, never the driver's name.
 */
export interface Engine extends TransactionalResource {
  /** The base of every query runner on this data source: the driver's own, corrected where it must be. */
  readonly Runner: StockRunnerClass
  open(request: OpenRequest): RunnerTransaction
  /**
   * A runner for work outside every scope, or in a scope without a transaction. `suspended` is the transaction that such
   * a scope hides (NOT_SUPPORTED), for databases on which it stands in the way.
   */
  independent(mode: ReplicationMode, suspended: RunnerTransaction | undefined): QueryRunner
  /**
   * Sends a fixed statement outside every transaction, on a connection of its own; `undefined` where TypeORM's own way is
   * to be taken. Only asked for where no transaction is suspended.
   */
  sendFixed?<R>(statement: FixedStatement<R>, values: readonly unknown[]): Promise<StatementAnswer<R>> | undefined
  /**
   * SQL that keeps other processes from changing the schema at the same time, where the database does not by itself: for
   * the session, and for the rest of a transaction.
   */
  readonly migrationLock?: { readonly acquire: string; readonly release: string; readonly inTransaction: string }
  /** Ends what the engine added to the data source; called before the data source is destroyed. */
  close(): Promise<void>
}

export interface EngineSettings {
  /** The bound of every wait for a connection, in milliseconds. */
  readonly waitTimeoutMs: number
  /** SQLite: reader connections beside the writer (files in WAL mode). */
  readonly readers: number
  /** SQLite: `PRAGMA synchronous` of every connection. */
  readonly synchronous: 'FULL' | 'NORMAL'
}

/** Makes the engine of an initialised data source. */
export type EngineFactory = (name: string, dataSource: DataSource, settings: EngineSettings) => Promise<Engine>
