import type { DataSource } from 'typeorm'
import { AdoptedDataSource } from '../adopt'

/** Runs work of several statements so that all of it is stored or nothing: in the transaction that is active, or in its own. */
export function together<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  const scope = AdoptedDataSource.adoptionOf(dataSource)?.manager.current
  // In a scope that is over, the first statement says so.
  return scope === undefined || scope.state === 'empty' ? dataSource.manager.transaction(work) : work()
}
