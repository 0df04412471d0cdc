import type { DataSource } from 'typeorm'
import { satisfiesIsolation } from '../tx/isolation'
import { AdoptedDataSource } from './adopt'

/** Whether all statements of the running transaction see the rows of one moment. */
export function seesOneSnapshot(dataSource: DataSource): boolean {
  const scope = AdoptedDataSource.adoptionOf(dataSource)?.manager.current
  if (scope?.state !== 'active' || scope.physical === undefined) return false
  return satisfiesIsolation(scope.physical.isolation, 'REPEATABLE READ')
}
