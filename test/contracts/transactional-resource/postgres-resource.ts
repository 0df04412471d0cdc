import { DataSource } from 'typeorm'
import { createPostgresEngine } from '../../../src/data-source/postgres/engine'
import { emptyTables } from '../../support/empty-tables'
import { createTestDatabase } from '../../support/postgres'
import { watchPostgres } from '../../support/statement-log'
import { WireProxy } from '../../support/wire-proxy'
import { until } from '../../support/until'
import type { ResourceUnderTest } from './resource-under-test'
import { on, ROWS, TABLES, typeormResource } from './typeorm-resource'

const VICTIM = 'ambit_test_victim'

/** PostgreSQL behind a proxy that can cut its connections. */
export async function postgresUnderTest(): Promise<ResourceUnderTest> {
  const database = await createTestDatabase()
  for (const table of TABLES) await database.query(table)
  const log = watchPostgres(database.name, 'ambit_test_admin')
  const proxy = await WireProxy.start(database.urlAs(VICTIM))
  const dataSource = await new DataSource({
    type: 'postgres',
    url: proxy.url,
    applicationName: VICTIM,
    poolSize: 2,
    poolErrorHandler: () => undefined,
  }).initialize()
  const engine = await createPostgresEngine('default', dataSource, {
    waitTimeoutMs: 5_000,
    readers: 0,
    synchronous: 'FULL',
  })
  const raised = (code: string): Promise<unknown> =>
    dataSource
      .query(`DO $$ BEGIN RAISE EXCEPTION 'asked for' USING ERRCODE = '${code}'; END $$`)
      .catch((error: unknown) => error)

  return {
    ...typeormResource({ engine, dataSource, log }, '$1'),
    committed: async () => (await database.query<{ name: string }>(ROWS)).map(({ name }) => name),
    openTransactions: async () => {
      const [open] = await database.query<{ n: number }>(OPEN_TRANSACTIONS)
      return open?.n ?? NaN
    },
    reset: async () => {
      await database.query(END_WORK)
      await database.query(emptyTables(['entry', 'child']))
      log.clear()
    },
    close: async () => {
      await engine.close()
      await dataSource.destroy()
      await proxy.close()
      await database.drop()
    },

    breakBegin: () => {
      void proxy.cut('before', ({ text }) => text.startsWith('BEGIN'))
      return Promise.resolve(() => Promise.resolve())
    },
    lose: async transaction => {
      await database.terminate(VICTIM)
      await until('the driver has noticed', () => on(transaction).runner.isReleased)
      // It may have killed an idle connection, too, which nobody is to get who comes next.
      const { master } = dataSource.driver as unknown as { readonly master: { readonly idleCount: number } }
      await until('the pool has noticed', () => master.idleCount === 0)
    },
    cut: (when, command) => void proxy.cut(when, ({ text }) => text === command),
    hang: async transaction => {
      let settled = false
      const statement = on(transaction).runner.query('SELECT pg_sleep(30)')
      statement.catch(() => undefined).finally(() => (settled = true))
      const sleeps = async (): Promise<boolean> => settled || (await database.query(SLEEPERS)).length > 0
      await until('the statement runs', sleeps)
      return { statement }
    },
    errors: { transient: await raised('40001'), timeout: await raised('57014'), other: await raised('23505') },
  }
}

const OPEN_TRANSACTIONS = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND state LIKE 'idle in transaction%'`
const OF_VICTIM = `FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = '${VICTIM}' AND state <> 'idle'`
const SLEEPERS = `SELECT pid ${OF_VICTIM} AND query LIKE '%SELECT pg_sleep%'`
/** A statement that was abandoned sleeps on, and a case that failed may hold locks. */
const END_WORK = `SELECT pg_terminate_backend(pid) ${OF_VICTIM}`
