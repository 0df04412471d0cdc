import type { DataSource, QueryRunner } from 'typeorm'
import { flow } from '../../core/flow'
import { briefSql } from '../../core/shown-sql'
import { retryWhileLocked } from './busy'
import type { Connection } from './connection'
import { SqliteTransactionLostError } from './errors'
import type { Hold } from './hold'
import type { SqlitePool } from './pool'
import { attempted, type Prompt } from '../../core/prompt'
import { type Lender, takeWriter, type WriterRequest } from './writer-access'

export interface OwnTransactionParts {
  readonly dataSource: DataSource
  readonly waitTimeoutMs: number
  readonly pool: () => SqlitePool
}

type RunText<T> = (connection: Connection, text: string) => Promise<T>

/**
 * The writer in the hands of one runner outside every scope: from `startTransaction()` to its end, or around a migration,
 * which switches foreign keys off meanwhile.
 */
export class OwnTransaction {
  readonly #parts: OwnTransactionParts
  readonly #suspended: Lender | undefined
  readonly #runner: QueryRunner
  #hold: Hold | undefined
  #taking: Promise<void> | undefined
  #pinned = false
  #begun = false
  /** SQLite has ended the transaction by itself: nothing but the end may follow. */
  #lost: Error | undefined
  #running: string | undefined

  constructor(parts: OwnTransactionParts, suspended: Lender | undefined, runner: QueryRunner) {
    this.#parts = parts
    this.#suspended = suspended
    this.#runner = runner
  }

  get held(): boolean {
    return this.#hold !== undefined
  }

  get connection(): Connection | undefined {
    return this.#hold?.connection
  }

  /** Takes the writer, unless it is here already. */
  async take(who = WHO): Promise<void> {
    if (this.#hold) return
    this.#taking ??= this.#take(who)
    await this.#taking
  }

  /** Runs a statement of the runner on the held connection. TypeORM's own BEGIN takes the write lock. */
  async run<T>(text: string, run: RunText<T>): Promise<T> {
    const { connection } = this.#requireHold()
    if (this.#lost) return this.#afterLoss(text, this.#lost)
    if (text === 'BEGIN TRANSACTION') return this.#begin(connection, run)
    if (text === 'COMMIT') return this.#untilUnlocked(connection, text, run)
    this.#running = text
    try {
      return await run(connection, text)
    } catch (error) {
      if (this.#begun && !(await connection.raw.inTransaction()))
        this.#lost = new SqliteTransactionLostError(WHO, error)
      throw error
    } finally {
      this.#running = undefined
    }
  }

  /** The outermost transaction has ended as it should. */
  async transactionEnded(): Promise<void> {
    this.#begun = false
    if (!this.#pinned) await this.abandon()
  }

  async pin(): Promise<void> {
    await this.take('a migration')
    this.#pinned = true
  }

  async unpin(inTransaction: boolean): Promise<void> {
    this.#pinned = false
    if (!inTransaction) await this.abandon()
  }

  /** Gives the writer back whatever has happened: no transaction is open on it then, and foreign keys are checked again. */
  async abandon(): Promise<void> {
    const hold = this.#hold
    if (hold === undefined) return
    const { connection } = hold
    if (this.#begun) await this.#rollBack(connection)
    if (this.#pinned) await flow(attempted(() => connection.raw.run('PRAGMA foreign_keys = ON')))
    this.#hold = undefined
    this.#begun = false
    this.#pinned = false
    this.#lost = undefined
    await hold.give()
  }

  async #take(who: string): Promise<void> {
    try {
      this.#hold = await takeWriter(this.#parts.pool(), this.#request(who), this.#suspended)
    } finally {
      this.#taking = undefined
    }
  }

  async #begin<T>(connection: Connection, run: RunText<T>): Promise<T> {
    const answer = await this.#untilUnlocked(connection, 'BEGIN IMMEDIATE', run)
    this.#begun = true
    return answer
  }

  async #rollBack(connection: Connection): Promise<void> {
    if (await connection.raw.inTransaction())
      this.#parts.dataSource.logger.logQuery('ROLLBACK', undefined, this.#runner)
    await connection.settle()
  }

  /** After the loss a rollback has nothing left to do, at any depth; everything else is refused. */
  #afterLoss<T>(text: string, lost: Error): Promise<T> {
    return /^\s*rollback\b/i.test(text) ? Promise.resolve([] as T) : Promise.reject(lost)
  }

  /** Sent through TypeORM once; while another process has the file locked it is repeated below, unlogged. */
  async #untilUnlocked<T>(connection: Connection, command: string, run: RunText<T>): Promise<T> {
    let again = false
    return retryWhileLocked(connection.driver, this.#request(WHO), async () => {
      if (again) return connection.raw.run(command) as Prompt<T>
      again = true
      return run(connection, command)
    })
  }

  #requireHold(): Hold {
    if (this.#hold === undefined) throw new TypeError('the runner holds no connection')
    return this.#hold
  }

  #request(who: string): WriterRequest {
    const activity = (): string | undefined => this.#running && briefSql(this.#running)
    return { who, timeoutMs: this.#parts.waitTimeoutMs, signal: undefined, kind: 'outside', readOnly: false, activity }
  }
}

const WHO = 'a transaction begun with startTransaction()'
