import type { DataSource, EntityMetadata } from 'typeorm'
import type { SqlDialect } from '../compile/sql-dialect'

/** What declared queries of one repository class run against. */
export interface QueryContext {
  readonly dataSource: DataSource
  readonly dialect: SqlDialect
  /** `undefined` for a repository without an entity: raw SQL only. */
  readonly metadata: EntityMetadata | undefined
}

/** What a query does to the database: writes, writes by one statement that we have compiled, reads, or reads by one such select. */
export type QueryAccess = 'write' | 'single-write' | 'read' | 'select'

/** A query that start-up has checked. */
export interface PreparedQuery {
  /** One that only reads has a read-only transaction of its own, if it needs one; a single select can do without BEGIN. */
  readonly access: QueryAccess
  /** Runs it in whatever scope the caller is in; arguments are checked before any SQL. */
  execute(args: readonly unknown[]): Promise<unknown>
}
