import type { DataSource } from 'typeorm'
import type { IsolationLevel } from '../../tx/isolation'
import type { OpenRequest } from '../../tx/transactional-resource'
import type { InnerRunnerClass } from './inner-runner'
import type { Leases } from './leases'
import type { PrefixedQueryClass } from './prefixed-query'
import type { SingleStatements } from './wire/single-statements'
import type { Wire } from './wire/wire'

/** What the transactions of one data source share. */
export interface PostgresParts {
  readonly dataSource: DataSource
  readonly leases: Leases
  readonly Runner: InnerRunnerClass
  /** `undefined` where the driver is not pg as we know it: then the prefix goes ahead, awaited. */
  readonly PrefixedQuery: PrefixedQueryClass | undefined
  readonly wire: Wire
  readonly singles: SingleStatements
  /** The data source's own default isolation; `undefined` where the server's holds. */
  isolation(): IsolationLevel | undefined
  /** Runs around BEGIN where TypeORM subscribers listen to it; `undefined` when BEGIN may travel with the statement. */
  aroundBegin(request: OpenRequest): ((send: () => Promise<void>) => Promise<void>) | undefined
}
