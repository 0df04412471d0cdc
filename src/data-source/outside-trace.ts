import type { QueryRunner } from 'typeorm'
import { tracedOutside } from '../tx/trace'
import type { TransactionManager } from '../tx/transaction-manager'

type Query = (text: string, parameters?: unknown[], useStructuredResult?: boolean) => Promise<unknown>

/** Has the execution listeners told of what a runner outside every transaction sends. */
export function telling<R extends QueryRunner>(runner: R, manager: TransactionManager): R {
  const query = runner.query.bind(runner) as Query
  const value: Query = (text, ...rest) => tracedOutside(manager, text, () => query(text, ...rest))
  return Object.defineProperty(runner, 'query', { value, configurable: true, writable: true })
}
