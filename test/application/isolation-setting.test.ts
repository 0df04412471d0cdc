import { type Application, bootstrap, entityManager, transactional } from 'ambit'
import type { DataSource } from 'typeorm'
import { DataSource as DataSourceClass } from 'typeorm'
import { NoteRepository, NOTES } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'

const [POSTGRES] = ENGINES.filter(({ name }) => name === 'PostgreSQL')

describe('the isolation of a data source', () => {
  let database: EngineDatabase
  let app: Application | undefined
  beforeEach(async () => {
    if (POSTGRES === undefined) throw new TypeError('PostgreSQL is always tested')
    database = await POSTGRES.create()
  })
  afterEach(async () => {
    await app?.close()
    app = undefined
    await database.drop()
  })
  const start = async (): Promise<Application> => {
    const settings = { ...database.settings, isolation: 'SERIALIZABLE' as const }
    app = await bootstrap({ database: settings, ...NOTES, logger: silentLogger })
    database.log.clear()
    return app
  }
  const level = async (): Promise<string> => {
    const rows = await entityManager().query<{ transaction_isolation: string }[]>('SHOW transaction_isolation')
    return rows[0]?.transaction_isolation ?? ''
  }

  it('is that of transactions that ask for none, and of no others', async () => {
    await start()
    expect(await transactional({}, level)).toBe('serializable')
    expect(await transactional({ isolation: 'REPEATABLE READ' }, level)).toBe('repeatable read')
    expect(await transactional({}, () => transactional({ isolation: 'SERIALIZABLE' }, level))).toBe('serializable')
  })

  it('is that of a repository call of its own, so a lone select stands between BEGIN and COMMIT', async () => {
    const notes = (await start()).get(NoteRepository)
    await notes.count()
    expect(database.log.texts).toEqual([
      'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY',
      expect.stringMatching(/^SELECT/),
      'COMMIT',
    ])
  })

  it("is that of TypeORM's own transactions where TypeORM knows the option", async () => {
    const dataSource: DataSource = (await start()).get(DataSourceClass)
    const rows = await dataSource.transaction(manager => manager.query<object[]>('SHOW transaction_isolation'))
    expect(rows).toEqual([{ transaction_isolation: 'serializable' }])
  })

  it.each([
    [{ isolation: 'CHAOS' as never }, 'isolation is no isolation level. [AMBIT_DATA_SOURCE_INVALID_SETTINGS]'],
    [{ url: 'sqlite::memory:', isolation: 'SERIALIZABLE' as const }, "'isolation' means nothing for sqlite"],
  ])('%p is refused before anything is opened', async (wrong, message) => {
    const started = bootstrap({ database: { ...database.settings, schema: 'none', ...wrong }, logger: silentLogger })
    await expect(started).rejects.toThrow(message)
  })
})
