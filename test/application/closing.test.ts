import { type Application, bootstrap, type BootstrapOptions, PreDestroy, Service, transactional } from 'ambit'
import { ApplicationCloseError } from 'ambit/errors'
import { DataSource } from 'typeorm'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'
import { sqliteOptions } from '../support/lanes/sqlite-options'
import { committed, NoteRepository, NOTES, write } from '../acceptance/notes'

@Service()
class WritesAtTheEnd {
  constructor(readonly notes: NoteRepository) {}

  @PreDestroy()
  async stop(): Promise<void> {
    await this.notes.insert({ k: 'last words' })
    await transactional({}, () => write('in a transaction'))
  }
}

@Service()
class BreaksAtTheEnd {
  @PreDestroy()
  stop(): never {
    throw new Error('no end')
  }
}

/** A promise that somebody else resolves. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>(resolve => (open = resolve))
  return { opened, open: () => open() }
}

describe.each(ENGINES)('closing an application on $name', engine => {
  let db: EngineDatabase
  let app: Application
  beforeEach(async () => {
    db = await engine.create()
  })
  afterEach(async () => {
    await app.close().catch(() => undefined)
    await db.drop()
  })
  const start = async (options: BootstrapOptions = {}): Promise<void> => {
    app = await bootstrap({ database: db.settings, ...NOTES, logger: silentLogger, ...options })
  }
  const connections = async (): Promise<number> =>
    engine.oneWriter ? 0 : ((await db.query<{ n: number }>(OTHERS))[0]?.n ?? NaN)

  it('waits for a running transaction', async () => {
    await start()
    const [written, goOn] = [gate(), gate()]
    const work = transactional({}, async () => {
      await write('first')
      written.open()
      await goOn.opened
      await write('second')
    })
    await written.opened
    let closed = false
    const closing = app.close().then(() => (closed = true))
    await new Promise(resolve => setImmediate(resolve))
    expect(closed).toBe(false)
    goOn.open()
    await work
    await closing
    expect(await committed(db)).toEqual(['first', 'second'])
    expect(await connections()).toBe(0)
  })

  it('rolls back what is left at the deadline, and its method gets an error', async () => {
    await start({ closeTimeoutMs: 20 })
    const [written, goOn] = [gate(), gate()]
    const work = transactional({}, async () => {
      await write('lost')
      written.open()
      await goOn.opened
      await write('later')
    })
    const outcome = work.then(
      () => 'resolved',
      (error: unknown) => (error as { code: string }).code,
    )
    await written.opened
    await app.close()
    expect(await committed(db)).toEqual([])
    goOn.open()
    expect(await outcome).toMatch(/^AMBIT_/)
    expect(await connections()).toBe(0)
  })

  it('refuses what begins after it', async () => {
    await start()
    const notes = app.get(NoteRepository)
    await app.close()
    await expect(notes.insert({ k: 'x' })).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
    await expect(transactional({}, () => 1)).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
  })

  it('lets components use the database while they are disposed of', async () => {
    await start({ components: [...NOTES.components, WritesAtTheEnd] })
    await app.close()
    expect(await committed(db)).toEqual(['in a transaction', 'last words'])
    expect(await connections()).toBe(0)
  })

  it('closes everything else where a component fails, and says what failed', async () => {
    await start({ components: [...NOTES.components, BreaksAtTheEnd, WritesAtTheEnd] })
    const dataSource = app.get(DataSource)
    const error = await app.close().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApplicationCloseError)
    expect(error).toMatchObject({ code: 'AMBIT_APPLICATION_CLOSE', failures: [expect.anything()] })
    expect(dataSource.isInitialized).toBe(false)
    expect(await committed(db)).toHaveLength(2)
    expect(await connections()).toBe(0)
    await expect(transactional({}, () => 1)).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
  })

  it('twice is once', async () => {
    await start()
    const first = app.close()
    expect(app.close()).toBe(first)
    await first
    await app[Symbol.asyncDispose]()
  })

  it('works while nothing was connected', async () => {
    await start({ database: { ...db.settings, schema: 'none' } })
    await app.close()
    expect(await connections()).toBe(0)
  })

  it('leaves a data source open that was open when it was handed over', async () => {
    const dataSource = await new DataSource({
      ...(engine.oneWriter ? sqliteOptions(db.url.slice('sqlite:'.length)) : { type: 'postgres', url: db.url }),
      entities: NOTES.entities,
      synchronize: true,
    }).initialize()
    try {
      await start({ database: { dataSource }, entities: [] })
      await app.get(NoteRepository).insert({ k: 'a' })
      await app.close()
      expect(dataSource.isInitialized).toBe(true)
      expect(await dataSource.query('SELECT k FROM note')).toEqual([{ k: 'a' }])
    } finally {
      await dataSource.destroy()
    }
  })

  it('a data source that was handed over unopened is ours to close', async () => {
    const dataSource = new DataSource({
      ...(engine.oneWriter ? sqliteOptions(db.url.slice('sqlite:'.length)) : { type: 'postgres', url: db.url }),
      entities: NOTES.entities,
    })
    await start({ database: { dataSource, schema: 'create' }, entities: [] })
    await app.get(NoteRepository).insert({ k: 'a' })
    await app.close()
    expect(dataSource.isInitialized).toBe(false)
    expect(await connections()).toBe(0)
  })
})

const OTHERS = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`
