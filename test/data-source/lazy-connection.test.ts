import { inspect } from 'node:util'
import { bootstrap, transactional } from 'ambit'
import { Column, DataSource, Entity, ManyToOne, PrimaryGeneratedColumn } from 'typeorm'
import type { TestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'
import { ENTITIES, Note } from './entities'
import { assertIdle, maybePoolOf, openTransactions, postgresDatabase, rejection, until, type World } from './harness'

// An application starts without its database, connects when the first statement needs it, and recovers.

const postgres = postgresDatabase()
const SECRET = 'hunter2-4711'

let proxy: WireProxy | undefined

afterEach(async () => {
  await proxy?.close()
  proxy = undefined
})

async function behindProxy(settings: object = {}): Promise<{ readonly world: World; readonly proxy: WireProxy }> {
  proxy = await WireProxy.start(postgres.database.url)
  const world = await postgres.start({ settings: { url: proxy.url, connectTimeoutMs: 1_000, ...settings } })
  return { world, proxy }
}

/** The schema, made by somebody else. */
async function createSchema(database: TestDatabase): Promise<void> {
  const dataSource = new DataSource({ type: 'postgres', url: database.url, entities: [...ENTITIES], synchronize: true })
  await dataSource.initialize()
  await dataSource.destroy()
}

describe('an application whose schema is left alone', () => {
  it('starts, and closes, without connecting', async () => {
    const { world, proxy } = await behindProxy()
    const { dataSource } = world
    expect(dataSource.isInitialized).toBe(true)
    expect(dataSource.getRepository(Note).metadata.columns).toHaveLength(3)
    await transactional({}, async () => {})
    await world.app.close()
    expect(proxy.messages).toEqual([])
    expect(dataSource.isInitialized).toBe(false)
  })

  it('starts while the server is away; statements say so, until it is there', async () => {
    await createSchema(postgres.database)
    proxy = await WireProxy.start(postgres.database.url)
    proxy.goAway()
    const world = await postgres.start({ settings: { url: proxy.url, connectTimeoutMs: 1_000 } })
    for (const work of [() => world.write('a'), () => transactional({}, () => world.write('a'))]) {
      const error = await rejection(work())
      expect(error).toMatchObject({ name: 'DataSourceUnreachableError', code: 'AMBIT_DATA_SOURCE_UNREACHABLE' })
      const port = new URL(proxy.url).port
      expect(error.message.split('\n')).toEqual([
        expect.stringMatching(
          new RegExp(
            `^No connection to the data source 'default' \\(127\\.0\\.0\\.1:${port}/${postgres.database.name}\\) could be made: .+\\. \\[AMBIT_DATA_SOURCE_UNREACHABLE\\]$`,
          ),
        ),
        "  where: data source 'default'",
        '  next:  Check that the server runs and that host, port, database, user and password are right; the next statement tries again.',
      ])
    }
    proxy.comeBack()
    await transactional({}, () => world.write('b'))
    await world.write('c')
    expect(await world.rows()).toEqual(['b', 'c'])
    await world.assertClean()
  })

  it('connects once, whoever comes first: concurrent first uses share it', async () => {
    await createSchema(postgres.database)
    const { world } = await behindProxy({ poolSize: 8 })
    await Promise.all([
      ...['a', 'b', 'c'].map(k => world.write(k)),
      ...['d', 'e', 'f'].map(k => transactional({}, () => world.write(k))),
      world.dataSource.manager.find(Note),
    ])
    expect(await world.rows()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    // TypeORM asks for the server's version once per pool.
    expect(proxy?.texts.filter(text => text.includes('version()'))).toHaveLength(1)
  })

  it('concurrent first uses of a pool of one do not wait for each other in a ring', async () => {
    await createSchema(postgres.database)
    const { world } = await behindProxy({ poolSize: 1 })
    await Promise.all(['a', 'b', 'c', 'd'].map(k => transactional({}, () => world.write(k))))
    expect(await world.rows()).toEqual(['a', 'b', 'c', 'd'])
    await world.assertClean()
  })

  it('concurrent first uses while the server is away fail together, and leave nothing', async () => {
    await createSchema(postgres.database)
    proxy = await WireProxy.start(postgres.database.url)
    proxy.goAway()
    const world = await postgres.start({ settings: { url: proxy.url, connectTimeoutMs: 1_000 } })
    const codes = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, at) => (await rejection(transactional({}, () => world.write(`k${at}`))))['code'],
      ),
    )
    expect(new Set(codes)).toEqual(new Set(['AMBIT_DATA_SOURCE_UNREACHABLE']))
    expect(maybePoolOf(world.dataSource)).toBeUndefined()
    proxy.comeBack()
    await transactional({}, () => world.write('a'))
    expect(await world.rows()).toEqual(['a'])
    await world.assertClean()
  })

  it('that loses the server halfway through connecting keeps no pool of it, and connects anew', async () => {
    await createSchema(postgres.database)
    const { world, proxy } = await behindProxy()
    const cut = proxy.cut('before', ({ text }) => text.includes('version()'))
    expect(await rejection(world.write('a'))).toMatchObject({ code: 'AMBIT_DATA_SOURCE_UNREACHABLE' })
    await cut
    expect(maybePoolOf(world.dataSource)).toBeUndefined()
    await until('the connection is gone', () => proxy.open === 0)
    await world.write('b')
    expect(await world.rows()).toEqual(['b'])
  })

  it('does not keep the frame of whoever came first', async () => {
    await createSchema(postgres.database)
    const { world } = await behindProxy()
    await rejection(
      transactional({}, async () => {
        await world.write('a')
        throw new Error('no')
      }),
    )
    await world.write('b')
    expect(await world.rows()).toEqual(['b'])
  })

  it('hands out connections only when TypeORM’s own set-up is done', async () => {
    await createSchema(postgres.database)
    const { world, proxy } = await behindProxy({ poolSize: 5 })
    await Promise.all([world.write('a'), new Promise(setImmediate).then(() => world.write('b'))])
    const texts = proxy.texts
    const lastOfSetup = Math.max(
      ...['version()', 'current_database()', 'current_schema()'].map(word =>
        texts.findIndex(text => text.includes(word)),
      ),
    )
    expect(texts.findIndex(text => text.startsWith('INSERT'))).toBeGreaterThan(lastOfSetup)
  })
})

describe('secrets', () => {
  it('are in no message and no field of an error about the connection', async () => {
    proxy = await WireProxy.start(postgres.database.url)
    proxy.goAway()
    const url = new URL(proxy.url)
    url.password = SECRET
    const world = await postgres.start({ settings: { url: url.href } })
    const errors = [await rejection(world.write('a')), await rejection(transactional({}, () => world.write('a')))]
    for (const error of errors) {
      expect(error['code']).toBe('AMBIT_DATA_SOURCE_UNREACHABLE')
      expect(
        [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), error.stack].join('\n'),
      ).not.toContain(SECRET)
    }
  })

  it.each([
    ['a user that does not exist', (url: URL) => (url.username = 'nobody_at_all'), /nobody_at_all/],
    ['a host that does not exist', (url: URL) => (url.hostname = 'nowhere.invalid'), /nowhere\.invalid/],
    ['a port where nobody listens', (url: URL) => (url.port = '1'), /ECONNREFUSED/],
  ])('nor for %s, which the message names', async (_what, spoil, named) => {
    const url = new URL(postgres.database.url)
    url.password = SECRET
    spoil(url)
    const world = await postgres.start({ settings: { url: url.href, connectTimeoutMs: 2_000 } })
    const error = await rejection(world.write('a'))
    expect(error['code']).toBe('AMBIT_DATA_SOURCE_UNREACHABLE')
    expect(error.message).toMatch(named)
    expect([inspect(error, { depth: 10 }), JSON.stringify(error)].join('\n')).not.toContain(SECRET)
  })

  it('a database that does not exist is named', async () => {
    const url = new URL(postgres.database.url)
    url.pathname = '/ambit_test_nowhere'
    const world = await postgres.start({ settings: { url: url.href } })
    const error = await rejection(world.write('a'))
    expect(error.message).toContain('could be made: database "ambit_test_nowhere" does not exist.')
  })

  it('nor for a URL that cannot be read', async () => {
    const error = await rejection(bootstrap({ database: { url: `postgres://user:${SECRET}@host:notaport/db` } }))
    expect(error['code']).toBe('AMBIT_DATA_SOURCE_INVALID_SETTINGS')
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET)
  })
})

describe('an application that needs the schema', () => {
  it('does not start while the server is away, and leaves nothing behind', async () => {
    proxy = await WireProxy.start(postgres.database.url)
    proxy.goAway()
    const start = bootstrap({
      database: { url: proxy.url, schema: 'create', connectTimeoutMs: 500 },
      entities: ENTITIES,
    })
    expect(await rejection(start)).toMatchObject({ code: 'AMBIT_DATA_SOURCE_UNREACHABLE' })
    // No application is left running.
    expect(await rejection(transactional({}, async () => {}))).toMatchObject({ code: 'AMBIT_APP_NONE' })
  })
})

@Entity('broken')
class Broken {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @ManyToOne(() => Unmapped)
  other!: object
}

class Unmapped {}

describe('metadata that are wrong', () => {
  it('fail the start with TypeORM’s own error about them', async () => {
    const start = bootstrap({ database: { url: postgres.database.url }, entities: [Broken] })
    const error = await rejection(start)
    expect(error.message).toMatch(/Broken#other/)
    expect(await openTransactions(postgres.database)).toEqual([])
  })
})

describe('TypeORM options that would act on a database before the application has it', () => {
  it.each(['synchronize', 'dropSchema', 'migrationsRun'])('%s is refused, with advice', async option => {
    const error = await rejection(
      bootstrap({ database: { url: postgres.database.url, typeorm: { [option]: true } }, entities: ENTITIES }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS' })
    expect(error.message).toContain(`'${option}'`)
    const dataSource = new DataSource({
      type: 'postgres',
      url: postgres.database.url,
      entities: [...ENTITIES],
      [option]: true,
    })
    const given = await rejection(bootstrap({ database: { dataSource } }))
    expect(given).toMatchObject({ code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS' })
    expect(dataSource.isInitialized).toBe(false)
    assertIdle(dataSource)
  })
})
