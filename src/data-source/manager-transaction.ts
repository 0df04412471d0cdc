import { type DataSource, type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm'
import { runWithValue } from '../core/async-context'
import { defineTransaction, type TransactionalOptions } from '../tx/options'
import { late } from '../tx/late'
import type { TransactionManager } from '../tx/transaction-manager'
import { DatabaseError } from './database-error'
import { concealValues } from './driver-error'
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
  const body = inHandle(dataSource, args)
  const call = { definition: definitionOf(manager, args), fn: body.run, self: undefined, args: [] }
  const place = handle?.innermost
  if (place?.state === 'ended') throw late(place, manager.environment)
  const elsewhere = place !== undefined && place !== manager.current
  try {
    return await (elsewhere ? runWithValue(manager.key, place, () => manager.execute(call)) : manager.execute(call))
  } catch (error) {
    // What the callback threw is the caller's; what is said of COMMIT is said in TypeORM's words, as by its other handles.
    throw body.returned && error instanceof DatabaseError ? failedCommit(error) : error
  }
}

/** A refused COMMIT as TypeORM tells it; the catalogue's error is its `cause`. */
function failedCommit(error: DatabaseError): Error {
  const failure = new QueryFailedError('COMMIT', undefined, error.cause as Error)
  return concealValues(Object.defineProperty(failure, 'cause', { value: error, configurable: true, writable: true }))
}

function definitionOf(manager: TransactionManager, args: unknown[]): ReturnType<typeof defineTransaction> {
  const isolation = args.find(arg => typeof arg === 'string')
  const options = { propagation: 'NESTED', ...(isolation === undefined ? {} : { isolation }) } as TransactionalOptions
  return defineTransaction({ ...options, dataSource: manager.resource.name }, 'EntityManager.transaction()')
}

interface Body {
  readonly run: () => Promise<unknown>
  /** Whether the callback has come to its end: what fails then is the transaction's. */
  returned: boolean
}

function inHandle(dataSource: DataSource, args: unknown[]): Body {
  const run = args.find((arg): arg is RunInTransaction => typeof arg === 'function')
  if (run === undefined) throw new TypeError('EntityManager.transaction() needs a callback')
  const body: Body = {
    returned: false,
    run: async () => {
      const runner: QueryRunner = dataSource.createQueryRunner()
      try {
        const result = await run(runner.manager)
        body.returned = true
        return result
      } finally {
        await runner.release()
      }
    },
  }
  return body
}
