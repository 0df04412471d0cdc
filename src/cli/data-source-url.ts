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
  const settings: Databases = {
    ...dataSources,
    ...(database && { default: database }),
  }
  const name = dataSource ?? 'default'
  const isOther = isNoneOf(settings, name)
  if (isOther && isGiven({ url, dataSource })) throw unknownDataSource(name, settings)
  const { [name]: own = {} } = settings
  const used = url ?? (isOther || isGiven(own) ? undefined : env['DATABASE_URL'])
  if (used === undefined) return options
  return { ...rest, dataSources: { ...settings, [name]: movedTo(used, own, name) } }
}

function movedTo(url: string, own: Databases[string], name: string): Databases[string] {
  if (own.dataSource === undefined) return { ...own, url }
  throw new ModuleProblem(`The data source '${name}' is a DataSource of the module's own, which --url cannot change.`)
}

/** Whether somebody has said where a database is, or which is meant. */
function isGiven({ url, dataSource }: { readonly url?: unknown; readonly dataSource?: unknown }): boolean {
  return url !== undefined || dataSource !== undefined
}

type Databases = NonNullable<BootstrapOptions['dataSources']>

/** A URL must not make a data source of a misspelt name: everything else would be left out of the check. */
function isNoneOf(settings: Databases, name: string): boolean {
  const known = Object.keys(settings)
  return known.length > 0 && !known.includes(name)
}

function unknownDataSource(name: string, settings: Databases): ModuleProblem {
  return new ModuleProblem(
    `The application has no data source '${name}'. Use one of ${Object.keys(settings).join(', ')}.`,
  )
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
