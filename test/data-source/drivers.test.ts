import { type Application, bootstrap, transactional } from 'ambit'
import pg from 'pg'
import { createDataSource } from '../../src/data-source/create-data-source'
import { isPgQuery } from '../../src/data-source/postgres/prefixed-query'
import { ENTITIES } from './entities'
import { postgresDatabase, rejection, Undo, type World } from './harness'

// pg with options, and drivers that are not quite pg.

const postgres = postgresDatabase()

async function exercise(world: World): Promise<void> {
  await transactional({ isolation: 'SERIALIZABLE', timeoutMs: 10_000 }, async () => {
    await world.write('a')
    await Promise.all([world.write('b'), world.write('c')])
    await transactional({ propagation: 'NESTED' }, () => world.write('d'))
    expect(await world.dataSource.query('SHOW transaction_isolation')).toEqual([
      { transaction_isolation: 'serializable' },
    ])
  })
  const error = await rejection(
    transactional({}, async () => {
      await world.write('e')
      throw new Undo()
    }),
  )
  expect(error).toBeInstanceOf(Undo)
  await rejection(transactional({}, () => world.dataSource.query('SELEC 1')))
  expect(await world.rows()).toEqual(['a', 'b', 'c', 'd'])
  await world.assertClean()
}

describe('pg’s pipeline mode', () => {
  it('works', async () => {
    await exercise(await postgres.start({ settings: { schema: 'create', typeorm: { extra: { pipeline: true } } } }))
  })
})

describe('a driver whose Query is not pg’s', () => {
  it('is told by what it lacks', () => {
    expect(isPgQuery(pg.Query)).toBe(true)
    for (const other of [undefined, null, {}, class Query {}, () => undefined]) expect(isPgQuery(other)).toBe(false)
  })

  it('works too: BEGIN goes ahead of the first statement, awaited', async () => {
    const { Pool, Client, defaults } = pg
    const world = await postgres.start({
      settings: { schema: 'create', typeorm: { driver: { Pool, Client, defaults } } },
    })
    world.log.clear()
    await exercise(world)
    expect(world.log.words.slice(0, 3)).toEqual([
      'BEGIN ISOLATION LEVEL SERIALIZABLE',
      expect.stringMatching(/^SET LOCAL statement_timeout/),
      'INSERT',
    ])
  })
})

describe('options of the driver', () => {
  const url = 'postgres://localhost/db'

  it('given below typeorm.extra win one by one: our other settings stay', () => {
    const settings = {
      url,
      idleTimeoutMs: 7_000,
      poolSize: 3,
      typeorm: { extra: { keepAlive: false, statement_timeout: 9_000 } },
    }
    const { options } = createDataSource('default', settings, ENTITIES)
    expect(options).toMatchObject({
      poolSize: 3,
      connectTimeoutMS: 5_000,
      extra: { keepAlive: false, statement_timeout: 9_000, idleTimeoutMillis: 7_000, maxLifetimeSeconds: 3_600 },
    })
  })

  it('without them are ours', () => {
    const { options } = createDataSource('default', { url }, [])
    expect(options).toMatchObject({
      applicationName: 'ambit',
      poolSize: 10,
      extra: { keepAlive: true, idleTimeoutMillis: 30_000, maxLifetimeSeconds: 3_600 },
    })
  })

  it.each(['connectTimeoutMs', 'idleTimeoutMs'] as const)(
    'take no %s that a timer cannot wait: it would be over at once',
    async key => {
      const start = (value: number): Promise<Application> =>
        bootstrap({ database: { url: 'postgres://localhost:1/db', [key]: value } })
      for (const value of [2 ** 31, Number.MAX_SAFE_INTEGER, Infinity, 0, -1, 1.5, Number.NaN])
        expect(await rejection(start(value))).toMatchObject({
          code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS',
          message: expect.stringContaining(`'${key}' is `),
        })
      expect(String(await rejection(start(2 ** 31)))).toContain(
        `'${key}' is longer than a timer waits. [AMBIT_DATA_SOURCE_INVALID_SETTINGS]`,
      )
      const { options } = createDataSource('default', { url, [key]: 2 ** 31 - 1 }, [])
      expect(JSON.stringify(options)).toContain('2147483647')
      await expect(start(2 ** 31 - 1).then(app => app.close())).resolves.toBeUndefined()
    },
  )

  it('make sessions with a statement timeout of their own, which a deadline does not change for others', async () => {
    const world = await postgres.start({
      settings: { schema: 'create', typeorm: { extra: { statement_timeout: 9_000 } } },
    })
    const setting = (): Promise<unknown> => world.dataSource.query('SHOW statement_timeout')
    await transactional({ timeoutMs: 5_000 }, setting)
    expect(await transactional({}, setting)).toEqual([{ statement_timeout: '9s' }])
  })
})

describe('options of SQLite', () => {
  const refused = (options: object): Promise<Error> =>
    rejection(bootstrap({ database: { url: 'sqlite::memory:', ...options } }))

  it.each([-1, 1.5, Number.NaN, Infinity, '2', true, null])('take no %p as readers', async readers => {
    const error = await refused({ readers })
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS' })
    expect(error.message).toContain("'readers' is no whole number of at least 0.")
  })

  it.each(['OFF', 'full', 0, null])(
    'take no %p as synchronous: SQLite would go on with its default',
    async synchronous => {
      const error = await refused({ synchronous })
      expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS' })
      expect(error.message).toContain('Use one of FULL, NORMAL.')
    },
  )

  it.each([0, 1])('take %p readers', readers => {
    expect(() => createDataSource('default', { url: 'sqlite:app.db', readers }, [])).not.toThrow()
  })
})
