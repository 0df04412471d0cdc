import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  currentTransaction,
  dataSourceToken,
  type DataSourceSettings,
} from 'ambit'
import type { DataSource } from 'typeorm'
import { lane } from '#lane'
import { ambientApplication } from '../../src/core/applications'
import { currentContext } from '../../src/core/async-context'
import type { SqliteEngine } from '../../src/data-source/sqlite/engine'
import type { TransactionManager } from '../../src/tx/transaction-manager'
import { TRANSACTION_MANAGERS } from '../../src/tx/transaction-managers'
import { emptyTables } from './empty-tables'
import { createTestDatabase } from './postgres'
import type { SqliteConnection } from './sqlite/sqlite-library'
import { StatementLog, watchPostgres } from './statement-log'

/** A kind of database that the public behaviour is tested on. */
export interface TestEngine {
  readonly name: 'PostgreSQL' | 'SQLite'
  /** Whether a second transaction cannot write while another one has written and is still open. */
  readonly oneWriter: boolean
  create(): Promise<EngineDatabase>
}

/** A fresh, empty database, and what the test may see of it. */
export interface EngineDatabase {
  readonly engine: TestEngine
  readonly url: string
  /** For `bootstrap({ database })`: the URL, `schema: 'create'`, and what the statement log needs. */
  readonly settings: DataSourceSettings
  readonly log: StatementLog
  /** Runs SQL on a connection that no application under test knows: it sees committed rows only. */
  query<Row extends object = Record<string, unknown>>(sql: string): Promise<Row[]>
  /** What an application leaves open on this database: nothing, after every test. */
  leftovers(app: Application, dataSource: string): Promise<Leftovers>
  drop(): Promise<void>
}

export interface Leftovers {
  /** Connections in somebody's hands. */
  readonly checkedOut: number
  /** Callers that wait for one. */
  readonly waiting: number
  /** Transactions that are open on any connection to the database. */
  readonly openTransactions: number
}

const OBSERVER = 'ambit_test_admin'

const postgres: TestEngine = {
  name: 'PostgreSQL',
  oneWriter: false,
  async create() {
    const database = await createTestDatabase()
    return {
      engine: postgres,
      url: database.url,
      settings: { url: database.url, schema: 'create' },
      log: watchPostgres(database.name, OBSERVER),
      query: sql => database.query(sql),
      leftovers: async (app, name) => {
        const pool = (dataSourceOf(app, name).driver as unknown as { master?: PgPool }).master
        const [open] = await database.query<{ n: number }>(OPEN_TRANSACTIONS)
        return {
          checkedOut: pool ? pool.totalCount - pool.idleCount : 0,
          waiting: pool?.waitingCount ?? 0,
          openTransactions: open?.n ?? NaN,
        }
      },
      drop: () => database.drop(),
    }
  },
}

interface PgPool {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

const OPEN_TRANSACTIONS = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND state LIKE 'idle in transaction%'`

const sqlite: TestEngine = {
  name: 'SQLite',
  oneWriter: true,
  create() {
    const folder = mkdtempSync(join(tmpdir(), 'ambit-test-'))
    const url = `sqlite:${join(folder, 'test.db')}`
    const log = new StatementLog()
    return Promise.resolve({
      engine: sqlite,
      url,
      settings: { url, schema: 'create' as const, typeorm: lane.sqlite.watch(log) },
      log,
      query: <Row extends object>(sql: string) => observe(folder, database => rowsOf<Row>(database, sql)),
      leftovers: async (app, name) => {
        const { writer, readers, waiting } = (transactionsOf(app, name).resource as SqliteEngine).pool.usage
        const openTransactions = await observe(folder, openSqliteTransactions)
        return { checkedOut: writer + readers, waiting, openTransactions }
      },
      drop: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    })
  },
}

/** The engines that every test of public behaviour runs on. */
export const ENGINES: readonly TestEngine[] = [sqlite, postgres]

/**
 * A database for the running `describe`, created before its tests and dropped after them.
 *
 * @example
 * describe.each(ENGINES)('saving on $name', engine => {
 *   const db = engineDatabase(engine)
 *   it('stores a row', async () => { … expect(await db.query('SELECT …')).toEqual([…]) })
 * })
 */
export function engineDatabase(engine: TestEngine): EngineDatabase {
  let created: EngineDatabase | undefined
  beforeAll(async () => {
    created = await engine.create()
  })
  afterAll(() => created?.drop())
  const database = (): EngineDatabase => {
    if (created === undefined) throw new Error('the database exists in tests and hooks only')
    return created
  }
  return {
    engine,
    get url() {
      return database().url
    },
    get settings() {
      return database().settings
    },
    get log() {
      return database().log
    },
    query: sql => database().query(sql),
    leftovers: (app, dataSource) => database().leftovers(app, dataSource),
    drop: () => database().drop(),
  }
}

/** An application that all tests of a `describe` share. */
export interface RunningApplication {
  readonly app: Application
  /** What the application reported to its error listener in the running test; anything left fails the test. */
  readonly reports: Error[]
}

/**
 * Starts one application on the database for all tests of the running `describe`. Before each test the tables are emptied
 * and the statement log is cleared; after each test {@link expectClean} must hold, and no error may be left in `reports`.
 */
export function runningApplication(db: EngineDatabase, options: () => BootstrapOptions): RunningApplication {
  let running: Application | undefined
  const reports: Error[] = []
  const application = (): Application => {
    if (running === undefined) throw new Error('the application exists in tests and hooks only')
    return running
  }
  beforeAll(async () => {
    const onError = (error: Error): void => void reports.push(error)
    running = await bootstrap({ database: db.settings, logger: silentLogger, onError, ...options() })
  })
  beforeEach(async () => {
    await emptyAll(db, dataSourceOf(application()))
    db.log.clear()
  })
  afterEach(async () => {
    const unexpected = reports.splice(0)
    await expectClean(db, application())
    expect(unexpected).toEqual([])
  })
  afterAll(() => running?.close())
  return {
    get app() {
      return application()
    },
    reports,
  }
}

/** Proves that nothing of a test is left: no connection out, no transaction open, no frame around us. */
export async function expectClean(db: EngineDatabase, app: Application, dataSource = 'default'): Promise<void> {
  expect(await db.leftovers(app, dataSource)).toEqual({ checkedOut: 0, waiting: 0, openTransactions: 0 })
  expect(transactionsOf(app, dataSource).running.size).toBe(0)
  expect(currentTransaction(dataSource)).toBeUndefined()
  expect(currentContext()).toBeUndefined()
}

export const silentLogger = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** The transaction manager of a data source: the public face has no view on leases. */
function transactionsOf(app: Application, name: string): TransactionManager {
  const manager = app.run(() => ambientApplication()?.get(TRANSACTION_MANAGERS)?.get(name))
  if (manager === undefined) throw new Error(`the application has no data source '${name}'`)
  return manager
}

function dataSourceOf(app: Application, name = 'default'): DataSource {
  return app.get(dataSourceToken(name))
}

/** Children before parents would need an order; emptying all of them at once needs none. */
async function emptyAll(db: EngineDatabase, { entityMetadatas }: DataSource): Promise<void> {
  const stored = entityMetadatas.filter(({ tableType }) => tableType !== 'view')
  const tables = [...new Set(stored.map(({ tablePath }) => `"${tablePath.replaceAll('.', '"."')}"`))]
  if (tables.length === 0) return
  if (db.engine.oneWriter) await db.query(tables.map(table => `DELETE FROM ${table}`).join(';'))
  else await db.query(emptyTables(tables))
}

/** The observer waits for nobody: what is locked after a test is a leak. */
async function observe<R>(folder: string, run: (database: SqliteConnection) => Promise<R>): Promise<R> {
  const database = await lane.sqlite.connect(join(folder, 'test.db'))
  try {
    await database.exec('PRAGMA foreign_keys = OFF')
    return await run(database)
  } finally {
    await database.close()
  }
}

async function rowsOf<Row>(database: SqliteConnection, sql: string): Promise<Row[]> {
  if (/^\s*(select|with|pragma)\b/i.test(sql)) return database.query<Row>(sql)
  await database.exec(sql)
  return []
}

/** A write lock shows as a refused BEGIN IMMEDIATE, a read snapshot as a checkpoint that cannot reset the log. */
export async function openSqliteTransactions(database: SqliteConnection): Promise<number> {
  await database.exec('PRAGMA synchronous = OFF')
  const [row] = await database.query<{ user_version: number }>('PRAGMA user_version')
  try {
    // A commit behind the snapshot, or there would be nothing in the log for the checkpoint to reset.
    await database.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${Number(row?.user_version) + 1}; COMMIT`)
  } catch {
    return 1
  }
  const [checkpoint] = await database.query<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
  return checkpoint?.busy ?? 0
}
