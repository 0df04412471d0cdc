import { DataSource, type DataSourceOptions } from 'typeorm'
import { type DataSourceSettings, type Dialect, dialectOf, type EntityTarget, invalid } from './settings'
import { InvalidDataSourceSettingsError } from './errors'

/** The TypeORM data source of some settings, not initialised. Production-minded where TypeORM leaves it open. */
export function createDataSource(
  name: string,
  settings: DataSourceSettings,
  entities: readonly EntityTarget[],
): DataSource {
  if (settings.url === undefined) throw invalid(name, 'it has no url', "Give url: 'postgres://…'.")
  const dialect = dialectOf(settings.url, name)
  const options = {
    type: dialect.type,
    ...dialect.location,
    ...DEFAULTS[dialect.type](settings),
    entities: [...entities, ...(settings.entities ?? [])],
    migrations: [...(settings.migrations ?? [])],
    migrationsTransactionMode: settings.migrationsTransaction ?? 'all',
    logging: settings.logging ?? false,
    ...settings.typeorm,
    ...extraOf(dialect.type, settings),
    // Both would run before the application has adopted the data source.
    synchronize: false,
    migrationsRun: false,
  }
  try {
    return new DataSource(options as unknown as DataSourceOptions)
  } catch (cause) {
    throw driverMissing(name, dialect.driver, cause)
  }
}

const DEFAULTS = {
  postgres: (settings: DataSourceSettings) => ({
    poolSize: settings.poolSize ?? 10,
    connectTimeoutMS: settings.connectTimeoutMs ?? 5_000,
    applicationName: settings.applicationName ?? 'ambit',
    extra: {
      keepAlive: true,
      idleTimeoutMillis: settings.idleTimeoutMs ?? 30_000,
      // Long-lived connections outlive failovers and grow; an hour is the field's usual bound.
      maxLifetimeSeconds: 3_600,
    },
  }),
  'better-sqlite3': () => ({ enableWAL: true, timeout: 0 }),
} as const satisfies Record<'postgres' | 'better-sqlite3', (settings: DataSourceSettings) => object>

/** The driver's own options: given ones win over ours one by one, so that no setting is lost. */
function extraOf(type: Dialect['type'], settings: DataSourceSettings): object {
  const ours = DEFAULTS[type](settings)
  return 'extra' in ours ? { extra: { ...ours.extra, ...(settings.typeorm?.extra as object | undefined) } } : {}
}

function driverMissing(name: string, driver: string, cause: unknown): InvalidDataSourceSettingsError {
  return new InvalidDataSourceSettingsError(
    'AMBIT_DATA_SOURCE_DRIVER_MISSING',
    {
      what: `The data source '${name}' cannot be set up: its driver could not be loaded.`,
      where: `data source '${name}'`,
      next: `Install it: npm install ${driver}`,
    },
    { cause },
  )
}
