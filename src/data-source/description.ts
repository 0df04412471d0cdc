import type { IsolationLevel } from '../tx/isolation'
import type { StatementTier } from './engine'
import type { SchemaMode } from './settings'

/** A data source as a report shows it: without user, password, and whatever else its options hold. */
export interface DataSourceDescription {
  readonly name: string
  /** TypeORM's name of the driver: `'postgres'`, `'better-sqlite3'`, `'sqlite'`. */
  readonly driver: string
  /** Host, port and database, or the file. */
  readonly location: string
  readonly schema: SchemaMode
  /** What a transaction that asks for nothing gets. */
  readonly isolation: IsolationLevel
  /** How many entities it maps. */
  readonly entities: number
  readonly pool: PoolDescription
  /** How statements whose text never changes reach the database, and why so. */
  readonly statements: StatementTier
}

/** The connections of a data source at the moment of the report. */
export interface PoolDescription {
  readonly size: number
  readonly inUse: number
  readonly waiting: number
}
