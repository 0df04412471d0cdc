import type { DataSource, QueryRunner } from 'typeorm'
import type { StockRunnerClass } from './stock-runner'

/** TypeORM's `QueryFailedError`, of the data source's own copy. */
export type QueryFailedClass = new (text: string, values: unknown[] | undefined, cause: Error) => Error

/**
 * The class of a failed statement's error in the data source's own copy of TypeORM, which callers may test for. No handle
 * leads to it, so a runner is made to fail, where no database, log or subscriber hears of it. `undefined` where it fails
 * otherwise.
 */
export async function queryFailedClass(
  Stock: StockRunnerClass,
  dataSource: DataSource,
): Promise<QueryFailedClass | undefined> {
  const cause = new Error('made to fail')
  const error: unknown = await failing(Stock, dataSource, cause)
    .query('SELECT 1')
    .catch((thrown: unknown) => thrown)
  const isFailure = error instanceof Error && (error as { driverError?: unknown }).driverError === cause
  // A class that has wrapped the cause as TypeORM's does.
  return isFailure ? (error.constructor as QueryFailedClass) : undefined
}

function failing(Stock: StockRunnerClass, dataSource: DataSource, cause: Error): QueryRunner {
  const unheard = Object.create(dataSource, {
    logger: { value: new Proxy({}, { get: () => () => undefined }) },
    subscribers: { value: [] },
  }) as DataSource
  const driver: unknown = Object.create(dataSource.driver, {
    dataSource: { value: unheard },
    connection: { value: unheard },
  })
  return new (class extends Stock {
    override connect(): Promise<unknown> {
      return Promise.resolve(brokenHandle(cause))
    }
  })(driver, 'master')
}

/** What fails in the way of every driver: within the call, in its callback, or later. */
function brokenHandle(cause: Error): object {
  const fail = (): never => {
    throw cause
  }
  const callBack = (_sql: string, _values: unknown, done: (error: Error) => void): void => {
    done.call({}, cause)
  }
  const query = (): Promise<never> => Promise.reject(cause)
  return { prepare: () => ({ reader: true, all: fail, run: fail }), all: callBack, run: callBack, query }
}
