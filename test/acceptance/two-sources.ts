import { type Application, bootstrap, type BootstrapOptions, dataSourceToken, entityManager } from 'ambit'
import type { DataSource } from 'typeorm'
import { type EngineDatabase, expectClean, silentLogger, type TestEngine } from '../support/engines'
import { Note } from './notes'

/** The names of the two data sources of one application. */
export const NAMES = ['default', 'ledger'] as const

export type SourceName = (typeof NAMES)[number]

/** An application over two databases of one engine; after each test both must be clean. */
export interface TwoSources {
  readonly engine: TestEngine
  readonly app: Application
  db(name: SourceName): EngineDatabase
  dataSource(name: SourceName): DataSource
}

export function twoSourcesOn(engine: TestEngine, options: BootstrapOptions = {}): TwoSources {
  let databases: Record<SourceName, EngineDatabase> | undefined
  let app: Application | undefined
  const reports: Error[] = []
  const started = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('it exists in tests and hooks only')
    return value
  }
  const db = (name: SourceName): EngineDatabase => started(databases)[name]
  beforeAll(async () => {
    databases = { default: await engine.create(), ledger: await engine.create() }
    app = await bootstrap({
      ...options,
      dataSources: { default: db('default').settings, ledger: db('ledger').settings },
      entities: [Note],
      logger: silentLogger,
      onError: error => reports.push(error),
    })
  })
  beforeEach(async () => {
    for (const name of NAMES) {
      await db(name).query('DELETE FROM note')
      db(name).log.clear()
    }
  })
  afterEach(async () => {
    expect(reports.splice(0)).toEqual([])
    for (const name of NAMES) await expectClean(db(name), started(app), name)
  })
  afterAll(async () => {
    await app?.close()
    for (const name of NAMES) await databases?.[name].drop()
  })
  return {
    engine,
    db,
    dataSource: name => started(app).get(dataSourceToken(name)),
    get app() {
      return started(app)
    },
  }
}

/** Stores a row in one of the sources, by the handle that the running scope has there. */
export async function writeTo(name: SourceName, k: string): Promise<void> {
  await entityManager(name).insert(Note, { k })
}
