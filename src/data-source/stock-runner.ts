import type { DataSource, EntityManager, QueryRunner } from 'typeorm'

/**
 * The driver's own query runner class, as the base of ours. Taken from the data source's copy of TypeORM, so both majors
 * and every driver serve; its constructor is `(driver, mode)` in both. Declared loosely: TypeORM declares as fields what
 * we override with accessors.
 */
export type StockRunnerClass = new (driver: unknown, mode: string) => QueryRunner & { manager: EntityManager }

/** Makes one runner of the driver to learn its class; no connection is taken. */
export function stockRunnerClass(dataSource: DataSource): StockRunnerClass {
  return dataSource.driver.createQueryRunner('master').constructor as StockRunnerClass
}
