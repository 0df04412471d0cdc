import type { DataSource, QueryRunner } from 'typeorm'
import type { StockRunnerClass } from '../stock-runner'
import type { Connection } from './connection'

type Broadcaster = QueryRunner['broadcaster']

/** A TypeORM runner whose events can be sent in another runner's name. */
export type BoundRunner = Omit<QueryRunner, 'broadcaster'> & { broadcaster: Broadcaster }

/**
 * TypeORM's own runner on one given connection: its `query()` does all that TypeORM does around a statement (log, events,
 * slow log, structured results, error wrapping, prepared statements), and asks nobody for a lease.
 */
export class BoundRunners {
  readonly #dataSource: DataSource
  readonly #Bound: new (to: Connection) => BoundRunner
  readonly #byConnection = new WeakMap<Connection, BoundRunner>()

  constructor(Stock: StockRunnerClass, dataSource: DataSource) {
    this.#dataSource = dataSource
    this.#Bound = boundRunnerClass(Stock, dataSource.driver)
  }

  /** Whom TypeORM's log is told that something was sent by. */
  of(connection: Connection): QueryRunner {
    return this.#bound(connection)
  }

  /** The runner of a connection that the caller has to itself. Events name the runner that `broadcaster` belongs to. */
  leased(connection: Connection, broadcaster: Broadcaster): BoundRunner {
    const runner = this.#bound(connection)
    runner.broadcaster = broadcaster
    return runner
  }

  /** A runner of a connection that others use too; it keeps prepared statements only where nobody listens to them. */
  shared(connection: Connection, broadcaster: Broadcaster): BoundRunner {
    if (!this.#dataSource.subscribers.some(listensToStatements)) return this.#bound(connection)
    const runner = new this.#Bound(connection)
    runner.broadcaster = broadcaster
    return runner
  }

  #bound(connection: Connection): BoundRunner {
    const known = this.#byConnection.get(connection)
    if (known) return known
    const runner = new this.#Bound(connection)
    this.#byConnection.set(connection, runner)
    return runner
  }
}

function boundRunnerClass(Stock: StockRunnerClass, driver: unknown): new (to: Connection) => BoundRunner {
  return class extends Stock {
    readonly #handle: unknown

    constructor(to: Connection) {
      super(driver, 'master')
      this.#handle = to.raw.statements
    }

    override connect(): Promise<unknown> {
      return Promise.resolve(this.#handle)
    }
  }
}

function listensToStatements(subscriber: object): boolean {
  return 'beforeQuery' in subscriber || 'afterQuery' in subscriber
}
