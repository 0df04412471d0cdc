import type { DataSource, DataSourceOptions, EntitySchema, LogLevel, MixedList } from 'typeorm'
import { LONGEST_TIMER_MS } from '../core/longest-timer'
import { didYouMean } from '../core/near-misses'
import { ISOLATION_LEVELS, type IsolationLevel } from '../tx/isolation'
import { InvalidDataSourceSettingsError } from './errors'
import { PREPARE_MODES, type PrepareMode } from './prepare-mode'
import { problemOfPostgresUrl } from './postgres-url'

/** What `bootstrap` does with the schema before anything else runs. */
export const SCHEMA_MODES = ['none', 'create', 'migrate', 'validate'] as const

/** What `bootstrap` does with the schema: nothing, create what is missing, run the migrations, or compare. */
export type SchemaMode = (typeof SCHEMA_MODES)[number]

/** A class or schema that TypeORM maps. */
export type EntityTarget = (new (...args: never[]) => object) | EntitySchema

/** The settings of one data source. Give a `url`, or a ready TypeORM `dataSource`. */
export interface DataSourceSettings {
  /** `postgres://user@host/db`, `sqlite:app.db` (relative to the working directory) or `sqlite::memory:`. */
  readonly url?: string
  /** A TypeORM `DataSource`, initialised or not, made by you. It is destroyed with the application if we initialised it. */
  readonly dataSource?: DataSource
  /** Entities of this data source, beside `bootstrap({ entities })`. */
  readonly entities?: readonly EntityTarget[]
  /**
   * `'none'` (default) leaves the schema alone; `'create'` makes what is missing (development and tests), and refuses the
   * start where columns would be dropped; `'migrate'` runs pending migrations; `'validate'` fails the start when the
   * database differs from the entities.
   */
  readonly schema?: SchemaMode
  /** `bootstrap({ validateSql })` for this data source alone. */
  readonly validateSql?: boolean
  /** Migration classes, or file patterns, for `schema: 'migrate'`. */
  readonly migrations?: readonly (string | (new () => object))[]
  /** The last migration to run, by its name ('AddAge1700000000000'); later ones stay pending. Without it all run. */
  readonly migrationTarget?: string
  /** How migrations are wrapped: one transaction for all (default), one each, or none. */
  readonly migrationsTransaction?: 'all' | 'each' | 'none'
  /**
   * The isolation of transactions that ask for none (PostgreSQL), also of TypeORM's own. Default: the server's, which is taken
   * to be `'READ COMMITTED'`.
   */
  readonly isolation?: IsolationLevel
  /** Connections in the pool (PostgreSQL). Default 10. */
  readonly poolSize?: number
  /** How long connecting, or waiting for a pooled connection, may take. Milliseconds, default 5,000, at most 2,147,483,647. */
  readonly connectTimeoutMs?: number
  /** Connections idle for this long are closed. Milliseconds, default 30,000, at most 2,147,483,647. */
  readonly idleTimeoutMs?: number
  /** What the server shows as the client's name. Default `'ambit'`. */
  readonly applicationName?: string
  /**
   * PostgreSQL: whether statements whose text never changes are prepared under names that each connection keeps
   * (`'named'`), or parsed each time (`'unnamed'`). `'auto'` (default): named, unless the first connection, or a later
   * answer of the server, shows a pooler that lends one session to several clients.
   */
  readonly prepare?: PrepareMode
  /** SQLite: reader connections beside the writer; with 0 it reads as well. Default 3. */
  readonly readers?: number
  /** SQLite: `'FULL'` (default) survives power loss with every commit; `'NORMAL'` is faster and may lose the last ones. */
  readonly synchronous?: 'FULL' | 'NORMAL'
  /** TypeORM's `logging`. */
  readonly logging?: boolean | LogLevel[]
  /** Further TypeORM options, which win over ours: naming strategy, ssl, replication, subscribers, cache, … */
  readonly typeorm?: Partial<DataSourceOptions> & Record<string, unknown>
}

/** The kind of database behind a URL, and what its TypeORM options need. */
export interface Dialect {
  readonly kind: 'postgres' | 'sqlite'
  readonly location: Readonly<Record<string, unknown>>
}

const GIVE_URL = "Give url: 'postgres://…' or url: 'sqlite:app.db'."

/**
 * Reads a database URL.
 *
 * @throws InvalidDataSourceSettingsError `AMBIT_DATA_SOURCE_INVALID_SETTINGS`, `AMBIT_DATA_SOURCE_UNSUPPORTED`
 */
export function dialectOf(url: string, name: string): Dialect {
  // A URL object, or what programs without types give.
  if (typeof (url as unknown) !== 'string') throw invalid(name, 'its URL is no text', GIVE_URL)
  if (url === '') throw invalid(name, 'its URL is empty', GIVE_URL)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === 'postgres' || scheme === 'postgresql') return postgres(url, name)
  if (scheme === 'sqlite') return sqlite(url.slice('sqlite:'.length), name)
  // Without the slashes it may as well be the user, or part of a password.
  throw unsupported(name, url.slice((scheme ?? '').length).startsWith('://') ? scheme : undefined)
}

function postgres(url: string, name: string): Dialect {
  const wrong = problemOfPostgresUrl(url)
  if (wrong) throw invalid(name, wrong.problem, wrong.next)
  return { kind: 'postgres', location: { url } }
}

function sqlite(rest: string, name: string): Dialect {
  const path = rest.startsWith('//') ? rest.slice(2) : rest
  if (path === '') throw invalid(name, 'its URL names no file', "Write 'sqlite:app.db' or 'sqlite::memory:'.")
  if (path.includes('?')) {
    throw invalid(
      name,
      'its SQLite URL has parameters, which would become part of the file name',
      "Write 'sqlite:app.db' and give options beside the URL.",
    )
  }
  return { kind: 'sqlite', location: { database: path } }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** Checks what can be checked without the database. */
export function checkSettings(name: string, settings: DataSourceSettings): void {
  if (!isObject(settings)) throw invalid(name, 'its settings are no object', GIVE_URL)
  for (const key of Object.keys(settings)) {
    if (!(KNOWN as readonly string[]).includes(key)) {
      throw invalid(
        name,
        `it has an unknown setting '${key}'`,
        `${didYouMean(key, KNOWN)}Use ${KNOWN.join(', ')}; TypeORM's own options go below 'typeorm'.`,
      )
    }
  }
  if ((settings.url === undefined) === (settings.dataSource === undefined)) {
    throw invalid(name, 'it needs either a url or a dataSource', GIVE_URL)
  }
  if (settings.schema !== undefined && !SCHEMA_MODES.includes(settings.schema)) {
    throw invalid(name, 'its schema mode is unknown', `Use one of ${SCHEMA_MODES.join(', ')}.`)
  }
  checkValidateSql(name, settings.validateSql)
  checkPrepare(name, settings)
  checkIsolation(name, settings)
  if (settings.migrationTarget !== undefined) checkTarget(name, settings)
  refuseInert(name, settings)
  for (const option of ACTING_AT_ONCE) {
    if (optionsOf(settings)[option] === true) throw actsTooEarly(name, option)
  }
  checkNumbers(name, settings)
  checkSynchronous(name, settings)
}

function checkValidateSql(name: string, validateSql: unknown): void {
  if (validateSql === undefined || typeof validateSql === 'boolean') return
  throw invalid(name, "'validateSql' is not true or false", 'Give true to have all SQL prepared at the start.')
}

function checkIsolation(name: string, { isolation }: DataSourceSettings): void {
  if (isolation === undefined || ISOLATION_LEVELS.includes(isolation)) return
  throw invalid(name, 'its isolation is no isolation level', `Use one of ${ISOLATION_LEVELS.join(', ')}.`)
}

function checkPrepare(name: string, { prepare }: DataSourceSettings): void {
  if (prepare === undefined || PREPARE_MODES.includes(prepare)) return
  throw invalid(name, "its 'prepare' is unknown", `Use one of ${PREPARE_MODES.join(', ')}.`)
}

function checkTarget(name: string, { schema, migrationTarget }: DataSourceSettings): void {
  if (typeof migrationTarget !== 'string') {
    throw invalid(name, "'migrationTarget' is no string", "Give a migration's name: 'AddAge1700000000000'.")
  }
  if (schema === 'migrate') return
  throw invalid(
    name,
    "'migrationTarget' means nothing without schema: 'migrate'",
    "Add schema: 'migrate', or take 'migrationTarget' out.",
  )
}

function checkNumbers(name: string, settings: DataSourceSettings): void {
  for (const key of POSITIVE) {
    const value = settings[key]
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
      throw invalid(name, `'${key}' is no positive whole number`, `Correct '${key}'.`)
    }
  }
  for (const key of DURATIONS) {
    if ((settings[key] ?? 0) <= LONGEST_TIMER_MS) continue
    throw invalid(name, `'${key}' is longer than a timer waits`, `Give at most ${LONGEST_TIMER_MS} milliseconds.`)
  }
  checkReaders(name, settings)
}

function checkReaders(name: string, { readers = 0 }: DataSourceSettings): void {
  if (Number.isInteger(readers) && readers >= 0) return
  throw invalid(name, "'readers' is no whole number of at least 0", "Correct 'readers'; 0 has the writer read as well.")
}

/** SQLite takes any word in the pragma, and goes on with its default. */
function checkSynchronous(name: string, { synchronous }: DataSourceSettings): void {
  if (synchronous === undefined || SYNCHRONOUS.includes(synchronous)) return
  throw invalid(name, "its 'synchronous' is unknown", `Use one of ${SYNCHRONOUS.join(', ')}.`)
}

/** A setting that could do nothing is a misunderstanding, and never dropped. */
function refuseInert(name: string, settings: DataSourceSettings): void {
  const kind = settings.dataSource ? 'a ready dataSource' : dialectOf(settings.url ?? '', name).kind
  const inert = INERT[kind].find(key => settings[key] !== undefined)
  if (inert === undefined) return
  throw invalid(
    name,
    `'${inert}' means nothing for ${kind}`,
    `Take '${inert}' out${settings.dataSource ? ', or set it in the DataSource itself' : ''}.`,
  )
}

/** TypeORM's own options, where it has yet to act on them. */
function optionsOf({ dataSource, typeorm = {} }: DataSourceSettings): Record<string, unknown> {
  if (dataSource === undefined) return typeorm
  return dataSource.isInitialized ? {} : (dataSource.options as unknown as Record<string, unknown>)
}

function actsTooEarly(name: string, option: keyof typeof ADVICE): InvalidDataSourceSettingsError {
  return invalid(name, `TypeORM's option '${option}' would act before the application has the database`, ADVICE[option])
}

export function invalid(name: string, problem: string, next: string, cause?: unknown): InvalidDataSourceSettingsError {
  const text = { what: `The data source '${name}' cannot be set up: ${problem}.`, where: `data source '${name}'`, next }
  return new InvalidDataSourceSettingsError(
    'AMBIT_DATA_SOURCE_INVALID_SETTINGS',
    text,
    cause === undefined ? {} : { cause },
  )
}

export function unsupported(name: string, kind: string | undefined): InvalidDataSourceSettingsError {
  return new InvalidDataSourceSettingsError('AMBIT_DATA_SOURCE_UNSUPPORTED', {
    what: `The data source '${name}' is of a kind that is not supported: ${kind ?? 'its URL has no scheme'}.`,
    where: `data source '${name}'`,
    next: "Use 'postgres://…', 'sqlite:<file>' or 'sqlite::memory:'.",
  })
}

const ACTING_AT_ONCE = ['synchronize', 'migrationsRun', 'dropSchema'] as const

const ADVICE = {
  synchronize: "Take it off, and give schema: 'create' for development, or schema: 'migrate'.",
  migrationsRun: "Take it off, and give schema: 'migrate'.",
  dropSchema: 'Take it off, and call dataSource.dropDatabase() yourself where you mean it.',
} as const satisfies Record<(typeof ACTING_AT_ONCE)[number], string>

const SYNCHRONOUS = ['FULL', 'NORMAL'] as const satisfies readonly DataSourceSettings['synchronous'][]

const OF_POOLS = ['poolSize', 'connectTimeoutMs', 'idleTimeoutMs', 'applicationName'] as const
const OF_TYPEORM = ['entities', 'migrations', 'logging', 'typeorm'] as const

const INERT = {
  postgres: ['readers', 'synchronous'],
  // SQLite gives SERIALIZABLE to everyone.
  sqlite: ['isolation', 'prepare', ...OF_POOLS],
  'a ready dataSource': ['isolation', ...OF_POOLS, ...OF_TYPEORM],
} as const satisfies Readonly<Record<string, readonly (keyof DataSourceSettings)[]>>

const DURATIONS = ['connectTimeoutMs', 'idleTimeoutMs'] as const
const POSITIVE = ['poolSize', ...DURATIONS] as const

const KNOWN = [
  'url',
  'dataSource',
  'entities',
  'schema',
  'validateSql',
  'migrations',
  'migrationTarget',
  'migrationsTransaction',
  'isolation',
  'poolSize',
  'connectTimeoutMs',
  'idleTimeoutMs',
  'applicationName',
  'prepare',
  'readers',
  'synchronous',
  'logging',
  'typeorm',
] as const satisfies readonly (keyof DataSourceSettings)[]

export type Entities = MixedList<EntityTarget>
