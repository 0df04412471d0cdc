import { flow } from '../../core/flow'
import { statementEffect } from '../../core/statement-effect'
import { TransactionEndedError } from '../../tx/errors'
import { type IsolationLevel, satisfiesIsolation } from '../../tx/isolation'
import type { CommitOutcome, OpenRequest } from '../../tx/transactional-resource'
import { translateDatabaseError } from '../database-error'
import type { Portions, PortionsRequest, RunnerTransaction } from '../engine'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import { sendByRunner } from '../statements/send-by-runner'
import { timed } from '../timed'
import { goesWithoutBegin } from '../transaction-events'
import { type Connection, quoted } from './connection'
import { retryWhileLocked } from './busy'
import { type ControlText, controlTextOf, keptSettingOf } from './control-text'
import { SqliteTransactionLostError } from './errors'
import { givenBack, type Hold } from './hold'
import { Lending, type LendingOwner } from './lending'
import { attempted, type Flow, type Prompt, prompt, promised } from '../../core/prompt'
import { OpenStreams } from './open-streams'
import { refusedControl, refusedSetting } from './refusals'
import { Savepoints } from './savepoints'
import type { ScopeRunner } from './scope-runner'
import { isIoError } from './sqlite-codes'
import { TransactionCommands } from './transaction-commands'
import type { TransactionParts } from './transaction-parts'
import { type Lender, nearestLender, takeWriter, type WriterRequest } from './writer-access'

/**
 * One transaction: on the writer, begun IMMEDIATE, or read-only on a reader. It takes its connection and begins with its
 * first statement; while it has only read, it lends the writer to transactions inside it.
 */
export class SqliteTransaction implements RunnerTransaction, Lender, LendingOwner {
  readonly outer: SqliteTransaction | undefined
  readonly #parts: TransactionParts
  readonly #request: OpenRequest
  /** The strongest isolation that was asked for in words, by whoever works in it. */
  #isolation: IsolationLevel | undefined
  readonly #commands: TransactionCommands
  readonly #lending: Lending
  readonly #savepoints = new Savepoints()
  /** Whether it works on the writer; a read-only transaction on a file has a reader to itself. */
  readonly #onWriter: boolean
  /** How it ended, where its COMMIT came in one go with its only statement. */
  settled: CommitOutcome | undefined
  #runner: ScopeRunner | undefined
  #hold: Hold | undefined
  #taking = false
  #begun = false
  /** Whether the next statement may go without BEGIN: it is the only one, as far as one can tell, on a reader of its own. */
  #bare: boolean
  #wrote = false
  #ended = false
  readonly #streams = new OpenStreams()
  /** Why nothing may run in it any more. */
  #failure: Error | undefined

  constructor(parts: TransactionParts, request: OpenRequest) {
    this.#parts = parts
    this.#request = request
    this.#isolation = request.isolation
    this.outer = request.outer as SqliteTransaction | undefined
    this.#onWriter = !request.readOnly || parts.pool.readers === undefined
    this.#bare = !this.#onWriter && goesWithoutBegin(parts.dataSource, request)
    this.#commands = new TransactionCommands(parts.dataSource, parts.runners, request)
    this.#lending = new Lending(this, this.#commands)
    const refusal = this.#onWriter ? nearestLender(this.outer)?.refusalFor(this.#writerRequest()) : undefined
    if (refusal) throw refusal
  }

  get runner(): ScopeRunner {
    return (this.#runner ??= new this.#parts.Runner(this))
  }

  get begun(): boolean {
    return this.#begun || this.#hold !== undefined
  }

  keepIsolation(isolation: IsolationLevel): void {
    const held = this.#isolation
    if (held === undefined || !satisfiesIsolation(held, isolation)) this.#isolation = isolation
  }

  /** The write lock on the file keeps them; lent, it would let somebody else change them. */
  keepsRows(): void {
    this.#wrote ||= !this.#request.readOnly
  }

  get label(): string {
    return this.#request.label
  }

  get isolation(): string | undefined {
    return this.#isolation
  }

  get wrote(): boolean {
    return this.#wrote
  }

  get engaged(): boolean {
    return this.#onWriter && !this.#ended && (this.#hold !== undefined || this.#taking)
  }

  get begunOn(): Hold | undefined {
    return this.#begun && !this.#ended ? this.#hold : undefined
  }

  get savepoints(): readonly string[] {
    return this.#savepoints.names
  }

  /** Runs a statement on its connection, begun first. After a failure that cost the transaction, nothing runs any more. */
  statement<T>(text: string, run: (connection: Connection) => Prompt<T>): Promise<T> {
    const { readOnly } = this.#request
    const writes = statementEffect(text) === 'write'
    const control = controlTextOf(text)
    const refusal = this.#refusalOf(text, control, writes)
    if (refusal) return Promise.reject(refusal)
    return this.#promised(connection => {
      // A savepoint that we did not set would not survive a loan.
      this.#wrote ||= control === 'savepoint' || (writes && !readOnly)
      return run(connection)
    })
  }

  #refusalOf(text: string, control: ControlText, writes: boolean): Error | undefined {
    if (control === 'begin-or-end') return refusedControl(control, this.label)
    if (control !== 'setting' || !writes) return undefined
    const setting = keptSettingOf(text)
    if (setting !== undefined) return refusedSetting(setting, this.label)
    const unlocks = this.#request.readOnly || this.#savepoints.readOnly
    return unlocks ? refusedControl(control, this.label) : undefined
  }

  /** Past TypeORM's runner, under the same rules as any other statement. */
  sendFixed<R>(fixed: FixedStatement<R>, values: readonly unknown[]): Prompt<StatementAnswer<R>> {
    const { lane } = this.#parts
    if (lane === undefined) return sendByRunner(this.runner, fixed, values)
    const send = (connection: Connection): Prompt<StatementAnswer<R>> => {
      this.#wrote ||= fixed.effect === 'write' && !this.#request.readOnly
      return lane.send(connection, fixed, values)
    }
    const hold = this.#failure === undefined ? this.begunOn : undefined
    if (hold !== undefined && this.#lending.enterNow()) return this.#answerOf(() => send(hold.connection))
    if (this.#endsWith(fixed)) return flow(this.#only(send))
    return this.#flowing(send)
  }

  portions<R>(request: PortionsRequest<R>): Portions<R> {
    const { lane, runners } = this.#parts
    const alone = this.#request.single === 'stream' && !this.#onWriter
    const broadcaster = request.broadcaster ?? this.runner.broadcaster
    return this.#streams.open(request, { lane, runners, broadcaster, alone, run: work => this.#flowing(work) })
  }

  begin(): Promise<void> {
    return this.#promised(() => undefined)
  }

  async savepoint(name: string, readOnly = false): Promise<void> {
    await this.#promised(connection => this.#commands.send(connection, `SAVEPOINT ${quoted(name)}`))
    if (readOnly) await this.#promised(connection => connection.setQueryOnly(true))
    this.#savepoints.set(name, this.#wrote, readOnly)
  }

  async rollbackTo(name: string): Promise<void> {
    await this.#promised(connection => this.#commands.send(connection, `ROLLBACK TO SAVEPOINT ${quoted(name)}`))
    this.#wrote = this.#savepoints.rollbackTo(name) ?? this.#wrote
  }

  async release(name: string): Promise<void> {
    await this.#promised(connection => this.#commands.send(connection, `RELEASE SAVEPOINT ${quoted(name)}`))
    const { readOnly } = this.#savepoints
    this.#savepoints.release(name)
    if (!readOnly) return
    await this.#promised(connection => connection.setQueryOnly(this.#request.readOnly || this.#savepoints.readOnly))
  }

  commit(): Prompt<CommitOutcome> {
    return this.settled ?? flow(this.#commit())
  }

  rollback(): Promise<void> {
    return promised(() => flow(this.#end(connection => this.#commands.rollback(connection))))
  }

  refusalFor(borrower: WriterRequest): Error | undefined {
    return this.#lending.refusalFor(borrower)
  }

  lend(borrower: WriterRequest): Promise<Hold | undefined> {
    return this.#lending.lend(borrower)
  }

  fail(error: Error): void {
    this.#failure ??= error
  }

  /**
   * Whether COMMIT may follow at once: the only statement of its transaction, which nothing can keep from committing. With a
   * synchronous driver and a free writer nobody else ever sees the writer taken then.
   */
  #endsWith({ effect }: FixedStatement<unknown>): boolean {
    const { single, signal } = this.#request
    const alone = single === 'write' && effect === 'write' && !this.begun
    return alone && signal === undefined && this.#request.unhooked?.() === true
  }

  *#only<T>(work: (connection: Connection) => Prompt<T>): Flow<T> {
    const answer = yield* this.#lending.whileOurs(() => this.#run(work))
    this.settled = yield* this.#commit()
    return answer
  }

  /** Runs work on the connection, begun first, never while the connection is lent. */
  #promised<T>(work: (connection: Connection) => Prompt<T>): Promise<T> {
    return promised(() => this.#flowing(work))
  }

  #flowing<T>(work: (connection: Connection) => Prompt<T>): Prompt<T> {
    return flow(this.#lending.whileOurs(() => this.#run(work)))
  }

  *#run<T>(work: (connection: Connection) => Prompt<T>): Flow<T> {
    if (this.#ended) throw new TransactionEndedError(this.label)
    if (this.#failure) throw this.#failure
    try {
      if (this.#bare) return yield* this.#alone(work)
      const { connection } = this.begunOn ?? (yield* this.#begin())
      return (yield work(connection)) as T
    } catch (error) {
      yield* this.#noteLoss(error)
      throw error
    }
  }

  /** The answer to a statement that has been let in: what a synchronous driver answers at once is the end of it. */
  #answerOf<T>(send: () => Prompt<T>): Prompt<T> {
    const answer = prompt(send)
    if (answer instanceof Promise) return flow(this.#settling(answer))
    this.#lending.leave()
    return answer
  }

  *#settling<T>(answer: Promise<T>): Flow<T> {
    try {
      return (yield answer) as T
    } catch (error) {
      yield* this.#noteLoss(error)
      throw error
    } finally {
      this.#lending.leave()
    }
  }

  /** A select is a transaction by itself; it may be repeated where BEGIN would have waited for a lock. */
  *#alone<T>(select: (connection: Connection) => Prompt<T>): Flow<T> {
    this.#bare = false
    const { connection } = (this.#hold ??= (yield this.#taken()) as Hold)
    return (yield retryWhileLocked(connection.driver, this.#commands.wait, () => select(connection))) as T
  }

  *#begin(): Flow<Hold> {
    // A subscriber's own statement before BEGIN gets here while the first one is on its way: it begins at once.
    if (this.#hold) return yield* this.#beginOn(this.#hold)
    const hold = (yield this.#taken()) as Hold
    this.#hold = hold
    try {
      yield this.#parts.aroundBegin(this.#request, () => (this.#begun ? undefined : flow(this.#beginOn(hold))))
      return hold
    } catch (error) {
      // Once it has begun, it ends as every transaction does.
      if (!this.#begun) yield* this.#giveBack()
      throw error
    }
  }

  *#beginOn(hold: Hold): Flow<Hold> {
    try {
      yield this.#commands.begin(hold.connection)
    } catch (error) {
      yield hold.connection.settle()
      throw error
    }
    this.#begun = true
    return hold
  }

  #taken(): Prompt<Hold> {
    const { onLeased } = this.#request
    return onLeased ? timed(() => promised(() => flow(this.#take())), onLeased) : flow(this.#take())
  }

  *#take(): Flow<Hold> {
    const { pool } = this.#parts
    if (!this.#onWriter && pool.readers) {
      return (yield pool.readers.take(this.#commands.wait, this.outer !== undefined)) as Hold
    }
    this.#taking = true
    try {
      return (yield takeWriter(pool, this.#writerRequest(), this.outer)) as Hold
    } finally {
      this.#taking = false
    }
  }

  *#end<T>(send: (connection: Connection) => Flow<T>): Flow<T | undefined> {
    try {
      return yield* this.#lending.end(() => this.#sendEnd(send))
    } finally {
      this.#ended = true
    }
  }

  *#sendEnd<T>(send: (connection: Connection) => Flow<T>): Flow<T | undefined> {
    try {
      const hold = this.begunOn
      if (hold === undefined) return undefined
      yield* this.#streams.end(hold.connection)
      return yield* send(hold.connection)
    } finally {
      yield* this.#giveBack()
    }
  }

  *#commit(): Flow<CommitOutcome> {
    const outcome = yield* this.#end(connection => this.#sendCommit(connection))
    return outcome ?? (this.#failure ? { kind: 'rolled-back', cause: this.#failure } : COMMITTED)
  }

  *#sendCommit(connection: Connection): Flow<CommitOutcome> {
    if (this.#failure) {
      yield* this.#commands.rollback(connection)
      return { kind: 'rolled-back', cause: this.#failure }
    }
    try {
      yield this.#commands.commit(connection)
      return COMMITTED
    } catch (cause) {
      const lost = !((yield connection.raw.inTransaction()) as boolean)
      yield* attempted(() => flow(this.#commands.rollback(connection)))
      // A disk that fails while syncing may have kept the commit all the same.
      if (isIoError(cause)) return { kind: 'unknown', cause }
      const refusal = lost ? new SqliteTransactionLostError(this.label, cause) : cause
      return { kind: 'rolled-back', cause: translateDatabaseError(refusal, this.label) }
    }
  }

  *#giveBack(): Flow<void> {
    const hold = this.#hold
    this.#hold = undefined
    if (hold) yield* givenBack(hold)
  }

  /** `OR ROLLBACK`, `RAISE(ROLLBACK)`, a full disk: SQLite ends the transaction, and would autocommit what follows. */
  *#noteLoss(error: unknown): Flow<void> {
    const hold = this.begunOn
    if (hold === undefined || this.#failure) return
    const open = (yield hold.connection.raw.inTransaction()) as boolean
    if (!open) this.fail(new SqliteTransactionLostError(this.label, error))
  }

  #writerRequest(): WriterRequest {
    return this.#commands.writerRequest(this.#request.hidden ? 'hidden' : 'transaction')
  }
}

const COMMITTED: CommitOutcome = { kind: 'committed' }
