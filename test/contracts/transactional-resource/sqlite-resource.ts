import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataSource, type DataSourceOptions } from 'typeorm'
import { lane } from '#lane'
import { createSqliteEngine } from '../../../src/data-source/sqlite/engine'
import { SqliteSerializationError } from '../../../src/data-source/sqlite/errors'
import { openSqliteTransactions } from '../../support/engines'
import type { SqliteConnection } from '../../support/sqlite/sqlite-library'
import { StatementLog } from '../../support/statement-log'
import type { ResourceUnderTest } from './resource-under-test'
import { on, ROWS, TABLES, typeormResource } from './typeorm-resource'

/** A file of the lane's SQLite library; without WAL reading transactions have no connections of their own. */
export async function sqliteUnderTest(wal = true): Promise<ResourceUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-test-'))
  const database = join(folder, 'test.db')
  const log = new StatementLog()
  const options = { type: lane.sqlite.type, database, enableWAL: wal, ...lane.sqlite.watch(log) }
  const dataSource = await new DataSource(options as unknown as DataSourceOptions).initialize()
  for (const table of TABLES) await dataSource.query(table)
  const settings = { waitTimeoutMs: 5_000, readers: 2, synchronous: 'NORMAL' } as const
  const engine = await createSqliteEngine(lane.sqlite.kind)('default', dataSource, settings)
  const outside = async <R>(run: (connection: SqliteConnection) => Promise<R>): Promise<R> => {
    const connection = await lane.sqlite.connect(database)
    try {
      return await run(connection)
    } finally {
      await connection.close()
    }
  }

  return {
    ...typeormResource({ engine, dataSource, log }, '?'),
    committed: () =>
      outside(async connection => (await connection.query<{ name: string }>(ROWS)).map(({ name }) => name)),
    openTransactions: () => outside(openSqliteTransactions),
    reset: async () => {
      await outside(connection => connection.exec('DELETE FROM child; DELETE FROM entry'))
      log.clear()
    },
    close: async () => {
      await engine.close()
      await dataSource.destroy()
      rmSync(folder, { recursive: true, force: true })
    },

    breakBegin: async () => {
      const other = await lane.sqlite.connect(database)
      await other.exec('BEGIN EXCLUSIVE')
      return async () => {
        await other.exec('ROLLBACK')
        await other.close()
      }
    },
    lose: transaction =>
      on(transaction)
        .runner.query("INSERT OR ROLLBACK INTO entry (name) VALUES ('lost'), ('lost')")
        .catch(() => undefined),
    errors: {
      transient: new SqliteSerializationError('Outer.reads', 'Inner.writes'),
      other: await dataSource.query('SELECT nothing FROM nowhere').catch((error: unknown) => error),
    },
  }
}
