import {
  afterCommit,
  afterRollback,
  type Application,
  beforeCommit,
  bootstrap,
  type BootstrapOptions,
  PreDestroy,
  Service,
  transactional,
} from 'ambit'
import { ApplicationCloseError, ForcedCloseError } from 'ambit/errors'
import { DataSource } from 'typeorm'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'
import { sqliteOptions } from '../support/lanes/sqlite-options'
import { outcomeOf, settled } from '../tx/harness'
import { Boundaries, committed, NoteRepository, NOTES, write } from '../acceptance/notes'

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

function outcomesOf(calls: readonly Promise<unknown>[]): Promise<string[]> {
  return Promise.all(calls.map(outcomeOf))
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

  it('rolls back what is left at the deadline, and says so to its method, to whoever closes, and to the error listener', async () => {
    const reports: Error[] = []
    await start({ closeTimeoutMs: 20, onError: error => reports.push(error) })
    const [written, goOn] = [gate(), gate()]
    const work = transactional({ label: 'Shop.order' }, async () => {
      await write('lost')
      written.open()
      await goOn.opened
      await write('later')
    }).catch((error: unknown) => error)
    await written.opened
    const closed = await app.close().catch((error: unknown) => error)
    expect(await committed(db)).toEqual([])
    goOn.open()
    const told = await work
    expect(told).toBeInstanceOf(ForcedCloseError)
    expect((told as Error).message).toBe(
      [
        'The application was closed while Shop.order was still running: after 20 ms its transaction was rolled back. [AMBIT_TX_FORCED_CLOSE]',
        '  where: Shop.order',
        '  next:  Nothing of it is stored; repeat the call elsewhere. Stop taking work before app.close(), or raise closeTimeoutMs.',
      ].join('\n'),
    )
    expect(closed).toBeInstanceOf(ApplicationCloseError)
    expect((closed as ApplicationCloseError).failures).toEqual([told])
    expect(reports).toEqual([told])
    expect(await committed(db)).toEqual([])
    expect(await connections()).toBe(0)
  })

  it('rolls back a transaction inside another one, savepoints and hooks before the commit like all else', async () => {
    await start({ closeTimeoutMs: 20 })
    const [written, goOn] = [gate(), gate()]
    const trace: string[] = []
    const stop = async (): Promise<void> => {
      written.open()
      await goOn.opened
    }
    const work = outcomesOf([
      transactional({ label: 'in a savepoint' }, () =>
        transactional({ propagation: 'NESTED' }, async () => {
          afterRollback(() => trace.push('savepoint rolled back'))
          if (!engine.oneWriter) await write('nested')
          await stop()
        }),
      ),
      transactional({ label: 'in a hook' }, async () => {
        if (!engine.oneWriter) await write('hook')
        beforeCommit(stop)
      }),
      transactional({ label: 'outer' }, () =>
        transactional({ propagation: 'REQUIRES_NEW', label: 'inner' }, async () => {
          await write('inner')
          await stop()
        }),
      ),
    ])
    await written.opened
    await settled()
    const { failures } = (await app.close().catch((error: unknown) => error)) as ApplicationCloseError
    expect(failures.map(failure => (failure as ForcedCloseError).method).sort()).toEqual(
      ['in a hook', 'in a savepoint', 'inner', 'outer'].sort(),
    )
    goOn.open()
    expect(await work).toEqual(Array(3).fill('AMBIT_TX_FORCED_CLOSE'))
    expect(trace).toEqual(['savepoint rolled back'])
    expect(await committed(db)).toEqual([])
    expect(await connections()).toBe(0)
  })

  it('refuses new calls from its first moment on, and lets running ones do all that they do', async () => {
    await start()
    const [written, goOn] = [gate(), gate()]
    const notes = app.get(NoteRepository)
    const boundaries = app.get(Boundaries)
    const work = boundaries.required(async () => {
      await notes.findAll()
      afterCommit(() => boundaries.required(() => notes.insert({ k: 'by a hook' })))
      written.open()
      await goOn.opened
      await boundaries.requiresNew(() => notes.insert({ k: 'new' }))
      await boundaries.nested(() => notes.insert({ k: 'nested' }))
    })
    await written.opened
    const closing = app.close()
    const refused = outcomesOf([
      boundaries.required(() => notes.insert({ k: 'x' })),
      boundaries.supports(() => notes.insert({ k: 'x' })),
      boundaries.notSupported(() => notes.insert({ k: 'x' })),
      notes.insert({ k: 'x' }),
      notes.findAll(),
      transactional({}, () => write('x')),
    ])
    expect(await refused).toEqual(Array(6).fill('AMBIT_APP_CLOSING'))
    goOn.open()
    await work
    await closing
    expect(await committed(db)).toEqual(['by a hook', 'nested', 'new'])
    expect(await connections()).toBe(0)
  })

  it('does not wait for the hook that closes it', async () => {
    await start()
    await transactional({}, async () => {
      await write('a')
      afterCommit(() => app.close())
    })
    expect(await committed(db)).toEqual(['a'])
    expect(await connections()).toBe(0)
  })

  it('does not repeat what failed for a while once the deadline has passed', async () => {
    await start({ closeTimeoutMs: 20 })
    const [written, goOn] = [gate(), gate()]
    let attempts = 0
    const work = outcomesOf([
      transactional({ retry: 5 }, async () => {
        attempts += 1
        await write('a')
        written.open()
        await goOn.opened
        throw Object.assign(new Error('conflict'), { code: '40001' })
      }),
    ])
    await written.opened
    await app.close().catch(() => undefined)
    goOn.open()
    await work
    expect(attempts).toBe(1)
    expect(await committed(db)).toEqual([])
  })

  it('names who has not given a connection back', async () => {
    const warnings: string[] = []
    await start({ waitTimeoutMs: 100, logger: { ...silentLogger, warn: message => warnings.push(message) } })
    const runner = app.get(DataSource).createQueryRunner()
    await runner.connect()
    await runner.startTransaction()
    await runner.query("INSERT INTO note (k) VALUES ('left open')")
    await app.close()
    expect(warnings).toEqual([
      expect.stringMatching(/^A connection of the data source 'default' had not been given back/),
    ])
    expect(await committed(db)).toEqual([])
    expect(await connections()).toBe(0)
  })

  if (!engine.oneWriter) {
    it('does not wait for a statement that takes for ever', async () => {
      await start({ closeTimeoutMs: 20 })
      const sent = gate()
      const work = outcomesOf([
        transactional({ label: 'Report.all' }, async () => {
          await write('a')
          const sleeping = app.get(DataSource).query('SELECT pg_sleep(60)')
          sent.open()
          await sleeping
        }),
      ])
      await sent.opened
      const { failures } = (await app.close().catch((error: unknown) => error)) as ApplicationCloseError
      expect(failures).toMatchObject([{ method: 'Report.all' }])
      expect(await work).not.toEqual(['ok'])
      expect(await committed(db)).toEqual([])
    })
  }

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
