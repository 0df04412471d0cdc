import type { DataSource, EntityMetadata } from 'typeorm'
import type { SqlDialect } from '../compile/sql-dialect'

/** What declared queries of one repository class run against. */
export interface QueryContext {
  readonly dataSource: DataSource
  readonly dialect: SqlDialect
  /** `undefined` for a repository without an entity: raw SQL only. */
  readonly metadata: EntityMetadata | undefined
}

/** A query that start-up has checked. */
export interface PreparedQuery {
  /** Whether it only reads: its own transaction, if it needs one, is then read-only. */
  readonly readOnly: boolean
  /** Runs it in whatever scope the caller is in; arguments are checked before any SQL. */
  execute(args: readonly unknown[]): Promise<unknown>
}
