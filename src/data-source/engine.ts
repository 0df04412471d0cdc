import type { Readable } from 'node:stream'
import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm'
import type { Prompt } from '../core/prompt'
import type { OpenRequest, ResourceTransaction, TransactionalResource } from '../tx/transactional-resource'
import type { PrepareMode } from './prepare-mode'
import type { FixedStatement, StatementAnswer } from './statements/fixed-statement'
import type { StatementVerdict } from './statements/statement-verdict'
import type { StreamedStatement } from './statements/streamed-statement'
import type { StockRunnerClass } from './stock-runner'

/** One physical transaction over TypeORM. */
export interface RunnerTransaction extends ResourceTransaction {
  /**
   * A TypeORM runner on the transaction's connection: its `query()` takes the connection and sends BEGIN with the first
   * statement. Called only by whoever holds the transaction's turn.
   */
  readonly runner: QueryRunner
  /** The error of a statement that failed: where that was the end of its connection, what is known of the work. */
  failure?(error: unknown): unknown
  /**
   * Rows are about to be locked in it, by a statement that may look like any other read: from now on nobody else may work on
   * its connection.
   */
  keepsRows?(): void
  /** Is told the text of each statement before it is sent. */
  observe?(text: string): void
  /**
   * Sends a fixed statement on the transaction's connection, without a runner in between; absent where TypeORM's own way is
   * the only one. Called only by whoever holds the transaction's turn.
   */
  sendFixed?<R>(statement: FixedStatement<R>, values: readonly unknown[]): Prompt<StatementAnswer<R>>
  /**
   * Opens a statement whose rows come in portions on the transaction's connection; sends nothing yet. Absent where no stream
   * can be had.
   */
  portions?<R>(request: PortionsRequest<R>): Portions<R>
  /** The rows of a query in portions; absent where the driver's own `stream()` must answer. */
  stream?(text: string, parameters: readonly unknown[], session: StreamSession): Readable
}

/** A statement whose rows are wanted in portions. */
export interface PortionsRequest<R> {
  readonly statement: StreamedStatement<R>
  readonly values: readonly unknown[]
  /** The most rows of a portion. */
  readonly size: number
  /** Tells TypeORM's subscribers of statements; `undefined` where none of them listens. */
  readonly broadcaster: QueryRunner['broadcaster'] | undefined
}

/**
 * The rows of one statement, a portion at a time. Its methods are called one at a time, by whoever holds the transaction's
 * turn; between two of them the connection does other work. The end of the transaction lets go of it by itself.
 */
export interface Portions<R> {
  /** Whether asking early pays: the database works while the rows before are used. */
  readonly readsAhead: boolean
  next(): Prompt<Portion<R>>
  /** Lets go of it before its end, while the transaction goes on. */
  close(): Prompt<void>
}

export interface Portion<R> {
  readonly rows: R[]
  /** Whether there are no more. */
  readonly last: boolean
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
  sendFixed?<R>(
    statement: FixedStatement<R>,
    values: readonly unknown[],
    who?: string,
  ): Prompt<StatementAnswer<R>> | undefined
  /**
   * SQL that keeps other processes from changing the schema at the same time, where the database does not by itself: for
   * the session, and for the rest of a transaction.
   */
  readonly migrationLock?: { readonly acquire: string; readonly release: string; readonly inTransaction: string }
  /** Whether migrations may run in a scope: not where they need foreign keys off, which no transaction can switch. */
  readonly migratesInScope: boolean
  /** What its driver makes of a value before it sends it; absent where that is not known, or not text. */
  readonly boundForm?: ((value: unknown) => null | string | Uint8Array) | undefined
  /** How fixed statements reach the database, and why so. */
  readonly statementTier: StatementTier
  /** How many connections it uses at most. */
  readonly poolSize: number
  /**
   * Whether the database answers: rejects where it does not. Takes no transaction, and is told to no logger and no listener.
   */
  ping(): Promise<void>
  /**
   * Has the database prepare statements, with the driver's placeholders, and run none of them; answers in their order. Told to
   * no logger and no listener; every wait is bounded.
   */
  judge(texts: readonly string[]): Promise<readonly StatementVerdict[]>
  /** Who holds connections now: methods, and query runners made by hand. */
  holders(): readonly string[]
  /**
   * Waits for statements outside every transaction, where closing the data source would not: those without an answer at the
   * deadline lose their connection. Answers how many did.
   */
  drain?(timeoutMs: number): Promise<number>
  /** Ends what the engine added to the data source; called before the data source is destroyed. */
  close(): Promise<void>
}

/** How fixed statements reach a database: the best way that works with the driver at hand. */
export interface StatementTier {
  readonly tier: string
  readonly reason: string
}

export interface EngineSettings {
  /** The bound of every wait for a connection, in milliseconds. */
  readonly waitTimeoutMs: number
  /** SQLite: reader connections beside the writer (files in WAL mode). */
  readonly readers: number
  /** SQLite: `PRAGMA synchronous` of every connection. */
  readonly synchronous: 'FULL' | 'NORMAL'
  /** PostgreSQL: whether fixed statements are prepared under names. Default 'auto'. */
  readonly prepare?: PrepareMode
}

/** Makes the engine of an initialised data source. */
export type EngineFactory = (name: string, dataSource: DataSource, settings: EngineSettings) => Promise<Engine>
