import type { DataSource, QueryRunner } from 'typeorm'
import type { OpenRequest } from '../../tx/transactional-resource'
import { retryWhileLocked } from './busy'
import type { Connection } from './connection'
import type { WaitRequest } from './waiting-line'

/** Sends the transaction-control commands of one transaction, and tells TypeORM's logger and the engine about each. */
export class TransactionCommands {
  readonly #dataSource: DataSource
  readonly #request: OpenRequest
  readonly #runner: QueryRunner

  constructor(dataSource: DataSource, request: OpenRequest, runner: QueryRunner) {
    this.#dataSource = dataSource
    this.#request = request
    this.#runner = runner
  }

  /** As which the transaction waits for connections and locks. */
  get wait(): WaitRequest {
    const { label, waitTimeoutMs, signal } = this.#request
    return { who: label, timeoutMs: waitTimeoutMs, signal }
  }

  /**
   * A writing transaction takes the write lock at once: one that reads first and writes later dies of a stale snapshot as
   * soon as anybody commits in between.
   */
  async begin(connection: Connection): Promise<void> {
    if (!this.#request.readOnly) {
      await this.#untilUnlocked(connection, 'BEGIN IMMEDIATE')
      return
    }
    await this.#untilUnlocked(connection, 'BEGIN')
    await connection.setQueryOnly(true)
    // SQLite takes the snapshot with the first read: taken here, it starts with BEGIN, and waits for a lock if it must.
    await retryWhileLocked(connection.driver, this.wait, () => connection.raw.run('PRAGMA schema_version'))
  }

  /** With a rollback journal COMMIT may find the file locked by a reader; the transaction survives that. */
  commit(connection: Connection): Promise<void> {
    return this.#untilUnlocked(connection, 'COMMIT')
  }

  /** Does nothing where SQLite has ended the transaction already. */
  async rollback(connection: Connection): Promise<void> {
    if (!(await connection.raw.inTransaction())) return
    try {
      await this.send(connection, 'ROLLBACK')
    } catch (error) {
      connection.doubtful = true
      throw error
    }
  }

  async send(connection: Connection, command: string): Promise<void> {
    this.#announce(command)
    await connection.raw.run(command)
  }

  async #untilUnlocked(connection: Connection, command: string): Promise<void> {
    this.#announce(command)
    await retryWhileLocked(connection.driver, this.wait, () => connection.raw.run(command))
  }

  #announce(command: string): void {
    this.#dataSource.logger.logQuery(command, undefined, this.#runner)
    this.#request.onControl(command)
  }
}
