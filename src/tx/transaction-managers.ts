import { ApplicationSlot, resolveApplication } from '../core/applications'
import { UnknownDataSourceError } from './errors'
import type { TransactionManager } from './transaction-manager'

/** Where an application keeps its transaction managers, by the name of their data source. */
export const TRANSACTION_MANAGERS = new ApplicationSlot<ReadonlyMap<string, TransactionManager>>('transaction managers')

/**
 * The transaction manager of a call: of the application that the object belongs to, for that data source.
 *
 * @throws NoApplicationError `AMBIT_APP_*`, UnknownDataSourceError `AMBIT_TX_UNKNOWN_DATA_SOURCE`
 */
export function transactionManagerOf(instance: unknown, dataSource: string, label: string): TransactionManager {
  const managers = resolveApplication(instance).get(TRANSACTION_MANAGERS)
  const manager = managers?.get(dataSource)
  if (manager === undefined) throw unknownDataSource(dataSource, label, [...(managers?.keys() ?? [])])
  return manager
}

/** The error of a boundary that names a data source which is not there. */
export function unknownDataSource(name: string, label: string, known: readonly string[]): UnknownDataSourceError {
  return new UnknownDataSourceError('AMBIT_TX_UNKNOWN_DATA_SOURCE', {
    what: `There is no data source '${name}'.`,
    where: label,
    next:
      known.length > 0
        ? `Use one of ${known.map(each => `'${each}'`).join(', ')}.`
        : 'Give bootstrap() a database or dataSources.',
  })
}
