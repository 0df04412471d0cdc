import type { DataSource, QueryRunner } from 'typeorm'
import { type RawClient, rawClient } from '../../data-source/raw-client'
import type { StockRunnerClass } from '../../data-source/stock-runner'
import type { IsolationLevel } from '../../tx/isolation'
import type { TransactionManager } from '../../tx/transaction-manager'
import { OutsideWork, type ReadStream, STATEMENT } from './outside-work'

export type RootedRunnerClass = new () => QueryRunner

type WorkingRunner = QueryRunner & { readonly work: OutsideWork }

/**
 * The runner for work outside every scope while a test root holds the connection: each of its statements, and each
 * transaction that it is told to start, is a savepoint of the root, so that what fails undoes itself as ever.
 */
export function rootedRunnerClass(
  Stock: StockRunnerClass,
  dataSource: DataSource,
  manager: TransactionManager,
): RootedRunnerClass {
  return withTransactions(withStatements(Stock, dataSource, manager))
}

function withStatements(
  Stock: StockRunnerClass,
  dataSource: DataSource,
  manager: TransactionManager,
): new () => WorkingRunner {
  return class extends Stock {
    declare readonly work: OutsideWork

    constructor() {
      super(dataSource.driver, 'master')
      Object.defineProperty(this, 'work', { value: new OutsideWork(manager, () => dataSource.createQueryRunner()) })
    }

    override query<T>(text: string, parameters?: unknown[], useStructuredResult = false): Promise<T> {
      // TypeORM's own refusal of a released runner.
      if (this.isReleased) return super.query(text, parameters) as Promise<T>
      return this.work.run(runner => runner.query(text, parameters, useStructuredResult as true) as Promise<T>)
    }

    override connect(): Promise<unknown> {
      const client = rawClient(
        (_, send) => this.work.run(async runner => send((await runner.connect()) as RawClient)),
        STATEMENT,
      )
      return Promise.resolve(client)
    }

    override stream(
      text: string,
      parameters?: unknown[],
      onEnd?: () => void,
      onError?: (error: Error) => void,
    ): Promise<ReadStream> {
      if (this.isReleased) return super.stream(text, parameters, onEnd, onError)
      return this.work.stream(runner => runner.stream(text, parameters, onEnd, onError))
    }
  }
}

function withTransactions(Base: new () => WorkingRunner): RootedRunnerClass {
  return class extends Base {
    override async startTransaction(isolation?: IsolationLevel): Promise<void> {
      await this.work.start(isolation)
      note(this)
    }

    override async commitTransaction(): Promise<void> {
      const own = this.work.leave()
      note(this)
      // Without one, TypeORM's own refusal.
      await (own ? own.commit() : super.commitTransaction())
    }

    override async rollbackTransaction(): Promise<void> {
      const own = this.work.leave()
      note(this)
      await (own ? own.rollback() : super.rollbackTransaction())
    }

    override async release(): Promise<void> {
      for (let own = this.work.leave(); own; own = this.work.leave()) await own.rollback()
      note(this)
      Object.assign(this, { isReleased: true })
    }
  }
}

/** What TypeORM looks at before it starts a transaction of its own. */
function note(runner: WorkingRunner): void {
  const { depth } = runner.work
  Object.assign(runner, { isTransactionActive: depth > 0, transactionDepth: depth })
}
