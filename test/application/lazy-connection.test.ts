import { connect, createServer } from 'node:net'
import { type Application, bootstrap, type DataSourceSettings, transactional } from 'ambit'
import { DataSource, type MigrationInterface } from 'typeorm'
import { committed, NoteRepository, NOTES } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'

const PASSWORD = 'do-not-tell'

class Pending1700000000001 implements MigrationInterface {
  async up(): Promise<void> {
    await Promise.resolve()
  }
  async down(): Promise<void> {
    await Promise.resolve()
  }
}

/** A port at which nobody listens: it was free a moment ago. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

describe('a PostgreSQL that is away', () => {
  let app: Application | undefined
  let port: number
  beforeEach(async () => {
    port = await deadPort()
  })
  afterEach(async () => {
    await app?.close()
    app = undefined
  })
  const start = async (settings: Partial<DataSourceSettings> = {}): Promise<Application> => {
    const url = `postgres://somebody:${PASSWORD}@127.0.0.1:${port}/shop`
    app = await bootstrap({ database: { url, connectTimeoutMs: 1_000, ...settings }, ...NOTES, logger: silentLogger })
    return app
  }

  it("does not keep an application from starting with schema 'none'", async () => {
    const { get, close } = await start()
    expect([typeof get, typeof close]).toEqual(['function', 'function'])
    expect(app?.get(DataSource).isInitialized).toBe(true)
  })

  it('fails the first use, with where it looked and without the password', async () => {
    await start()
    const uses = [
      () => (app as Application).get(NoteRepository).findAll(),
      () => (app as Application).get(NoteRepository).insert({ k: 'a' }),
      () => transactional({}, () => (app as Application).get(NoteRepository).count()),
      () => (app as Application).get(DataSource).query('SELECT 1'),
    ]
    for (const use of uses) {
      const error = await use().then(
        () => undefined,
        (caught: unknown) => caught as Error,
      )
      expect(error).toMatchObject({
        code: 'AMBIT_DATA_SOURCE_UNREACHABLE',
        message: expect.stringContaining(`127.0.0.1:${port}/shop`),
        cause: expect.anything(),
      })
      expect(error?.message).toContain('ECONNREFUSED')
      expect(error?.message).not.toContain(PASSWORD)
      expect(error?.message).not.toContain('somebody')
    }
  })

  it('and the application closes cleanly after it', async () => {
    await start()
    await expect((app as Application).get(NoteRepository).count()).rejects.toThrow()
    await (app as Application).close()
  })

  it('a transaction that needs no statement needs no server', async () => {
    await start()
    expect(await transactional({}, async () => 'done')).toBe('done')
  })

  it.each(['create', 'migrate', 'validate'] as const)(
    "fails the start where the schema needs it: '%s'",
    async schema => {
      const migrations = schema === 'migrate' ? { migrations: [Pending1700000000001] } : {}
      await expect(start({ schema, ...migrations })).rejects.toMatchObject({ code: 'AMBIT_DATA_SOURCE_UNREACHABLE' })
      await expect(transactional({}, () => 1)).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
    },
  )
})

describe.each(ENGINES)('a database that is there, on $name', engine => {
  let db: EngineDatabase
  let app: Application
  beforeEach(async () => {
    db = await engine.create()
    await bootstrap({ database: db.settings, ...NOTES, logger: silentLogger }).then(first => first.close())
    db.log.clear()
    app = await bootstrap({ database: { ...db.settings, schema: 'none' }, ...NOTES, logger: silentLogger })
  })
  afterEach(async () => {
    await app.close()
    await db.drop()
  })

  it('is asked nothing before the first statement', async () => {
    expect(db.log.texts).toEqual([])
    await transactional({}, async () => undefined)
    expect(db.log.texts).toEqual([])
  })

  it('is connected once, also by many who come at the same time', async () => {
    const words = ['a', 'b', 'c', 'd']
    await Promise.all(words.map(k => app.get(NoteRepository).insert({ k })))
    expect(await committed(db)).toEqual(words)
    expect(db.log.texts.filter(text => text === 'SELECT version()').length).toBeLessThanOrEqual(1)
  })

  it("mode 'validate' accepts what 'create' has made", async () => {
    await app.close()
    app = await bootstrap({ database: { ...db.settings, schema: 'validate' }, ...NOTES, logger: silentLogger })
    expect(await app.get(NoteRepository).count()).toBe(0)
  })
})

describe('a PostgreSQL that comes later', () => {
  it('is used as soon as it is there', async () => {
    const [engine] = ENGINES.filter(({ name }) => name === 'PostgreSQL')
    const db = await (engine as (typeof ENGINES)[number]).create()
    const target = new URL(db.url)
    const port = await deadPort()
    const app = await bootstrap({
      database: { url: Object.assign(new URL(db.url), { port: String(port) }).href, connectTimeoutMs: 1_000 },
      ...NOTES,
      logger: silentLogger,
    })
    const server = createServer(socket => {
      const upstream = connect(Number(target.port === '' ? 5432 : target.port), target.hostname)
      socket.pipe(upstream).pipe(socket)
      for (const end of [socket, upstream]) end.on('error', () => undefined)
    })
    try {
      await expect(app.get(DataSource).query('SELECT 1 AS one')).rejects.toMatchObject({
        code: 'AMBIT_DATA_SOURCE_UNREACHABLE',
      })
      await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
      expect(await app.get(DataSource).query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    } finally {
      await app.close()
      await new Promise(resolve => server.close(resolve))
      await db.drop()
    }
  })
})
