import { type Application, bootstrap, type BootstrapOptions, type DataSourceSettings } from 'ambit'
import { DataSource, type Logger as TypeOrmLogger, type QueryRunner } from 'typeorm'
import { currentContext } from '../../src/core/async-context'
import { emptyTables } from '../support/empty-tables'
import { createTestDatabase, type TestDatabase } from '../support/postgres'
import { until } from '../support/until'
import { ENTITIES, TABLES } from './entities'

export { gate } from '../support/gate'
export { until }

/** A statement as TypeORM's logger was told of it, with the server process that it went to. */
export interface Logged {
  readonly pid: number | undefined
  readonly text: string
  readonly parameters: readonly unknown[]
}

/** TypeORM's own log: what is asserted here is what users see in theirs. */
export class StatementLog implements TypeOrmLogger {
  readonly entries: Logged[] = []
  readonly failures: string[] = []
  readonly slow: { readonly text: string; readonly ms: number }[] = []

  get texts(): string[] {
    return this.entries.map(({ text }) => text)
  }

  /** The server processes, in order of their first statement. */
  get pids(): (number | undefined)[] {
    return [...new Set(this.entries.map(({ pid }) => pid))]
  }

  /** One word for each statement: its first, `SAVEPOINT ambit_1` and the like in full. */
  get words(): string[] {
    return this.texts.map(text => (CONTROL.test(text) ? text : (text.trim().split(/\s/, 1)[0] ?? '')))
  }

  /** What one server process was sent. */
  of(pid: number | undefined): string[] {
    return this.entries.filter(entry => entry.pid === pid).map(({ text }) => text)
  }

  clear(): void {
    this.entries.length = 0
    this.failures.length = 0
    this.slow.length = 0
  }

  logQuery(text: string, parameters: readonly unknown[] = [], runner?: QueryRunner): void {
    const { databaseConnection } = (runner ?? {}) as { databaseConnection?: { processID?: number } }
    this.entries.push({ pid: databaseConnection?.processID, text, parameters })
  }

  logQueryError(_error: unknown, text: string): void {
    this.failures.push(text)
  }

  logQuerySlow(ms: number, text: string): void {
    this.slow.push({ ms, text })
  }

  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

const CONTROL = /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET LOCAL|START TRANSACTION)\b/

/** pg's pool, as far as tests look at it. */
export interface Pool {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
  readonly options: { readonly max: number }
}

export interface StartOptions {
  readonly database?: TestDatabase
  readonly settings?: Partial<DataSourceSettings>
  readonly bootstrap?: Partial<BootstrapOptions>
}

/** An application on a database, what it logged and what had no caller to be thrown at. */
export class World {
  readonly log: StatementLog
  readonly reports: Error[]

  private constructor(
    readonly app: Application,
    readonly database: TestDatabase,
    told: { readonly log: StatementLog; readonly reports: Error[] },
  ) {
    this.log = told.log
    this.reports = told.reports
  }

  static async start(database: TestDatabase, options: StartOptions = {}): Promise<World> {
    const log = new StatementLog()
    const reports: Error[] = []
    const { settings = {} } = options
    const app = await bootstrap({
      entities: ENTITIES,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      onError: error => reports.push(error),
      ...options.bootstrap,
      database: {
        ...(settings.dataSource ? {} : { url: database.urlAs('ambit_test_app') }),
        ...settings,
        ...(settings.dataSource ? {} : { typeorm: { logger: log, ...settings.typeorm } }),
      },
    })
    return new World(app, database, { log, reports })
  }

  get dataSource(): DataSource {
    return this.app.get(DataSource)
  }

  get pool(): Pool {
    return poolOf(this.dataSource)
  }

  /** The committed keys, seen from outside. */
  async rows(): Promise<string[]> {
    const found = await this.database.query<{ k: string }>('SELECT k FROM note ORDER BY k')
    return found.map(({ k }) => k)
  }

  /** Writes a note through the ambient handle. */
  async write(k: string): Promise<void> {
    await this.dataSource.query('INSERT INTO note (k) VALUES ($1)', [k])
  }

  /** The transaction id and server process of the running code, as the database sees them. */
  async place(): Promise<{ readonly pid: number; readonly txid: string }> {
    const [row] = await this.dataSource.query<{ pid: number; txid: string }[]>(
      'SELECT pg_backend_pid() AS pid, pg_current_xact_id()::text AS txid',
    )
    if (row === undefined) throw new Error('the server says nothing')
    return row
  }

  async empty(): Promise<void> {
    await this.database.query(emptyTables(TABLES))
  }

  /** What must hold after every scenario: everything given back, nothing open, no frame. */
  async assertClean(): Promise<void> {
    expect(currentContext()).toBeUndefined()
    assertIdle(this.dataSource)
    // The server notices a moment later that a connection was destroyed.
    await until('the server has no open transaction', async () => (await openTransactions(this.database)).length === 0)
  }
}

/** All connections of a data source are in its pool. */
export function assertIdle(dataSource: DataSource): void {
  const { connectedQueryRunners } = dataSource.driver as unknown as { connectedQueryRunners: unknown[] }
  expect(connectedQueryRunners).toHaveLength(0)
  const pool = maybePoolOf(dataSource)
  if (pool) expect({ idle: pool.idleCount, waiting: pool.waitingCount }).toEqual({ idle: pool.totalCount, waiting: 0 })
}

/** What the server still holds open in a database. */
export function openTransactions(database: TestDatabase): Promise<{ state: string; query: string }[]> {
  return database.query(
    `SELECT state, query FROM pg_stat_activity
      WHERE datname = $1 AND application_name NOT IN ('ambit_test_admin', 'psql') AND state <> 'idle'
        AND backend_type = 'client backend'`,
    [database.name],
  )
}

export function poolOf(dataSource: DataSource): Pool {
  const pool = maybePoolOf(dataSource)
  if (pool === undefined) throw new Error('the data source is not connected')
  return pool
}

export function maybePoolOf(dataSource: DataSource): Pool | undefined {
  return (dataSource.driver as unknown as { master?: Pool }).master
}

/**
 * One application for a test file, on a database of its own: tables empty before each test, everything given back after
 * it.
 */
export function postgresWorld(options: StartOptions = {}): { readonly world: World } {
  let world: World | undefined
  const running = (): World => {
    if (world === undefined) throw new Error('no test is running')
    return world
  }
  beforeAll(async () => {
    const database = await createTestDatabase()
    world = await World.start(database, { ...options, settings: { schema: 'create', ...options.settings } })
  })
  afterAll(async () => {
    await world?.app.close()
    await world?.database.drop()
  })
  beforeEach(async () => {
    await running().empty()
    running().log.clear()
    running().reports.length = 0
  })
  afterEach(() => running().assertClean())
  return {
    get world() {
      return running()
    },
  }
}

/** A database for a test file whose tests start applications themselves; whatever they leave running is closed. */
export function postgresDatabase(): {
  readonly database: TestDatabase
  start(options?: StartOptions): Promise<World>
} {
  let database: TestDatabase | undefined
  const started: World[] = []
  const created = (): TestDatabase => {
    if (database === undefined) throw new Error('no test is running')
    return database
  }
  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(async () => {
    // One that a test has closed by force says so again.
    for (const world of started.splice(0)) await world.app.close().catch(tolerateForce)
    expect(currentContext()).toBeUndefined()
    await created().drop()
  })
  return {
    get database() {
      return created()
    },
    start: async options => {
      const world = await World.start(options?.database ?? created(), options)
      started.push(world)
      return world
    },
  }
}

function tolerateForce(error: { readonly failures?: readonly { readonly code?: string }[] }): void {
  if (error.failures?.every(({ code }) => code === 'AMBIT_TX_FORCED_CLOSE') !== true) throw error as Error
}

/** Thrown to roll a scope back. */
export class Undo extends Error {
  constructor() {
    super('undone on purpose')
  }
}

/** The error of a promise that must reject. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  const settled = await promise.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in settled && settled.error instanceof Error) return settled.error as Error & Record<string, unknown>
  throw new Error(`the promise should have rejected with an Error, but gave ${JSON.stringify(settled)}`)
}
