import type { StockRunnerClass } from '../../stock-runner'

/** TypeORM's `QueryFailedError`, of the data source's own copy. */
export type QueryFailedClass = new (text: string, values: unknown[] | undefined, cause: Error) => Error

/**
 * Learns the class from a runner that has no connection and whose driver logs nowhere: TypeORM wraps whatever goes wrong
 * in `query()`. `undefined` where it does not.
 */
export async function queryFailedClass(Stock: StockRunnerClass): Promise<QueryFailedClass | undefined> {
  const nowhere = { logger: { logQuery: ignore, logQueryError: ignore, logQuerySlow: ignore }, subscribers: [] }
  const refused = new Error('refused')
  class Refusing extends Stock {
    override connect(): Promise<unknown> {
      return Promise.resolve({ query: () => Promise.reject(refused) })
    }
  }
  const driver = { dataSource: nowhere, connection: nowhere, options: {} }
  try {
    await new Refusing(driver, 'master').query('')
  } catch (error) {
    const { driverError } = error as { driverError?: unknown }
    if (driverError === refused) return (error as Error).constructor as QueryFailedClass
  }
  return undefined
}

function ignore(): void {
  // nobody listens
}
