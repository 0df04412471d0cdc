import type { DataSource, EntityManager } from 'typeorm'
import { ApplicationSlot, resolveApplication } from '../core/applications'
import { late } from '../tx/late'
import { UnknownDataSourceError } from '../tx/errors'
import { transactionManagerOf } from '../tx/transaction-managers'

/** Where an application keeps its TypeORM data sources, by name. */
export const DATA_SOURCES = new ApplicationSlot<ReadonlyMap<string, DataSource>>('data sources')

/**
 * TypeORM's EntityManager of the running scope; outside every scope the data source's own, each call on a connection
 * of its own.
 *
 * Use it as the escape hatch for what repositories do not offer.
 *
 * @example
 * import { entityManager } from 'ambit'
 * await entityManager().createQueryBuilder(User, 'u').update().set({ active: false }).execute()
 *
 * @throws TransactionEndedError `AMBIT_TX_ENDED` in late work, UnknownDataSourceError `AMBIT_TX_UNKNOWN_DATA_SOURCE`
 */
export function entityManager(dataSource = 'default'): EntityManager {
  const manager = transactionManagerOf(undefined, dataSource, 'entityManager()')
  const found = resolveApplication().get(DATA_SOURCES)?.get(dataSource)
  if (found === undefined) throw unknown(dataSource)
  const scope = manager.current
  if (scope?.state === 'ended') throw late(scope, manager.environment)
  return found.manager
}

function unknown(name: string): UnknownDataSourceError {
  return new UnknownDataSourceError('AMBIT_TX_UNKNOWN_DATA_SOURCE', {
    what: `There is no data source '${name}'.`,
    where: 'entityManager()',
    next: 'Name one of the data sources of bootstrap().',
  })
}
