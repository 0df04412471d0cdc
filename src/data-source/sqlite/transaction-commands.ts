import type { DataSource } from 'typeorm'
import { flow } from '../../core/flow'
import type { OpenRequest } from '../../tx/transactional-resource'
import type { BoundRunners } from './bound-runner'
import { retryWhileLocked } from './busy'
import type { Connection } from './connection'
import type { Flow, Prompt } from '../../core/prompt'
import type { WaitRequest, WorkKind } from './waiting-line'
import type { WriterRequest } from './writer-access'

/** Sends the transaction-control commands of one transaction, and tells TypeORM's logger and the engine about each. */
export class TransactionCommands {
  readonly #dataSource: DataSource
  readonly #runners: BoundRunners
  readonly #request: OpenRequest

  constructor(dataSource: DataSource, runners: BoundRunners, request: OpenRequest) {
    this.#dataSource = dataSource
    this.#runners = runners
    this.#request = request
  }

  /** As which the transaction waits for connections and locks. */
  get wait(): WaitRequest {
    const { label, waitTimeoutMs, signal } = this.#request
    return { who: label, timeoutMs: waitTimeoutMs, signal, activity: () => this.#request.activity?.() }
  }

  /** As {@link wait}, for the writer. */
  writerRequest(kind: WorkKind): WriterRequest {
    const { who, timeoutMs, signal, activity } = this.wait
    return { who, timeoutMs, signal, activity, kind, readOnly: this.#request.readOnly }
  }

  /**
   * A writing transaction takes the write lock at once: one that reads first and writes later dies of a stale snapshot as
   * soon as anybody commits in between.
   */
  begin(connection: Connection): Prompt<void> {
    return this.#request.readOnly
      ? flow(this.#beginReading(connection))
      : this.#untilUnlocked(connection, 'BEGIN IMMEDIATE')
  }

  /** With a rollback journal COMMIT may find the file locked by a reader; the transaction survives that. */
  commit(connection: Connection): Prompt<void> {
    return this.#untilUnlocked(connection, 'COMMIT')
  }

  /** Does nothing where SQLite has ended the transaction already. */
  *rollback(connection: Connection): Flow<void> {
    const open = (yield connection.raw.inTransaction()) as boolean
    if (!open) return
    try {
      yield this.send(connection, 'ROLLBACK')
    } catch (error) {
      connection.doubtful = true
      throw error
    }
  }

  send(connection: Connection, command: string): Prompt<void> {
    this.#announce(connection, command)
    return connection.raw.run(command)
  }

  *#beginReading(connection: Connection): Flow<void> {
    yield this.#untilUnlocked(connection, 'BEGIN')
    yield connection.setQueryOnly(true)
    // SQLite takes the snapshot with the first read: taken here, it starts with BEGIN, and waits for a lock if it must.
    yield retryWhileLocked(connection.driver, this.wait, () => connection.raw.run('PRAGMA schema_version'))
  }

  #untilUnlocked(connection: Connection, command: string): Prompt<void> {
    this.#announce(connection, command)
    return retryWhileLocked(connection.driver, this.wait, () => connection.raw.run(command))
  }

  #announce(connection: Connection, command: string): void {
    this.#dataSource.logger.logQuery(command, undefined, this.#runners.of(connection))
    this.#request.onControl(command)
  }
}
