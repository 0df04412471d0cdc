import { randomBytes } from 'node:crypto'
import { DataSource, type DataSourceOptions } from 'typeorm'

/** Where continuous integration has a server; without it, one that answers on the usual port is used. */
const NAMED = process.env['AMBIT_TEST_MARIADB_URL']
const URL = NAMED ?? 'mysql://root@127.0.0.1:3306/test'

/** A fresh database on MariaDB. */
export interface MariaDbDatabase {
  readonly dataSource: DataSource
  drop(): Promise<void>
}

/**
 * A database of its own with the tables of those entities; `undefined`, with the reason on the console, where no server
 * answers and none was asked for.
 */
export async function createMariaDbDatabase(
  entities: DataSourceOptions['entities'],
): Promise<MariaDbDatabase | undefined> {
  const admin = await connect(URL).catch(unavailable)
  if (admin === undefined) return undefined
  const database = `ambit_test_${randomBytes(6).toString('hex')}`
  await admin.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`)
  const dataSource = await connect(urlOf(database), entities)
  return {
    dataSource,
    drop: async () => {
      await dataSource.destroy()
      await admin.query(`DROP DATABASE ${database}`)
      await admin.destroy()
    },
  }
}

function connect(url: string, entities: DataSourceOptions['entities'] = []): Promise<DataSource> {
  const connectorPackage = 'mysql2'
  const options = { type: 'mysql' as const, connectorPackage, url, entities, synchronize: true, connectTimeout: 3_000 }
  return new DataSource(options).initialize()
}

function urlOf(database: string): string {
  return URL.replace(/\/[^/]*$/, `/${database}`)
}

function unavailable(error: unknown): undefined {
  if (NAMED !== undefined) throw error
  console.warn(`skipped: no MariaDB answers at ${URL} (${error instanceof Error ? error.message : String(error)})`)
}
