import type { DataSource, EntitySubscriberInterface, QueryRunner } from 'typeorm'
import type { Engine } from './engine'
import { SchemaMismatchError } from './errors'
import { MigrationRun } from './migration-run'
import type { DataSourceSettings, SchemaMode } from './settings'

/** Brings the schema into the state that the settings ask for. */
export async function applySchema(
  name: string,
  dataSource: DataSource,
  engine: Engine,
  settings: DataSourceSettings,
): Promise<void> {
  await STEPS[settings.schema ?? 'none']({ name, dataSource, engine, settings })
}

interface SchemaWork {
  readonly name: string
  readonly dataSource: DataSource
  readonly engine: Engine
  readonly settings: DataSourceSettings
}

/**
 * Where several applications start at once, one creates while the others wait: the lock is the first statement of the
 * transaction that TypeORM's schema builder begins, so it needs no connection of its own.
 */
async function create({ name, dataSource, engine: { migrationLock } }: SchemaWork): Promise<void> {
  await refuseLoss(name, dataSource)
  const { subscribers } = dataSource
  const locking: EntitySubscriberInterface = {
    afterTransactionStart: async ({ queryRunner }) => {
      if (migrationLock) await queryRunner.query(migrationLock.inTransaction)
    },
  }
  subscribers.push(locking)
  try {
    await dataSource.synchronize()
  } finally {
    subscribers.splice(subscribers.indexOf(locking), 1)
  }
}

/** One process migrates while the others wait; the lock and the migrations share one connection. */
async function migrate({ name, dataSource, engine: { migrationLock }, settings }: SchemaWork): Promise<void> {
  const runner = dataSource.createQueryRunner()
  const run = new MigrationRun({ name, dataSource, settings }, runner)
  try {
    if (migrationLock) await inSessionLock(runner, migrationLock, () => run.run())
    else for (const step of run.transactions()) await inWriteLock(runner, step)
  } finally {
    await runner.release()
  }
}

async function inSessionLock(
  runner: QueryRunner,
  { acquire, release }: NonNullable<Engine['migrationLock']>,
  run: () => Promise<void>,
): Promise<void> {
  await runner.query(acquire)
  try {
    await run()
  } finally {
    if (!runner.isReleased) await runner.query(release)
  }
}

/**
 * The lock is the database's own write lock: the transaction that TypeORM would begin is begun before it looks what is
 * pending, so that nobody can have run the same in between.
 */
async function inWriteLock(runner: QueryRunner, step: MigrationRun): Promise<void> {
  if (!step.transactional) return step.run()
  await runner.beforeMigration()
  await runner.startTransaction()
  try {
    await step.run()
    await runner.commitTransaction()
  } catch (error) {
    await runner.rollbackTransaction()
    throw error
  } finally {
    await runner.afterMigration()
  }
}

/**
 * TypeORM's synchronize would drop columns that the entities lack, and re-make those whose type changed.
 *
 * @throws SchemaMismatchError `AMBIT_DATA_SOURCE_SCHEMA_LOSS`
 */
async function refuseLoss(name: string, dataSource: DataSource): Promise<void> {
  const lost = [...(await surplusColumns(dataSource)), ...(await droppingStatements(dataSource))]
  if (lost.length === 0) return
  throw new SchemaMismatchError('AMBIT_DATA_SOURCE_SCHEMA_LOSS', {
    what: `schema: 'create' would drop data of the data source '${name}': ${lost.join('; ')}.`,
    where: `data source '${name}'`,
    next: "Write a migration (schema: 'migrate'), or drop the tables yourself where their data may go.",
  })
}

/** Columns of the entities' tables that no entity has; SQLite re-makes a table without them. */
async function surplusColumns(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner()
  try {
    const tables = dataSource.entityMetadatas.filter(
      ({ synchronize, tableType }) => synchronize && tableType !== 'view',
    )
    const found = await runner.getTables(tables.map(({ tablePath }) => tablePath))
    const known = new Map<string, Set<string>>()
    for (const { tableName, columns } of tables) {
      const names = known.get(tableName) ?? new Set<string>()
      for (const { databaseName } of columns) names.add(databaseName)
      known.set(tableName, names)
    }
    return found.flatMap(({ name: path, columns }) => {
      const table = path.split('.').pop() ?? path
      return columns
        .filter(column => known.get(table)?.has(column.name) === false)
        .map(column => `column ${table}.${column.name}`)
    })
  } finally {
    await runner.release()
  }
}

async function droppingStatements(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log()
  return upQueries.map(({ query }) => query).filter(query => /\bDROP COLUMN\b/i.test(query))
}

/**
 * @throws SchemaMismatchError `AMBIT_DATA_SOURCE_SCHEMA`
 */
async function validate({ name, dataSource }: SchemaWork): Promise<void> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log()
  if (upQueries.length === 0) return
  const shown = upQueries.slice(0, SHOWN).map(({ query }) => `\n    ${query}`)
  const more = upQueries.length > SHOWN ? `\n    … and ${upQueries.length - SHOWN} more` : ''
  throw new SchemaMismatchError('AMBIT_DATA_SOURCE_SCHEMA', {
    what: `The schema of the data source '${name}' differs from the entities; these statements would bring it in line:${shown.join('')}${more}`,
    where: `data source '${name}'`,
    next: 'Write a migration for them, or correct the entities.',
  })
}

const SHOWN = 10

const STEPS = {
  none: () => Promise.resolve(),
  create,
  migrate,
  validate,
} as const satisfies Record<SchemaMode, (work: SchemaWork) => Promise<void>>
