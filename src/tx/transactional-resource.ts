import type { Prompt } from '../core/prompt'
import type { HookFunction, HookPhase } from './hooks'
import type { IsolationLevel } from './isolation'
import type { SingleStatement } from './options'

/**
 * The port between the transaction engine and a database: one per data source.
 *
 * The engine decides when; the resource knows how. Nothing is sent before the first statement.
 */
export interface TransactionalResource {
  /** The data source's name. */
  readonly name: string
  /** The isolation levels it can give. */
  readonly isolationLevels: readonly IsolationLevel[]
  /** What a transaction that asks for nothing gets. */
  readonly defaultIsolation: IsolationLevel
  /**
   * Prepares a transaction; takes no connection and sends nothing, unless the request is eager.
   * May throw a catalogue error when a second transaction beside `request.outer` cannot exist (one writer per SQLite file).
   */
  open(request: OpenRequest): ResourceTransaction
  /** Whether a single select of the framework's own making needs no transaction now, because nobody could tell. */
  readsAlone?(): boolean
  /**
   * A savepoint stands in for a transaction (under a test root): binds what belongs to the end of every transaction. `begun`
   * says whether the savepoint was set.
   */
  standIn?(request: OpenRequest, begun: () => boolean): void
  /** Connections in somebody's hands now, and callers that wait for one. */
  readonly usage?: ResourceUsage
  /** Whether repeating the whole transaction may succeed (serialization failure, deadlock). */
  isTransient(error: unknown): boolean
  /** Whether the database gave a statement up because its time was over. */
  isTimeout(error: unknown): boolean
  /** Whether a statement was refused for one before it only: where a refusal aborts the transaction, all that follow are. */
  isAftermath?(error: unknown): boolean
}

export interface ResourceUsage {
  readonly connections: number
  readonly waiting: number
}

export interface OpenRequest {
  /** Unique within the application, for logs. */
  readonly id: string
  /** The originator's method. */
  readonly label: string
  readonly isolation: IsolationLevel | undefined
  readonly readOnly: boolean
  /**
   * Probably one statement of the framework's own making is all that comes. A select: BEGIN may wait for a second one, and
   * COMMIT with it. A write: COMMIT may travel with it, where it is a fixed statement and no hook waits for the commit. A turn of
   * selects: the same, once `concludes` has said that it is all.
   */
  readonly single: SingleStatement | undefined
  /** The suspended transaction of the same data source that this one runs beside. */
  readonly outer: ResourceTransaction | undefined
  /** Whether `outer` is out of its sight, behind a frame without a transaction (NOT_SUPPORTED). */
  readonly hidden?: boolean
  /** How long any wait for a connection may take, in milliseconds. */
  readonly waitTimeoutMs: number
  /** Aborted when the transaction must not go on (deadline, caller's signal): queued waits give up. */
  readonly signal: AbortSignal | undefined
  /** What is left until the deadline, in milliseconds; `undefined` without one. */
  remainingMs(): number | undefined
  /** What its turn is used for now, in brief: for the errors of those who wait for what it holds. */
  readonly activity?: (() => string | undefined) | undefined
  /** Whether nothing waits for the end of the work that could still decide against a commit. */
  unhooked?(): boolean
  /**
   * Runs what belongs to the transaction as a whole inside it, whatever brings it about and wherever that stands: its statements
   * wait for nobody's turn.
   */
  within?<T>(run: () => Promise<T>): Promise<T>
  /** Told the text of each transaction-control command the resource sends. */
  onControl(command: string): void
  /** Told how long each wait for a connection took, in milliseconds; set where somebody listens. */
  readonly onLeased?: ((waitedMs: number) => void) | undefined
  /** Binds work of the resource's own to the end of the transaction. */
  addHook(phase: HookPhase, run: HookFunction): void
}

/** What happened to a COMMIT. */
export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** The database answered with ROLLBACK, or with an error: nothing is stored. */
  | { readonly kind: 'rolled-back'; readonly cause: unknown }
  /** The connection was lost while COMMIT was under way. */
  | { readonly kind: 'unknown'; readonly cause: unknown }

/**
 * One physical transaction. The engine calls one method at a time, never while a statement runs.
 * `commit` and `rollback` give the connection back in every case, destroyed when its state is in doubt.
 */
export interface ResourceTransaction {
  /**
   * A participant that asks for this isolation in words has been let in, because the transaction gives it: it must go on
   * giving it, also where it would have relaxed it for others.
   */
  keepIsolation?(isolation: IsolationLevel): void
  /**
   * How it ended, where its COMMIT has travelled with its only statement: nothing can change that any more. `commit`
   * answers it then, and is called for the rollback as well.
   */
  readonly settled?: CommitOutcome | undefined
  /**
   * The next turn, of that many statements, is all that comes in it: COMMIT may travel with them. A promise of whoever owns the
   * transaction, for reads only.
   */
  concludes?(statements: number): void
  /** What is asked for while `ask` runs goes out in one write, where the resource can do that. */
  together?(ask: () => void): void
  /** Whether there is anything to end: until a connection was asked for, there is not. */
  readonly begun: boolean
  /** Sends BEGIN now (`begin: 'eager'`). */
  begin(): Promise<void>
  /** A read-only one refuses writes until it ends. */
  savepoint(name: string, readOnly?: boolean): Promise<void>
  rollbackTo(name: string): Promise<void>
  release(name: string): Promise<void>
  /** Checks what the database would check at COMMIT only (deferred constraints), where it can be asked to. */
  checkDeferred?(): Promise<void>
  /** At hand where the driver is synchronous. */
  commit(): Prompt<CommitOutcome>
  rollback(): Promise<void>
  /** Gives a connection up whose statement does not come to its end: nothing of the transaction may be stored. */
  abandon?(): void
}
