import type { DataSource } from 'typeorm'
import { statementEffect } from '../../core/statement-effect'
import { TransactionEndedError } from '../../tx/errors'
import type { CommitOutcome, OpenRequest } from '../../tx/transactional-resource'
import type { RunnerTransaction } from '../engine'
import { timed } from '../timed'
import { goesWithoutBegin } from '../transaction-events'
import { type Connection, quoted } from './connection'
import { retryWhileLocked } from './busy'
import { controlTextOf } from './control-text'
import { SqliteTransactionLostError } from './errors'
import type { Hold } from './hold'
import { Lending, type LendingOwner } from './lending'
import type { SqlitePool } from './pool'
import { refusedControl } from './refusals'
import { Savepoints } from './savepoints'
import type { ScopeRunner, ScopeRunnerClass } from './scope-runner'
import { isIoError } from './sqlite-codes'
import { TransactionCommands } from './transaction-commands'
import { type Lender, nearestLender, takeWriter, type WriterRequest } from './writer-access'

/** What the transactions of one data source share. */
export interface TransactionParts {
  readonly dataSource: DataSource
  readonly pool: SqlitePool
  readonly Runner: ScopeRunnerClass
  /** Sends BEGIN between TypeORM's events about it. */
  aroundBegin(send: () => Promise<void>): Promise<void>
}

/**
 * One transaction: on the writer, begun IMMEDIATE, or read-only on a reader. It takes its connection and begins with its
 * first statement; while it has only read, it lends the writer to transactions inside it.
 */
export class SqliteTransaction implements RunnerTransaction, Lender, LendingOwner {
  readonly runner: ScopeRunner
  readonly outer: SqliteTransaction | undefined
  readonly #parts: TransactionParts
  readonly #request: OpenRequest
  readonly #commands: TransactionCommands
  readonly #lending: Lending
  readonly #savepoints = new Savepoints()
  /** Whether it works on the writer; a read-only transaction on a file has a reader to itself. */
  readonly #onWriter: boolean
  #hold: Hold | undefined
  #taking = false
  #begun = false
  /** Whether the next statement may go without BEGIN: it is the only one, as far as one can tell, on a reader of its own. */
  #bare: boolean
  #wrote = false
  #ended = false
  /** Why nothing may run in it any more. */
  #failure: Error | undefined

  constructor(parts: TransactionParts, request: OpenRequest) {
    this.#parts = parts
    this.#request = request
    this.outer = request.outer as SqliteTransaction | undefined
    this.#onWriter = !request.readOnly || parts.pool.readers === undefined
    this.#bare = !this.#onWriter && goesWithoutBegin(parts.dataSource, request)
    this.runner = new parts.Runner(this)
    this.#commands = new TransactionCommands(parts.dataSource, request, this.runner)
    this.#lending = new Lending(this, this.#commands)
    const refusal = this.#onWriter ? nearestLender(this.outer)?.refusalFor(this.#writerRequest()) : undefined
    if (refusal) throw refusal
  }

  get begun(): boolean {
    return this.#begun || this.#hold !== undefined
  }

  get label(): string {
    return this.#request.label
  }

  get isolation(): string | undefined {
    return this.#request.isolation
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
  statement<T>(text: string, run: (connection: Connection) => Promise<T>): Promise<T> {
    const { readOnly } = this.#request
    const writes = statementEffect(text) === 'write'
    const control = controlTextOf(text)
    const unlocks = control === 'setting' && writes && readOnly
    if (control === 'begin-or-end' || unlocks) return Promise.reject(refusedControl(control, this.label))
    return this.#use(connection => {
      // A savepoint that we did not set would not survive a loan.
      this.#wrote ||= control === 'savepoint' || (writes && !readOnly)
      return run(connection)
    })
  }

  begin(): Promise<void> {
    return this.#use(() => Promise.resolve())
  }

  async savepoint(name: string): Promise<void> {
    await this.#use(connection => this.#commands.send(connection, `SAVEPOINT ${quoted(name)}`))
    this.#savepoints.set(name, this.#wrote)
  }

  async rollbackTo(name: string): Promise<void> {
    await this.#use(connection => this.#commands.send(connection, `ROLLBACK TO SAVEPOINT ${quoted(name)}`))
    this.#wrote = this.#savepoints.rollbackTo(name) ?? this.#wrote
  }

  async release(name: string): Promise<void> {
    await this.#use(connection => this.#commands.send(connection, `RELEASE SAVEPOINT ${quoted(name)}`))
    this.#savepoints.release(name)
  }

  async commit(): Promise<CommitOutcome> {
    let outcome: CommitOutcome = this.#failure ? { kind: 'rolled-back', cause: this.#failure } : { kind: 'committed' }
    await this.#end(async connection => {
      if (this.#failure) await this.#commands.rollback(connection)
      else outcome = await this.#sendCommit(connection)
    })
    return outcome
  }

  rollback(): Promise<void> {
    return this.#end(connection => this.#commands.rollback(connection))
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

  #use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#lending.whileOurs(async () => {
      if (this.#ended) throw new TransactionEndedError(this.label)
      if (this.#failure) throw this.#failure
      try {
        if (this.#bare) return await this.#alone(work)
        const { connection } = this.begunOn ?? (await this.#begin())
        return await work(connection)
      } catch (error) {
        await this.#noteLoss(error)
        throw error
      }
    })
  }

  /** A select is a transaction by itself; it may be repeated where BEGIN would have waited for a lock. */
  async #alone<T>(select: (connection: Connection) => Promise<T>): Promise<T> {
    this.#bare = false
    const { connection } = (this.#hold ??= await this.#taken())
    return retryWhileLocked(connection.driver, this.#commands.wait, () => select(connection))
  }

  async #begin(): Promise<Hold> {
    // A subscriber's own statement before BEGIN gets here while the first one is on its way: it begins at once.
    if (this.#hold) return this.#beginOn(this.#hold)
    const hold = await this.#taken()
    this.#hold = hold
    try {
      await this.#parts.aroundBegin(async () => {
        if (!this.#begun) await this.#beginOn(hold)
      })
      return hold
    } catch (error) {
      // Once it has begun, it ends as every transaction does.
      if (!this.#begun) await this.#giveBack()
      throw error
    }
  }

  async #beginOn(hold: Hold): Promise<Hold> {
    try {
      await this.#commands.begin(hold.connection)
    } catch (error) {
      await hold.connection.settle()
      throw error
    }
    this.#begun = true
    return hold
  }

  #taken(): Promise<Hold> {
    const { onLeased } = this.#request
    return onLeased ? timed(() => this.#take(), onLeased) : this.#take()
  }

  async #take(): Promise<Hold> {
    const { pool } = this.#parts
    if (!this.#onWriter && pool.readers) return pool.readers.take(this.#commands.wait, this.outer !== undefined)
    this.#taking = true
    try {
      return await takeWriter(pool, this.#writerRequest(), this.outer)
    } finally {
      this.#taking = false
    }
  }

  async #end(send: (connection: Connection) => Promise<void>): Promise<void> {
    try {
      await this.#lending.end(async () => {
        try {
          const hold = this.begunOn
          if (hold) await send(hold.connection)
        } finally {
          await this.#giveBack()
        }
      })
    } finally {
      this.#ended = true
    }
  }

  async #sendCommit(connection: Connection): Promise<CommitOutcome> {
    try {
      await this.#commands.commit(connection)
      return { kind: 'committed' }
    } catch (cause) {
      const lost = !(await connection.raw.inTransaction())
      await this.#commands.rollback(connection).catch(() => undefined)
      // A disk that fails while syncing may have kept the commit all the same.
      if (isIoError(cause)) return { kind: 'unknown', cause }
      return { kind: 'rolled-back', cause: lost ? new SqliteTransactionLostError(this.label, cause) : cause }
    }
  }

  async #giveBack(): Promise<void> {
    const hold = this.#hold
    this.#hold = undefined
    if (hold === undefined) return
    const { connection } = hold
    if (connection.role === 'writer') {
      await connection.setQueryOnly(false).catch(() => {
        connection.doubtful = true
      })
    }
    await hold.give()
  }

  /** `OR ROLLBACK`, `RAISE(ROLLBACK)`, a full disk: SQLite ends the transaction, and would autocommit what follows. */
  async #noteLoss(error: unknown): Promise<void> {
    const hold = this.begunOn
    if (hold === undefined || this.#failure) return
    if (!(await hold.connection.raw.inTransaction())) this.fail(new SqliteTransactionLostError(this.label, error))
  }

  #writerRequest(): WriterRequest {
    return { ...this.#commands.wait, kind: 'transaction', readOnly: this.#request.readOnly }
  }
}
