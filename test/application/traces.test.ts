import {
  afterCommit,
  type Application,
  bootstrap,
  type BootstrapOptions,
  type ExecutionEvent,
  printTrace,
  transactional,
  type TransactionalOptions,
} from 'ambit'
import { InvalidBootstrapOptionsError } from '../../src/errors'
import { Failure, NoteRepository, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, expectClean, silentLogger } from '../support/engines'

const swallow = (): void => undefined

/** Times vary, the numbers of transactions depend on the tests before, and each engine has a BEGIN of its own. */
function withoutNumbers(text: string): string {
  const names = new Map<string, string>()
  return text
    .replace(/\d+\.\d ms/g, '_ ms')
    .replace(/ \(waited _ ms\)/g, '')
    .replace(/BEGIN IMMEDIATE/g, 'BEGIN')
    .replace(/INSERT INTO "note".*?(?= {2}_ ms)/g, 'INSERT note')
    .replace(/"ambit_1"/g, 'ambit_1')
    .replace(/\[(23505|SQLITE_CONSTRAINT\w*)\]/g, '[unique]')
    .replace(/\b(default|other)#\d+/g, found => {
      const name = names.get(found) ?? `T${names.size + 1}`
      names.set(found, name)
      return name
    })
}

const lines = (text: string): string[] => text.split('\n')

describe.each(ENGINES)('traces on $name', engine => {
  const db = engineDatabase(engine)
  const printed: string[] = []
  const logger = { ...silentLogger, info: (text: string): void => void printed.push(text) }

  /** Runs a scenario in an application of its own, which must leave nothing behind. */
  async function traced(
    options: BootstrapOptions,
    scenario: (app: Application) => Promise<unknown>,
  ): Promise<Application> {
    const app = await bootstrap({ database: db.settings, logger, ...NOTES, ...options })
    try {
      await db.query('DELETE FROM note')
      printed.length = 0
      await scenario(app).catch(swallow)
      await expectClean(db, app)
    } finally {
      await app.close()
    }
    return app
  }

  const trees = (): string[] => printed.map(withoutNumbers)

  const call = (label: string, options: TransactionalOptions, body: () => Promise<unknown>): Promise<unknown> =>
    transactional({ label, ...options }, body)

  it('print each tree through the logger, with what was really sent', async () => {
    await traced({ trace: true }, () =>
      call('Orders.place', {}, async () => {
        await write('a')
        await call('Audit.note', { propagation: 'NESTED' }, () => write('a')).catch(swallow)
        afterCommit(swallow)
      }),
    )
    expect(trees().map(lines)).toEqual([
      [
        'Orders.place  began T1  _ ms',
        '├─ BEGIN',
        '├─ INSERT note  _ ms',
        '├─ Audit.note  savepoint in T1  _ ms  ✗ QueryFailedError [unique]',
        '│  ├─ SAVEPOINT ambit_1  _ ms',
        '│  ├─ INSERT note  _ ms  ✗ QueryFailedError [unique]',
        '│  ├─ ROLLBACK TO SAVEPOINT ambit_1  _ ms',
        '│  └─ RELEASE SAVEPOINT ambit_1  _ ms',
        '├─ COMMIT  _ ms',
        '├─ → committed',
        '└─ afterCommit hook of Orders.place  _ ms',
      ],
    ])
  })

  it('print what a caller joined, and who doomed it', async () => {
    await traced({ trace: true }, () =>
      call('Orders.place', {}, async () => {
        await call('Stock.take', {}, async () => {
          await write('a')
          throw new Failure()
        }).catch(swallow)
      }),
    )
    expect(trees().map(lines)).toEqual([
      [
        expect.stringMatching(
          /^Orders\.place {2}began T1 {2}_ ms {2}✗ UnexpectedRollbackError .* because Stock\.take failed/,
        ),
        '├─ Stock.take  joined T1  _ ms  ✗ Failure',
        '│  └─ INSERT note  _ ms',
        '├─ BEGIN',
        '├─ ROLLBACK  _ ms',
        '└─ → rolled back, because of Stock.take',
      ],
    ])
  })

  it('print repository calls outside every transaction as trees of their own', async () => {
    await traced({ trace: true }, app => app.get(NoteRepository).count())
    const [tree = ''] = trees()
    expect(trees()).toHaveLength(1)
    expect(tree).toContain('NoteRepository.count  began T1')
    expect(tree).toContain('SELECT')
    expect(tree).toContain('→ committed')
  })

  it('are data, also after the close', async () => {
    const app = await traced({ trace: { print: false, limit: 1 } }, async () => {
      await call('first', {}, () => write('a'))
      await call('second', {}, () => write('b'))
    })
    expect(trees()).toEqual([])
    expect(app.traces).toMatchObject([{ label: 'second', dataSource: 'default', decision: 'began', error: undefined }])
    expect(app.traces.map(trace => trace.steps.map(step => step.kind))).toEqual([
      ['control', 'statement', 'control', 'end'],
    ])
    expect(JSON.stringify(app.traces)).not.toContain("'b'")
    expect(app.traces.map(printTrace)[0]).toContain('COMMIT')
  })

  it('are neither made nor printed without the option', async () => {
    const app = await traced({}, () => call('first', {}, () => write('a')))
    expect(trees()).toEqual([])
    expect(app.traces).toEqual([])
  })

  it('of a call that never ends are finished with the application', async () => {
    const app = await bootstrap({ database: db.settings, logger, ...NOTES, trace: true, closeTimeoutMs: 50 })
    printed.length = 0
    void app.run(() => call('abandoned', {}, () => write('left').then(() => new Promise(swallow)))).catch(swallow)
    await expect(app.close()).rejects.toMatchObject({ failures: [{ code: 'AMBIT_TX_FORCED_CLOSE' }] })
    expect(trees()).toHaveLength(1)
    expect(trees()[0]).toMatch(/^abandoned {2}began T1 {2}still running/)
    expect(await db.query("SELECT * FROM note WHERE k = 'left'")).toEqual([])
  })

  it('are printed by a logger that fails without harm to the calls, to the listeners beside it and to the close', async () => {
    const told = jest.spyOn(console, 'error').mockReturnValue()
    const fails = (): never => {
      throw new Error('log transport down')
    }
    const events: ExecutionEvent[] = []
    try {
      const app = await bootstrap({
        database: db.settings,
        ...NOTES,
        trace: true,
        closeTimeoutMs: 50,
        logger: { info: fails, warn: fails, error: fails },
        listeners: [{ onEvent: event => void events.push(event) }],
      })
      expect(await app.run(() => call('kept', {}, () => write('kept').then(() => 'done')))).toBe('done')
      void app.run(() => call('abandoned', {}, () => write('left').then(() => new Promise(swallow)))).catch(swallow)
      await expect(app.close()).rejects.toMatchObject({ failures: [{ code: 'AMBIT_TX_FORCED_CLOSE' }] })
      expect(app.traces.map(({ label }) => label)).toEqual(expect.arrayContaining(['kept', 'abandoned']))
      expect(events.filter(({ kind }) => kind === 'boundary-end')).not.toEqual([])
      expect(told.mock.calls.map(([text]) => String(text)).join()).not.toContain('listener failed')
    } finally {
      told.mockRestore()
    }
  })

  it('stand beside listeners, which see how long a statement waited for a connection', async () => {
    const events: ExecutionEvent[] = []
    const listeners = [{ onEvent: (event: ExecutionEvent) => void events.push(event) }]
    const database = { ...db.settings, ...(engine.oneWriter ? {} : { poolSize: 1 }) }
    await traced({ listeners, database, trace: true }, async () => {
      const until = (label: string): Promise<unknown> => call(label, {}, () => write(label))
      await Promise.all([until('a'), until('b'), until('c')])
    })
    const waits = events.flatMap(event => (event.kind === 'statement-end' ? [event.waitedMs] : []))
    expect(waits).toHaveLength(3)
    expect(Math.max(...waits)).toBeGreaterThan(Math.min(...waits))
    expect(events.filter(event => event.kind === 'end').map(({ outcome }) => outcome)).toEqual(
      Array(3).fill('committed'),
    )
    expect(trees()).toHaveLength(3)
  })

  it('are refused with options that do not exist', async () => {
    for (const trace of [{ limt: 1 }, { limit: -1 }, { slowMs: '1' }, { print: 1 }, 'yes', null]) {
      const starting = bootstrap({ database: db.settings, ...NOTES, trace: trace as unknown as boolean })
      await expect(starting).rejects.toThrow(InvalidBootstrapOptionsError)
    }
  })
})

describe('traces without a logger', () => {
  it('are printed on the console', async () => {
    const info = jest.spyOn(console, 'info').mockImplementation(swallow)
    try {
      await using _app = await bootstrap({ database: { url: 'sqlite::memory:' }, trace: true })
      await transactional({ label: 'first' }, swallow)
      expect(info.mock.calls.flat()).toEqual([expect.stringMatching(/^first {2}began default#\d+ /)])
    } finally {
      info.mockRestore()
    }
  })
})
