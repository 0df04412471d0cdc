import type { DataSourceOptions } from 'typeorm'
import { lane } from '#lane'

/** The options of a data source on the lane's SQLite library; the types are those of TypeORM 1, which lack `sqlite`. */
export function sqliteOptions(database: string): Extract<DataSourceOptions, { readonly type: 'better-sqlite3' }> {
  return { type: lane.sqlite.type as 'better-sqlite3', database }
}
