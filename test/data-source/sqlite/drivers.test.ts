import { type Application, bootstrap, type DataSourceSettings, entityManager, transactional } from 'ambit'
import { SqliteSeveralStatementsError } from 'ambit/errors'
import { DataSource, type DataSourceOptions } from 'typeorm'
import { lane } from '#lane'
import { silentLogger } from '../../support/engines'
import { itOnlyIn } from '../../support/lanes/only-in'
import { sqliteOptions } from '../../support/lanes/sqlite-options'
import { Item } from './harness'

// Which driver serves `sqlite:…`, and what each of them is not allowed to do quietly.

const URL = 'sqlite::memory:'
const OTHER = lane.sqlite.type === 'sqlite' ? 'better-sqlite3' : 'sqlite'

const started: Application[] = []
afterEach(async () => {
  for (const app of started.splice(0)) await app.close()
})

async function start(database: DataSourceSettings): Promise<DataSource> {
  const app = await bootstrap({ logger: silentLogger, database, entities: database.dataSource ? [] : [Item] })
  started.push(app)
  return app.get(DataSource)
}

const typeorm = (options: Record<string, unknown>): DataSourceSettings => ({ url: URL, typeorm: options })

describe('the driver of a sqlite: URL', () => {
  it('is the one that is installed, and that TypeORM has', async () => {
    expect((await start({ url: URL })).options.type).toBe(lane.sqlite.type)
  })

  it('may be named', async () => {
    expect((await start(typeorm({ type: lane.sqlite.type }))).options.type).toBe(lane.sqlite.type)
  })

  it('that is named and not there is missing, though another one is', async () => {
    const error: unknown = await start(typeorm({ type: OTHER })).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'AMBIT_DATA_SOURCE_DRIVER_MISSING',
      message: expect.stringMatching(
        OTHER === 'sqlite' ? /npm install sqlite3 \(with TypeORM 0\.3\)/ : /npm install better-sqlite3$/,
      ),
      cause: { name: OTHER === 'sqlite' ? 'MissingDriverError' : 'DriverPackageNotInstalledError' },
    })
  })

  it.each(['postgres', 'mysql'])('cannot be that of another database: %s', async type => {
    await expect(start(typeorm({ type }))).rejects.toMatchObject({ code: 'AMBIT_DATA_SOURCE_UNSUPPORTED' })
  })

  it('is missing where none can be loaded: both are named, with the reason of each', async () => {
    const missing = (): never => {
      throw Object.assign(new Error('not installed'), { code: 'MODULE_NOT_FOUND' })
    }
    await jest.isolateModulesAsync(async () => {
      jest.doMock('better-sqlite3', missing)
      jest.doMock('sqlite3', missing)
      const { createDataSource } = await import('../../../src/data-source/create-data-source')
      const make = (): unknown => createDataSource('default', { url: URL }, [])
      expect(make).toThrow('npm install better-sqlite3, or sqlite3 (with TypeORM 0.3)')
      expect(make).toThrow(expect.objectContaining({ code: 'AMBIT_DATA_SOURCE_DRIVER_MISSING' }))
      const { cause } = caught(make) as { cause: AggregateError }
      expect(cause.errors).toHaveLength(2)
    })
    jest.dontMock('better-sqlite3')
    jest.dontMock('sqlite3')
  })
})

describe(`options that do not go with ${lane.sqlite.type}`, () => {
  it.each(Object.keys(lane.sqlite.kind.refusedOptions))(
    '%s is refused, whoever makes the data source',
    async option => {
      const refused = {
        code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS',
        message: expect.stringContaining(`'${option}'`),
      }
      await expect(start(typeorm({ [option]: 5 }))).rejects.toMatchObject(refused)
      const options = { ...sqliteOptions(':memory:'), [option]: 5 } as unknown as DataSourceOptions
      await expect(start({ dataSource: new DataSource(options) })).rejects.toMatchObject(refused)
    },
  )

  it('busyErrorRetry, which would repeat for ever, is one of them', () => {
    expect(lane.sqlite.kind.refusedOptions).toHaveProperty('busyErrorRetry')
  })
})

describe('several statements in one text', () => {
  const TEXT = 'INSERT INTO "item"("name") VALUES (\'a\'); INSERT INTO "item"("name") VALUES (\'b\')'
  const names = (): Promise<unknown> => entityManager().query('SELECT "name" FROM "item"')

  it('are refused in a scope and outside, and none is run', async () => {
    const dataSource = await start({ url: URL, schema: 'create' })
    await expect(dataSource.query(TEXT)).rejects.toThrow('statement')
    await expect(transactional({}, () => dataSource.query(TEXT))).rejects.toThrow('statement')
    expect(await names()).toEqual([])
  })

  itOnlyIn('typeorm-0.3', 'better-sqlite3 refuses them by itself')('have an error of their own', async () => {
    const dataSource = await start({ url: URL, schema: 'create' })
    await expect(dataSource.query(TEXT)).rejects.toBeInstanceOf(SqliteSeveralStatementsError)
    await expect(dataSource.createQueryRunner().query(TEXT)).rejects.toBeInstanceOf(SqliteSeveralStatementsError)
    await transactional({}, async () => {
      await expect(dataSource.query(TEXT)).rejects.toMatchObject({ code: 'AMBIT_SQLITE_SEVERAL_STATEMENTS' })
      await dataSource.query('INSERT INTO "item"("name") VALUES (\'c\');')
    })
    expect(await names()).toEqual([{ name: 'c' }])
  })
})

function caught(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it should have thrown')
}
