import type { BootstrapOptions } from '../application'
import { ModuleProblem } from './application-options'

interface GivenUrl {
  readonly url: string | undefined
  readonly dataSource: string | undefined
}

/**
 * The options with the URL that was given; the environment's is for a module that names no database.
 *
 * @throws ModuleProblem for a URL that nothing could be done with, or a data source that the application does not have
 */
export function withUrl(
  options: BootstrapOptions,
  { url, dataSource }: GivenUrl,
  env: Readonly<Record<string, string | undefined>>,
): BootstrapOptions {
  const { database, dataSources, ...rest } = options
  const settings: NonNullable<BootstrapOptions['dataSources']> = {
    ...dataSources,
    ...(database && { default: database }),
  }
  const name = dataSource ?? 'default'
  const known = Object.keys(settings)
  // A URL must not make a data source of a misspelt name: everything else would be left out of the check.
  const isOther = known.length > 0 && !known.includes(name)
  if (isOther && (dataSource ?? url) !== undefined)
    throw new ModuleProblem(`The application has no data source '${name}'. Use one of ${known.join(', ')}.`)
  const own = settings[name] ?? {}
  const isPlaced = isOther || own.url !== undefined || own.dataSource !== undefined
  const used = url ?? (isPlaced ? undefined : env['DATABASE_URL'])
  if (used === undefined) return options
  if (own.dataSource !== undefined) {
    throw new ModuleProblem(`The data source '${name}' is a DataSource of the module's own, which --url cannot change.`)
  }
  return { ...rest, dataSources: { ...settings, [name]: { ...own, url: used } } }
}

/**
 * The data sources whose databases are to be looked at: the one that {@link withUrl} has found, or all.
 *
 * @throws ModuleProblem where there are none
 */
export function chosenDatabases(options: BootstrapOptions, name: string | undefined): ReadonlySet<string> {
  const known = [...(options.database ? ['default'] : []), ...Object.keys(options.dataSources ?? {})]
  if (known.length === 0)
    throw new ModuleProblem('The module names no database. Give --url or DATABASE_URL, or --no-sql.')
  return new Set(name === undefined ? known : [name])
}
