import type { DataSource, EntityManager, QueryRunner } from 'typeorm'
import { runWithValue } from '../core/async-context'
import { defineTransaction, type TransactionalOptions } from '../tx/options'
import { late } from '../tx/late'
import type { TransactionManager } from '../tx/transaction-manager'
import { handleOf, type ScopeHandle } from './scope-handle'

type RunInTransaction = (manager: EntityManager) => Promise<unknown>

/**
 * Gives `manager.transaction()`, and with it `dataSource.transaction()`, a boundary: NESTED inside a scope, a new scope
 * outside. A manager of a handle means the handle's scope; a manager on a query runner that the user made outside every
 * scope keeps TypeORM's own. `transactions` says whose scopes are meant, `undefined` for TypeORM's own.
 */
export function makeTransactionsAmbient(
  entityManager: EntityManager,
  dataSource: DataSource,
  transactions: () => TransactionManager | undefined,
): EntityManager {
  const stock = entityManager.transaction.bind(entityManager) as (...args: unknown[]) => Promise<unknown>
  const value = async (...args: unknown[]): Promise<unknown> => {
    const { queryRunner } = entityManager
    const handle = queryRunner && handleOf(queryRunner)
    if (handle) return inScope(handle.manager, args, { dataSource, handle })
    const manager = transactions()
    if (queryRunner !== undefined || manager === undefined) return stock(...args)
    return inScope(manager, args, { dataSource, handle: undefined })
  }
  Object.defineProperty(entityManager, 'transaction', { value, configurable: true, writable: true })
  return entityManager
}

interface Place {
  readonly dataSource: DataSource
  /** Whose scope is meant; the running one without it. */
  readonly handle: ScopeHandle | undefined
}

async function inScope(manager: TransactionManager, args: unknown[], { dataSource, handle }: Place): Promise<unknown> {
  const call = { definition: definitionOf(manager, args), fn: inHandle(dataSource, args), self: undefined, args: [] }
  const place = handle?.innermost
  if (place === undefined || place === manager.current) return manager.execute(call)
  if (place.state === 'ended') throw late(place, manager.environment)
  return runWithValue(manager.key, place, () => manager.execute(call))
}

function definitionOf(manager: TransactionManager, args: unknown[]): ReturnType<typeof defineTransaction> {
  const isolation = args.find(arg => typeof arg === 'string')
  const options = { propagation: 'NESTED', ...(isolation === undefined ? {} : { isolation }) } as TransactionalOptions
  return defineTransaction({ ...options, dataSource: manager.resource.name }, 'EntityManager.transaction()')
}

function inHandle(dataSource: DataSource, args: unknown[]): () => Promise<unknown> {
  const run = args.find((arg): arg is RunInTransaction => typeof arg === 'function')
  if (run === undefined) throw new TypeError('EntityManager.transaction() needs a callback')
  return async () => {
    const runner: QueryRunner = dataSource.createQueryRunner()
    try {
      return await run(runner.manager)
    } finally {
      await runner.release()
    }
  }
}
