import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  currentTransaction,
  type DataSourceSettings,
  dataSourceToken,
} from 'ambit'
import { DataSource, type DataSourceOptions } from 'typeorm'
import { ENTITIES } from '../data-source/entities'
import { type EngineDatabase, ENGINES, expectClean, silentLogger, type TestEngine } from '../support/engines'
import { sqliteOptions } from '../support/lanes/sqlite-options'

/** Who made the DataSource: `bootstrap`, or the user, who has initialised it and then given it away. */
export const ORIGINS = ['made by bootstrap', 'adopted'] as const

export type Origin = (typeof ORIGINS)[number]

/** Each engine with each origin, for `describe.each`. */
export const SOURCES = ENGINES.flatMap(engine =>
  ORIGINS.map(origin => ({ engine, origin, name: `${engine.name}, DataSource ${origin}` })),
)

/** A running application on a database of its own. */
export interface World {
  readonly app: Application
  readonly db: EngineDatabase
  readonly dataSource: DataSource
  readonly reports: Error[]
}

/** What a world has beside the entities that all have. */
export interface WorldOptions {
  readonly entities?: NonNullable<DataSourceSettings['entities']>
  readonly migrations?: NonNullable<DataSourceSettings['migrations']>
  readonly typeorm?: NonNullable<DataSourceSettings['typeorm']>
  readonly bootstrap?: BootstrapOptions
  /** Called with the DataSource before anybody could be in a transaction: see {@link worldOn}. */
  readonly early?: (dataSource: DataSource) => void
}

/**
 * A world for all tests of a `describe`. `early` is called with the DataSource before anybody could be in a transaction:
 * before the application exists where the DataSource is the user's own.
 */
export function worldOn(engine: TestEngine, origin: Origin, options: WorldOptions = {}): World {
  const started: { world?: World } = {}
  const world = (): World => {
    if (started.world === undefined) throw new Error('the world exists in tests and hooks only')
    return started.world
  }
  beforeAll(async () => {
    started.world = await start(await engine.create(), origin, options)
  })
  beforeEach(async () => {
    const { db, dataSource, reports } = world()
    await db.query(
      tablesOf(dataSource)
        .map(table => `DELETE FROM ${table}`)
        .join(';'),
    )
    db.log.clear()
    reports.length = 0
  })
  afterEach(async () => {
    const { db, app, reports } = world()
    await expectClean(db, app)
    expect(reports.splice(0)).toEqual([])
  })
  afterAll(async () => {
    const { app, db, dataSource } = world()
    await app.close()
    if (dataSource.isInitialized) await dataSource.destroy()
    await db.drop()
  })
  return {
    get app() {
      return world().app
    },
    get db() {
      return world().db
    },
    get dataSource() {
      return world().dataSource
    },
    get reports() {
      return world().reports
    },
  }
}

async function start(db: EngineDatabase, origin: Origin, options: WorldOptions): Promise<World> {
  const { early = () => {} } = options
  const settings = { ...db.settings, ...settingsOf(db, options) }
  const own = origin === 'adopted' ? await ownDataSource(db, options) : undefined
  if (own) early(own)
  const reports: Error[] = []
  const app = await bootstrap({
    ...options.bootstrap,
    database: own ? { dataSource: own } : settings,
    logger: silentLogger,
    onError: error => reports.push(error),
  })
  const dataSource = own ?? app.get(dataSourceToken('default'))
  if (!own) early(dataSource)
  return { app, db, dataSource, reports }
}

function settingsOf(db: EngineDatabase, { entities = [], migrations = [], typeorm }: WorldOptions) {
  return {
    entities: [...ENTITIES, ...entities],
    migrations: [...migrations],
    typeorm: { ...db.settings.typeorm, ...typeorm },
  }
}

async function ownDataSource(db: EngineDatabase, options: WorldOptions): Promise<DataSource> {
  const { typeorm, ...settings } = settingsOf(db, options)
  const location = db.engine.oneWriter
    ? { ...sqliteOptions(db.url.replace('sqlite:', '')), enableWAL: true }
    : { type: 'postgres', url: db.url }
  const all = { ...location, ...typeorm, ...settings, synchronize: true }
  return new DataSource(all as unknown as DataSourceOptions).initialize()
}

/** Tables that refer to others first. */
function tablesOf(dataSource: DataSource): readonly string[] {
  const first = ['category_closure', 'book', 'player']
  const stored = dataSource.entityMetadatas.filter(({ tableType }) => tableType !== 'view')
  const all = stored.map(({ tableName }) => tableName)
  return [...first, ...all.filter(table => !first.includes(table))].map(table => `"${table}"`)
}

/** SQL for the transaction's own id, `null` where none has written; SQLite has no such thing. */
export function idExpression({ oneWriter }: TestEngine): string {
  return oneWriter ? 'NULL' : 'pg_current_xact_id_if_assigned()::text'
}

/** The id of the running transaction: the database's word where it has one, else ours; `null` outside. */
export async function transactionId({ db: { engine }, dataSource }: World): Promise<string | null> {
  const own = currentTransaction()?.id ?? null
  // To ask assigns an id: outside, it would be the question's own.
  const expression = own === null || engine.oneWriter ? idExpression(engine) : 'pg_current_xact_id()::text'
  const [row] = await dataSource.query<{ id: string | null }[]>(`SELECT ${expression} AS id`)
  return engine.oneWriter ? own : (row?.id ?? null)
}

/** What one transaction looks like in the log: all of it on one connection, with one beginning and one end. */
export function expectOneTransaction(db: EngineDatabase, end: 'COMMIT' | 'ROLLBACK' = 'COMMIT'): void {
  const { commands, commandsByConnection } = db.log
  expect(new Set(commandsByConnection.map(command => command.split(' ', 1)[0])).size).toBe(1)
  expect(commands.filter(command => CONTROL.test(command))).toEqual(['BEGIN', end])
  expect([commands[0], commands.at(-1)]).toEqual(['BEGIN', end])
}

/** Several of them beside each other: each connection has whole ones, one behind the other. */
export function expectTransactions(db: EngineDatabase, count: number): void {
  const control = db.log.commandsByConnection.filter(command => CONTROL.test(command.split(' ', 2)[1] ?? ''))
  for (const connection of new Set(control.map(command => command.split(' ', 1)[0]))) {
    const own = control.filter(command => command.startsWith(`${connection} `))
    expect(own).toEqual(own.map((_, at) => `${connection} ${at % 2 === 0 ? 'BEGIN' : 'COMMIT'}`))
  }
  expect(control).toHaveLength(2 * count)
}

const CONTROL = /^(BEGIN|START|SAVEPOINT|RELEASE|ROLLBACK|COMMIT)/

/** The committed words of a table, seen by a stranger. */
export async function words(db: EngineDatabase, table = 'note', column = 'k'): Promise<string[]> {
  const rows = await db.query<{ word: string }>(`SELECT "${column}" AS word FROM "${table}" ORDER BY 1`)
  return rows.map(({ word }) => word)
}

export class Undo extends Error {}

/** A promise that somebody else resolves. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>(resolve => (open = resolve))
  return { opened, open: () => open() }
}
