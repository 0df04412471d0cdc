import { OF_CONTAINERS } from './containers'
import { OF_FILTERS } from './filters'
import { ON_POSTGRES } from './postgres'
import { ITEMS_ON_POSTGRES } from './postgres-items'
import { CALLERS_ON_POSTGRES } from './postgres-callers'
import { ON_SQLITE } from './sqlite'
import type { Workload, WorkloadName } from './workload'

/** All works, in the order of the tables. */
export const WORKLOADS: readonly Workload[] = [
  ...ON_POSTGRES,
  ...ITEMS_ON_POSTGRES,
  ...CALLERS_ON_POSTGRES,
  ...ON_SQLITE,
  ...OF_CONTAINERS,
  ...OF_FILTERS,
]

/** The work of that name. */
export function workloadNamed(name: WorkloadName): Workload {
  const found = WORKLOADS.find(workload => workload.name === name)
  if (found === undefined) throw new Error(`there is no work '${name}'`)
  return found
}
