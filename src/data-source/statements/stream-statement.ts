import type { DataSource, QueryRunner } from 'typeorm'
import { promised, type Prompt } from '../../core/prompt'
import { defineTransaction, type TransactionDefinition } from '../../tx/options'
import { StreamScope } from '../../tx/stream-scope'
import type { TransactionManager } from '../../tx/transaction-manager'
import { AdoptedDataSource } from '../adopt'
import { translateDatabaseError } from '../database-error'
import type { Portion, Portions, RunnerTransaction } from '../engine'
import { listensToStatements } from '../scope-handle'
import type { StreamedStatement } from './streamed-statement'

/** What `@Transactional` says about the method that streams. */
export type StreamBoundary = TransactionDefinition

export interface StreamRequest<R> {
  readonly dataSource: DataSource
  readonly statement: StreamedStatement<R>
  readonly values: readonly unknown[]
  /** The most rows that are fetched at a time. */
  readonly fetchSize: number
  /** The method, for errors and traces. */
  readonly label: string
  /** Left out: the transaction that is active, or a read-only one of the stream's own. */
  readonly boundary?: StreamBoundary | undefined
  /** Whether more is done in the transaction with the rows: it then lasts until all of them are used. */
  readonly staysOpen?: boolean
}

/**
 * The rows of a statement in batches, of which at most two are in memory. It begins with the first batch that is asked for:
 * in the transaction that is active there, or in one of its own, which holds a connection until the stream is over.
 */
export class RowBatches<R> {
  readonly #request: StreamRequest<R>
  readonly #scope: StreamScope
  readonly #manager: TransactionManager
  #portions: Portions<R> | undefined
  #broadcaster: QueryRunner['broadcaster'] | undefined
  /** The batch that was asked for before it was needed. */
  #ahead: Promise<Portion<R>> | undefined
  #state: 'new' | 'open' | 'read' | 'over' = 'new'

  constructor(request: StreamRequest<R>) {
    const { dataSource, statement, label } = request
    const manager = managerOf(dataSource)
    const own = ownDefinition(manager.resource.name, label)
    this.#request = request
    this.#manager = manager
    this.#scope = new StreamScope({ manager, definition: request.boundary ?? own, own, text: statement.text })
  }

  /** Whether its transaction has ended around it: what it had fetched belongs to nobody any more. */
  get lost(): boolean {
    return this.#scope.lost
  }

  /**
   * The next rows; `undefined` when there are no more, and the stream is over. One call at a time.
   *
   * @throws what the database refuses, translated; TransactionEndedError `AMBIT_TX_ENDED` behind the end of the transaction
   */
  async next(): Promise<R[] | undefined> {
    if (this.#state === 'over') return undefined
    try {
      if (this.#state === 'new') await this.#open()
      if (this.#state === 'read' && !this.#scope.lost) {
        this.#state = 'over'
        await this.#scope.end()
        return undefined
      }
      const { rows, last } = await this.#portion()
      if (last) this.#allRead()
      else this.#readAhead()
      return rows
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** Ends it early: what it holds is given back. Does nothing where it is over. */
  async close(): Promise<void> {
    const state = this.#state
    this.#state = 'over'
    if (state === 'new' || state === 'over') return
    await this.#ahead?.catch(() => undefined)
    if (this.#scope.alone) {
      // Nobody waits for anything that this could still say.
      await this.#scope.end({ error: new StoppedEarly() }).catch(() => undefined)
      return
    }
    if (state === 'open' && !this.#scope.lost) await this.#letGo()
    await this.#scope.end()
  }

  /** Runs something in the transaction that the rows come from. */
  within<T>(run: () => T): T {
    return this.#scope.within(run)
  }

  async #open(): Promise<void> {
    const scope = await this.#scope.open()
    this.#state = 'open'
    const { dataSource, statement, values, fetchSize: size } = this.#request
    const { subscribers } = dataSource
    // Subscribers must be given a handle on the scope: the transaction's own runner would bypass the turn.
    if (subscribers.some(listensToStatements))
      this.#broadcaster = this.within(() => dataSource.createQueryRunner()).broadcaster
    const transaction = scope.physical?.resource as RunnerTransaction | undefined
    this.#portions = transaction?.portions?.({ statement, values, size, broadcaster: this.#broadcaster })
    if (this.#portions === undefined) throw new TypeError('the data source has no streams')
  }

  #portion(): Prompt<Portion<R>> {
    const ahead = this.#ahead
    this.#ahead = undefined
    return this.#scope.lost ? this.#fetch() : (ahead ?? this.#fetch())
  }

  #fetch(): Prompt<Portion<R>> {
    return this.#send(portions => portions.next())
  }

  /** A connection of the stream's own is given back while the last rows are used. */
  #allRead(): void {
    this.#state = 'read'
    if (this.#scope.alone && this.#request.staysOpen !== true) this.#scope.end().catch(() => undefined)
  }

  /** Never waits in a line, where it would keep somebody from a turn, or be kept by whom the reader waits for. */
  #readAhead(): void {
    if (this.#portions?.readsAhead !== true || !this.#scope.idle) return
    this.#ahead = promised(() => this.#fetch())
    // It is told to whoever asks for the batch.
    this.#ahead.catch(() => undefined)
  }

  #send<T>(send: (portions: Portions<R>) => Prompt<T>): Prompt<T> {
    const portions = this.#portions as Portions<R> // open since the first batch
    return this.#scope.send({
      run: () => send(portions),
      reentrant: this.#broadcaster === undefined ? undefined : this.#manager.key,
      rowsOf: portion => (isPortion(portion) ? portion.rows.length : 0),
    })
  }

  /** Best done; the end of the transaction does it as well. */
  async #letGo(): Promise<void> {
    try {
      await this.#send(portions => portions.close())
    } catch {
      // Told by whatever the transaction does next.
    }
  }

  async #failed(thrown: unknown): Promise<never> {
    const opened = this.#state !== 'new' && this.#state !== 'over'
    this.#state = 'over'
    const error = translateDatabaseError(thrown, this.#request.label)
    if (opened) await this.#scope.end({ error })
    throw error
  }
}

/** Has a transaction rolled back whose stream was left before its end. */
class StoppedEarly extends Error {}

function isPortion(value: unknown): value is Portion<unknown> {
  return typeof value === 'object' && value !== null && 'rows' in value
}

function managerOf(dataSource: DataSource): TransactionManager {
  const manager = AdoptedDataSource.adoptionOf(dataSource)?.manager
  if (manager === undefined) throw new TypeError('a stream needs a data source of an application')
  return manager
}

/** As a repository's own boundary: it reads only, and dooms nothing that the database has not refused. */
function ownDefinition(dataSource: string, label: string): TransactionDefinition {
  return Object.freeze({ ...defineTransaction({ dataSource, readOnly: true }, label, true), single: 'stream' })
}
