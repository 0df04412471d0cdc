import { type Application, afterCommit, bootstrap, currentTransaction, entityManager, transactional } from 'ambit'
import { committed, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, expectClean } from '../support/engines'

// A logger that threw was thrown into the engine: a failed afterCommit hook rejected committed work and kept the application
// from closing, and statements nobody had awaited kept a doomed transaction from its ROLLBACK, and its connection for ever.

const fails = (): never => {
  throw new Error('log transport down')
}

describe.each(ENGINES)('a logger that throws, on $name', engine => {
  const db = engineDatabase(engine)
  let app: Application | undefined

  /** Closing waits for an hour, longer than any test, while a call is counted as running. */
  async function running<T>(work: () => Promise<T>): Promise<T> {
    const options = { closeTimeoutMs: 3_600_000, logger: { info: fails, warn: fails, error: fails } }
    const pool = engine.oneWriter ? {} : { poolSize: 1 }
    app = await bootstrap({ database: { ...db.settings, ...pool }, ...NOTES, ...options })
    try {
      return await app.run(work)
    } finally {
      await expectClean(db, app)
    }
  }

  beforeEach(() => {
    jest.spyOn(console, 'error').mockReturnValue()
    jest.spyOn(console, 'warn').mockReturnValue()
  })
  afterEach(async () => {
    await app?.close()
    jest.restoreAllMocks()
  })

  it('leaves committed work committed when a hook behind it fails', async () => {
    const paid = await running(() =>
      transactional({}, async () => {
        await write('paid')
        afterCommit(fails)
        return 'paid'
      }),
    )
    expect(paid).toBe('paid')
    expect(await committed(db)).toEqual(['paid'])
  })

  it('lets a doomed transaction end over statements that nobody awaits', async () => {
    const floating: Promise<unknown>[] = []
    await running(async () => {
      await transactional({}, async () => {
        await write('undone')
        for (let n = 0; n < 3; n += 1) floating.push(entityManager().query('SELECT 1').catch(String))
        currentTransaction()?.setRollbackOnly()
      })
      await Promise.all(floating)
      await transactional({}, () => entityManager().query('SELECT 1'))
    })
    expect(await committed(db)).not.toContain('undone')
  })
})
