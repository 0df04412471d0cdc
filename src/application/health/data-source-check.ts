import type { ManagedDataSource } from '../../data-source/managed-data-source'
import type { Check } from './component-checks'

/** Whether a data source answers. Only for readiness: a process is not healed by a restart because its database is away. */
export function dataSourceCheck(dataSource: ManagedDataSource): Check {
  return {
    name: `dataSource:${dataSource.name}`,
    kind: 'readiness',
    timeoutMs: undefined,
    run: () => dataSource.ping(),
    facts: () => ({ pool: dataSource.describe().pool }),
  }
}
