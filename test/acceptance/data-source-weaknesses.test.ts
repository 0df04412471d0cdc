import {
  type Application,
  bootstrap,
  CrudRepository,
  currentTransaction,
  dataSourceToken,
  entityManager,
  Repository,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import { type EngineDatabase, ENGINES, expectClean, silentLogger } from '../support/engines'
import { Failure, Note, NoteRepository } from './notes'

@Repository({ entity: Note, dataSource: 'reporting' })
class ReportRepository extends CrudRepository<Note, string> {}

@Service()
class TwoDatabases {
  constructor(
    readonly notes: NoteRepository,
    readonly reports: ReportRepository,
  ) {}

  @Transactional()
  async inBoth(failure?: Error): Promise<void> {
    await this.notes.insert({ k: 'a note' })
    await this.report(failure)
  }

  @Transactional({ dataSource: 'reporting' })
  async report(failure?: Error): Promise<void> {
    await this.reports.insert({ k: 'a report' })
    if (failure) throw failure
  }
}

const PAIRS = ENGINES.flatMap(first =>
  ENGINES.map(second => ({ first, second, name: `${first.name} and ${second.name}` })),
)

describe.each(PAIRS)('weaknesses of other frameworks, two data sources: $name', ({ first, second }) => {
  let main: EngineDatabase
  let reporting: EngineDatabase
  let app: Application

  beforeEach(async () => {
    main = await first.create()
    reporting = await second.create()
    app = await bootstrap({
      dataSources: { default: main.settings, reporting: reporting.settings },
      entities: [Note],
      components: [NoteRepository, ReportRepository, TwoDatabases],
      logger: silentLogger,
    })
    main.log.clear()
    reporting.log.clear()
  })
  afterEach(async () => {
    await expectClean(main, app)
    await expectClean(reporting, app, 'reporting')
    await app.close()
    await main.drop()
    await reporting.drop()
  })

  const stored = async (): Promise<string[][]> =>
    Promise.all(
      [main, reporting].map(async db => (await db.query<{ k: string }>('SELECT k FROM note')).map(({ k }) => k)),
    )

  it('PS-W3 each row goes to its own database, in a transaction of its own', async () => {
    await app.get(TwoDatabases).inBoth()
    expect(await stored()).toEqual([['a note'], ['a report']])
    for (const db of [main, reporting]) expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
  })

  it('PS-W3 a failure that goes through both undoes both', async () => {
    await expect(app.get(TwoDatabases).inBoth(new Failure())).rejects.toThrow(Failure)
    expect(await stored()).toEqual([[], []])
  })

  it('PS-W3 a failure in one that is caught on the way leaves the other alone', async () => {
    await transactional({}, async () => {
      const { notes } = app.get(TwoDatabases)
      await notes.insert({ k: 'a note' })
      await expect(app.get(TwoDatabases).report(new Failure())).rejects.toThrow(Failure)
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(await stored()).toEqual([['a note'], []])
  })

  it('PS-W3 what is current is asked for by name', async () => {
    await transactional({ dataSource: 'reporting' }, async () => {
      expect(currentTransaction()).toBeUndefined()
      expect(currentTransaction('reporting')?.isNew).toBe(true)
      await entityManager('reporting').insert(Note, { k: 'by name' })
      await transactional({}, async () => {
        expect(currentTransaction()?.id).not.toBe(currentTransaction('reporting')?.id)
      })
    })
    expect(await stored()).toEqual([[], ['by name']])
  })

  it('PS-W3 MANDATORY looks at its own data source only', async () => {
    const outcome = transactional({ dataSource: 'reporting' }, () =>
      transactional({ propagation: 'MANDATORY' }, () => 1),
    )
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
  })

  it('PS-W22 closing the application disposes of every connection', async () => {
    await app.get(TwoDatabases).inBoth()
    const sources = ['default', 'reporting'].map(name => app.get(dataSourceToken(name)))
    await app.close()
    expect(sources.map(({ isInitialized }) => isInitialized)).toEqual([false, false])
    for (const db of [main, reporting]) {
      if (!db.engine.oneWriter) expect(await db.query(CONNECTIONS)).toEqual([{ n: 0 }])
    }
    app = await bootstrap({
      dataSources: { default: main.settings, reporting: reporting.settings },
      entities: [Note],
      logger: silentLogger,
    })
  })
})

const CONNECTIONS = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`
