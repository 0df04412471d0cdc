import type { QueryRunner, ReplicationMode } from 'typeorm'

/** The parts of TypeORM's SQLite drivers that we use; some are protected there. */
export interface TypeormSqliteDriver {
  readonly options: object
  databaseConnection: unknown
  queryRunner: QueryRunner | undefined
  connect(): Promise<void>
  disconnect(): Promise<void>
  createQueryRunner(mode: ReplicationMode): QueryRunner
  createDatabaseConnection: (this: TypeormSqliteDriver) => Promise<unknown>
  /** The files that entities name beside the database's own. */
  readonly attachedDatabases: Readonly<Record<string, unknown>>
  attachDatabases: (this: TypeormSqliteDriver) => Promise<void>
}
