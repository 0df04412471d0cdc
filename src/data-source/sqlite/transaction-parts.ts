import type { DataSource } from 'typeorm'
import type { Prompt } from '../../core/prompt'
import type { OpenRequest } from '../../tx/transactional-resource'
import type { BoundRunners } from './bound-runner'
import type { FixedLane } from './fixed-lane'
import type { SqlitePool } from './pool'
import type { ScopeRunnerClass } from './scope-runner'

/** What the transactions of one data source share. */
export interface TransactionParts {
  readonly dataSource: DataSource
  readonly pool: SqlitePool
  readonly Runner: ScopeRunnerClass
  readonly runners: BoundRunners
  /** `undefined` where fixed statements go through TypeORM's runner. */
  readonly lane: FixedLane | undefined
  /** Sends BEGIN between TypeORM's events about it. */
  aroundBegin(request: OpenRequest, send: () => Prompt<unknown>): Prompt<unknown>
}
