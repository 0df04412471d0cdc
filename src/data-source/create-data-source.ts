import { DataSource, type DataSourceOptions } from 'typeorm'
import { type DataSourceSettings, type Dialect, dialectOf, type EntityTarget, invalid, unsupported } from './settings'
import { InvalidDataSourceSettingsError } from './errors'

/** The TypeORM data source of some settings, not initialised. Production-minded where TypeORM leaves it open. */
export function createDataSource(
  name: string,
  settings: DataSourceSettings,
  entities: readonly EntityTarget[],
): DataSource {
  if (settings.url === undefined) throw invalid(name, 'it has no url', "Give url: 'postgres://…'.")
  const dialect = dialectOf(settings.url, name)
  const missing: unknown[] = []
  const drivers = driversFor(name, dialect, settings.typeorm?.type)
  for (const driver of drivers) {
    try {
      return new DataSource(optionsFor(driver, dialect, settings, entities))
    } catch (cause) {
      missing.push(cause)
      if (!isMissing(cause)) break
    }
  }
  throw driverMissing(name, drivers, missing)
}

/** TypeORM's drivers that may serve, the best first: the one that the settings name, else all for this kind of database. */
function driversFor(name: string, { kind }: Dialect, chosen: string | undefined): readonly Driver[] {
  const all = DRIVERS[kind]
  if (chosen === undefined) return all
  const found = all.find(({ type }) => type === chosen)
  if (found === undefined) throw unsupported(name, `${chosen}, for a URL of ${kind}`)
  return [found]
}

function optionsFor(
  driver: Driver,
  dialect: Dialect,
  settings: DataSourceSettings,
  entities: readonly EntityTarget[],
): DataSourceOptions {
  const options = {
    ...dialect.location,
    ...driver.defaults(settings),
    entities: [...entities, ...(settings.entities ?? [])],
    migrations: [...(settings.migrations ?? [])],
    migrationsTransactionMode: settings.migrationsTransaction ?? 'all',
    logging: settings.logging ?? false,
    ...settings.typeorm,
    ...extraOf(driver, settings),
    type: driver.type,
    // Both would run before the application has adopted the data source.
    synchronize: false,
    migrationsRun: false,
  }
  return options as unknown as DataSourceOptions
}

/** A driver of TypeORM's. */
interface Driver {
  readonly type: 'postgres' | 'better-sqlite3' | 'sqlite'
  /** The package that must be installed. */
  readonly package: string
  defaults(settings: DataSourceSettings): Readonly<Record<string, unknown>> & { readonly extra?: object }
}

const POSTGRES: Driver = {
  type: 'postgres',
  package: 'pg',
  defaults: settings => ({
    poolSize: settings.poolSize ?? 10,
    connectTimeoutMS: settings.connectTimeoutMs ?? 5_000,
    applicationName: settings.applicationName ?? 'ambit',
    ...(settings.isolation === undefined ? {} : { isolationLevel: settings.isolation }),
    extra: {
      keepAlive: true,
      idleTimeoutMillis: settings.idleTimeoutMs ?? 30_000,
      // Long-lived connections outlive failovers and grow; an hour is the field's usual bound.
      maxLifetimeSeconds: 3_600,
    },
  }),
}

const BETTER_SQLITE3: Driver = {
  type: 'better-sqlite3',
  package: 'better-sqlite3',
  defaults: () => ({ enableWAL: true, timeout: 0 }),
}

/** TypeORM 0.3 has it; 1.x dropped it. */
const SQLITE3: Driver = { type: 'sqlite', package: 'sqlite3 (with TypeORM 0.3)', defaults: () => ({ enableWAL: true }) }

const DRIVERS = {
  postgres: [POSTGRES],
  sqlite: [BETTER_SQLITE3, SQLITE3],
} as const satisfies Record<Dialect['kind'], readonly Driver[]>

/** The driver's own options: given ones win over ours one by one, so that no setting is lost. */
function extraOf(driver: Driver, settings: DataSourceSettings): object {
  const { extra } = driver.defaults(settings)
  return extra === undefined ? {} : { extra: { ...extra, ...(settings.typeorm?.extra as object | undefined) } }
}

/** The package is not there, or this TypeORM does not have the driver. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && ['DriverPackageNotInstalledError', 'MissingDriverError'].includes(error.name)
}

function driverMissing(
  name: string,
  drivers: readonly Driver[],
  causes: readonly unknown[],
): InvalidDataSourceSettingsError {
  return new InvalidDataSourceSettingsError(
    'AMBIT_DATA_SOURCE_DRIVER_MISSING',
    {
      what: `The data source '${name}' cannot be set up: its driver could not be loaded.`,
      where: `data source '${name}'`,
      next: `Install it: npm install ${drivers.map(driver => driver.package).join(', or ')}`,
    },
    { cause: causes.length === 1 ? causes[0] : new AggregateError(causes, 'No driver could be loaded.') },
  )
}
