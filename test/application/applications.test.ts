import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  currentTransaction,
  entityManager,
  provide,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import { type EngineDatabase, ENGINES, expectClean, silentLogger } from '../support/engines'
import { Boundaries, committed, Failure, Note, NoteRepository, NOTES, write } from '../acceptance/notes'

/** Not built by any container. */
class Stray {
  @Transactional()
  async store(k: string): Promise<string | undefined> {
    await write(k)
    return currentTransaction()?.id
  }
}

abstract class Clock {
  abstract now(): string
}

@Service()
class SystemClock extends Clock {
  static built = 0

  constructor() {
    super()
    SystemClock.built += 1
  }

  now(): string {
    return 'now'
  }
}

@Service()
class Diary {
  constructor(
    readonly clock: Clock,
    readonly notes: NoteRepository,
  ) {}

  async enter(): Promise<void> {
    await this.notes.insert({ k: this.clock.now() })
  }
}

describe.each(ENGINES)('applications on $name', engine => {
  const databases: EngineDatabase[] = []
  const open: Application[] = []
  const database = async (): Promise<EngineDatabase> => {
    const created = await engine.create()
    databases.push(created)
    return created
  }
  const start = async (db: EngineDatabase, options: BootstrapOptions = {}): Promise<Application> => {
    const app = await bootstrap({ database: db.settings, ...NOTES, logger: silentLogger, ...options })
    open.push(app)
    return app
  }
  afterEach(async () => {
    await Promise.allSettled(open.splice(0).map(app => app.close()))
    await Promise.all(databases.splice(0).map(db => db.drop()))
  })

  it('two in one process do not mix: an object belongs to the one that built it', async () => {
    const [first, second] = [await database(), await database()]
    const [a, b] = [await start(first, { name: 'a' }), await start(second, { name: 'b' })]
    await a.get(NoteRepository).insert({ k: 'a' })
    await b.get(NoteRepository).insert({ k: 'b' })
    await a
      .get(Boundaries)
      .required(async () => {
        await write('a in a')
        await b.get(NoteRepository).insert({ k: 'b in a' })
        await b.run(() => write('b by run'))
        throw new Failure()
      })
      .catch(() => undefined)
    expect(await committed(first)).toEqual(['a'])
    expect(await committed(second)).toEqual(['b', 'b by run', 'b in a'])
    await expectClean(first, a)
    await expectClean(second, b)
  })

  it('with two, what belongs to none must be told which is meant', async () => {
    const [first, second] = [await database(), await database()]
    const [a, b] = [await start(first, { name: 'a' }), await start(second, { name: 'b' })]
    const ambiguous = { code: 'AMBIT_APP_AMBIGUOUS', message: expect.stringMatching(/'a', 'b'[^]*app\.run/) }
    await expect(new Stray().store('x')).rejects.toMatchObject(ambiguous)
    await expect(transactional({}, () => 1)).rejects.toMatchObject(ambiguous)
    expect(() => entityManager()).toThrow(expect.objectContaining({ code: 'AMBIT_APP_AMBIGUOUS' }))
    expect(currentTransaction()).toBeUndefined()
    await a.run(() => new Stray().store('by run'))
    expect(await committed(first)).toEqual(['by run'])
    await b.close()
    await new Stray().store('the only one')
    expect(await committed(first)).toEqual(['by run', 'the only one'])
  })

  it('with none, every call says so', async () => {
    await expect(new Stray().store('x')).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
    await expect(new NoteRepository().findAll()).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
    await expect(transactional({}, () => 1)).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
    expect(() => entityManager()).toThrow(expect.objectContaining({ code: 'AMBIT_APP_NONE' }))
    expect(currentTransaction()).toBeUndefined()
  })

  it('objects of a closed application refuse their work, also when another one runs', async () => {
    const db = await database()
    const closed = await start(db)
    const [notes, boundaries] = [closed.get(NoteRepository), closed.get(Boundaries)]
    await closed.close()
    await start(db)
    await expect(notes.insert({ k: 'x' })).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
    await expect(boundaries.required(async () => 1)).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
    await expect(closed.run(() => transactional({}, () => 1))).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
    expect(() => closed.get(NoteRepository)).toThrow(expect.objectContaining({ code: 'AMBIT_DI_CLOSED' }))
    expect(await committed(db)).toEqual([])
  })

  it('a data source that is not there is named, with those that are', async () => {
    const db = await database()
    await start(db)
    await expect(transactional({ dataSource: 'other' }, () => 1)).rejects.toMatchObject({
      code: 'AMBIT_TX_UNKNOWN_DATA_SOURCE',
      message: expect.stringContaining("'default'"),
    })
    expect(() => entityManager('other')).toThrow(expect.objectContaining({ code: 'AMBIT_TX_UNKNOWN_DATA_SOURCE' }))
  })

  it('is closed at the end of its block', async () => {
    const db = await database()
    let used: Application
    {
      await using app = await bootstrap({ database: db.settings, ...NOTES, logger: silentLogger })
      await app.get(NoteRepository).insert({ k: 'a' })
      used = app
    }
    expect(() => used.get(NoteRepository)).toThrow()
    await expect(transactional({}, () => 1)).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
  })

  it('overrides replace a component, which is then never built', async () => {
    const db = await database()
    SystemClock.built = 0
    const components = [...NOTES.components, SystemClock, Diary]
    const app = await start(db, { components, overrides: [[Clock, { now: () => 'then' }]] })
    await app.get(Diary).enter()
    expect(await committed(db)).toEqual(['then'])
    expect(SystemClock.built).toBe(0)
  })

  it('a replaced repository serves the services', async () => {
    const db = await database()
    const inserted: unknown[] = []
    const fake = { insert: (note: Note) => Promise.resolve(void inserted.push(note)) }
    const components = [...NOTES.components, SystemClock, Diary]
    const app = await start(db, { components, overrides: [[NoteRepository, fake]] })
    await app.get(Diary).enter()
    expect(inserted).toEqual([{ k: 'now' }])
    expect(db.log.commands.filter(command => command === 'INSERT note')).toEqual([])
  })

  it('without a data source it is a container', async () => {
    const app = await bootstrap({
      components: [SystemClock],
      providers: [provide(Clock, { useExisting: SystemClock })],
    })
    open.push(app)
    expect(app.get(Clock).now()).toBe('now')
    await expect(transactional({}, () => 1)).rejects.toMatchObject({
      code: 'AMBIT_TX_UNKNOWN_DATA_SOURCE',
      message: expect.stringContaining('Give bootstrap() a database'),
    })
  })

  it('reports what it holds', async () => {
    const app = await start(await database(), { name: 'reporting' })
    expect(app.name).toBe('reporting')
    expect(app.registrations.map(({ name }) => name)).toEqual(expect.arrayContaining(['NoteRepository', 'Boundaries']))
    expect(app.getAll(NoteRepository)).toEqual([app.get(NoteRepository)])
    expect(() => app.get(Stray)).toThrow(expect.objectContaining({ code: 'AMBIT_DI_NOT_FOUND' }))
  })
})
