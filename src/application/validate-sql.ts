import type { DataSourceSettings } from '../data-source/settings'
import type { RepositoryBinder } from '../repository/repository-binder'
import { StartUpError } from './errors'
import type { BootstrapOptions } from './options'

/** The data sources whose SQL is to be validated: their own settings come before the application's. */
export function validatedDataSources(
  { validateSql = false }: BootstrapOptions,
  settings: ReadonlyMap<string, DataSourceSettings>,
): ReadonlySet<string> {
  const validated = [...settings].filter(([, own]) => own.validateSql ?? validateSql)
  return new Set(validated.map(([name]) => name))
}

/**
 * Refuses a start whose repositories would send what their databases do not understand.
 *
 * @throws StartUpError `AMBIT_BOOTSTRAP_INVALID` with `AMBIT_QUERY_SQL_INVALID` and `AMBIT_QUERY_KIND_MISMATCH`
 */
export async function validateSql(binder: RepositoryBinder, dataSources: ReadonlySet<string>): Promise<void> {
  const problems = await binder.checkSql(dataSources)
  if (problems.length > 0) throw new StartUpError(problems, undefined, 'sql')
}
