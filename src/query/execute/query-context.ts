import type { DataSource, EntityMetadata } from 'typeorm'
import type { StreamBoundary } from '../../data-source/statements/stream-statement'
import type { SqlDialect } from '../compile/sql-dialect'
import type { Cursors } from '../cursor/cursors'
import type { TakenArguments } from './method-form'
import type { QueryStatement } from './query-statement'

/** What declared queries of one repository class run against. */
export interface QueryContext {
  readonly dataSource: DataSource
  readonly dialect: SqlDialect
  /** `undefined` for a repository without an entity: raw SQL only. */
  readonly metadata: EntityMetadata | undefined
  /** What cursors of windows are made and read with. */
  readonly cursors: Cursors
}

/**
 * What a query does to the database: writes, writes by one statement that we have compiled, reads, reads by one such select,
 * reads by one to which nobody listens who could send another, reads by several that must see the same rows, or the same with nothing else sent before or behind
 * them.
 */
export type QueryAccess = 'write' | 'single-write' | 'read' | 'select' | 'lone-select' | 'snapshot' | 'snapshot-turn'

/** A query that start-up has checked. */
export interface PreparedQuery {
  /** One that only reads has a read-only transaction of its own, if it needs one; a single select can do without BEGIN. */
  readonly access: QueryAccess
  /** Whether it answers a stream, which is no promise, and has a boundary of its own. */
  readonly streams?: boolean
  /** What its calls give it. */
  readonly taken: TakenArguments
  /**
   * Runs it in whatever scope the caller is in; arguments are checked before any SQL. May answer, and throw, at once.
   * `boundary`: what a stream runs in, where the method says so.
   */
  execute(args: readonly unknown[], boundary?: StreamBoundary): unknown
  /** What it sends, made without a call: for looking at it, not for sending. */
  statements(): readonly QueryStatement[]
}
