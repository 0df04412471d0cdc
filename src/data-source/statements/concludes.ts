import type { DataSource } from 'typeorm'
import { AdoptedDataSource } from '../adopt'

/**
 * Says that the fixed statements that are sent next, that many and all at once, are all that the running method sends: COMMIT may
 * travel with them, where the transaction is the method's own.
 */
export function concludes(dataSource: DataSource, statements: number): void {
  const scope = AdoptedDataSource.adoptionOf(dataSource)?.manager.current
  if (scope?.role !== 'originator') return
  // Who has the turn, as a column transformer that reads for itself, sends the next ones: COMMIT would go with those.
  if (scope.block?.turn.free === true) scope.physical?.resource.concludes?.(statements)
}
