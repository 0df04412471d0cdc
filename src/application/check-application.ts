import { existsSync } from 'node:fs'
import { isAmbitError } from '../core/ambit-error'
import { refuseSecondCopy, runInApplication } from '../core/applications'
import type { ManagedDataSource } from '../data-source/managed-data-source'
import { DataSourceUnreachableError, SchemaMismatchError } from '../data-source/errors'
import { type DataSourceSettings, dialectOf } from '../data-source/settings'
import type { RepositorySql } from '../repository/check-sql'
import { transactional } from '../tx/functions'
import { StartUpError, type StartUpProblem } from './errors'
import { type BootstrapOptions, dataSourceSettings } from './options'
import { abandonStart, checkDeclarations, prepareStart, type StartFrame } from './start-frame'

/** What a check of an application has found. */
export interface ApplicationCheck {
  readonly repositories: readonly RepositorySql[]
  readonly problems: readonly StartUpProblem[]
}

export interface CheckOptions {
  /** The data sources whose schema and SQL are compared with the database; the declarations of all are checked in any case. */
  readonly databases: ReadonlySet<string>
}

/**
 * Checks what a start would check, compares the schema with the entities, and has the databases prepare all SQL; builds no
 * component, starts nothing, and changes nothing. A SQLite database in memory gets its tables, which end with it.
 *
 * @throws what `bootstrap()` throws before it checks, and where a database cannot be reached
 */
export async function checkApplication(
  given: BootstrapOptions,
  { databases }: CheckOptions,
): Promise<ApplicationCheck> {
  refuseSecondCopy()
  const { database, ...options } = given
  const settings = [...dataSourceSettings(given)].map(([name, own]) => [name, harmless(name, own, databases)] as const)
  const frame = await prepareStart({ ...options, dataSources: Object.fromEntries(settings) })
  try {
    return await runInApplication(frame.context, () => check(frame, databases))
  } catch (error) {
    if (error instanceof StartUpError) return { repositories: [], problems: error.problems }
    throw error
  } finally {
    await abandonStart(frame)
  }
}

async function check(frame: StartFrame, databases: ReadonlySet<string>): Promise<ApplicationCheck> {
  const { binder } = await checkDeclarations(frame)
  const { dataSources } = frame
  if (databases.size === 0) return { repositories: binder.outlineSql(), problems: [] }
  await dataSources.connect(databases)
  await dataSources.applySchemas() // in memory only
  const differences: StartUpProblem[] = []
  for (const member of dataSources.members) differences.push(...(await differencesOf(member)))
  const problems = await binder.checkSql(databases)
  return { repositories: binder.outlineSql(), problems: [...differences, ...problems] }
}

/** In a read-only transaction: TypeORM makes a table of its own while it compares, where entities are views. */
async function differencesOf(member: ManagedDataSource): Promise<readonly StartUpProblem[]> {
  try {
    await transactional({ dataSource: member.name, readOnly: true }, () => member.compareSchema())
    return []
  } catch (error) {
    if (isAmbitError(error) && error instanceof SchemaMismatchError) return [error]
    throw error
  }
}

/** The settings of a data source that is only looked at. */
function harmless(name: string, settings: DataSourceSettings, databases: ReadonlySet<string>): DataSourceSettings {
  const { migrations, migrationTarget, migrationsTransaction, schema, ...rest } = settings
  if (rest.url === undefined || !databases.has(name)) return rest
  const { kind, location } = dialectOf(rest.url, name)
  if (kind === 'postgres') return { ...rest, typeorm: { ...rest.typeorm, installExtensions: false } }
  const file = String(location['database'])
  if (file === ':memory:') return { ...rest, schema: 'create' }
  if (!existsSync(file)) throw missingFile(name, file)
  return { ...rest, typeorm: { ...rest.typeorm, enableWAL: false } }
}

/** Opening it would make it. */
function missingFile(name: string, file: string): DataSourceUnreachableError {
  return new DataSourceUnreachableError('AMBIT_DATA_SOURCE_UNREACHABLE', {
    what: `The data source '${name}' cannot be looked at: there is no file ${file}.`,
    where: `data source '${name}'`,
    next: 'Give the file of a database whose schema is up to date, or check the declarations alone.',
  })
}
