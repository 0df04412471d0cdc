import { entityManager, transactional } from 'ambit'
import { UnexpectedRollbackError } from 'ambit/errors'
import { databaseCode } from '../../src/data-source/driver-error'
import { committed, NoteRepository, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// A refused statement aborts a PostgreSQL transaction, and each one behind it fails for that alone. Where the first refusal was
// swallowed, the error of the rollback named the method that had come next, and its cause said no more than "aborted".

const swallow = (): void => undefined
const refused = (): Promise<void> => entityManager().query('SELECT * FROM nowhere').catch(swallow)

describe.each(ENGINES)('an unexpected rollback behind a swallowed refusal, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => NOTES)
  const notes = (): NoteRepository => running.app.get(NoteRepository)
  const run = <T>(body: () => Promise<T>): Promise<unknown> =>
    running.app.run(() => transactional({ label: 'shop' }, body)).catch((error: unknown) => error)

  const behind = {
    'a repository’s method': () => notes().findAll().catch(swallow),
    'a participant': () => transactional({ label: 'stock' }, () => write('behind')).catch(swallow),
  }

  it.each(Object.entries(behind))('names the first failure, not %s that came behind it', async (_, next) => {
    const error = await run(async () => {
      await write('before')
      await refused()
      await next()
    })
    if (engine.oneWriter) {
      // SQLite goes on behind a refused statement.
      expect(error).toBeUndefined()
      return
    }
    expect(error).toBeInstanceOf(UnexpectedRollbackError)
    expect(error).toMatchObject({ doomedBy: 'shop' })
    expect(databaseCode(error)).toBe('42P01')
    expect((error as Error).message).toContain('was rolled back because a statement of shop had failed.')
    expect(await committed(db)).toEqual([])
  })

  it('names the participant where its own statement was the first', async () => {
    const error = await run(async () => {
      await transactional({ label: 'stock' }, () => entityManager().query('SELECT * FROM nowhere')).catch(swallow)
      await behind['a repository’s method']()
    })
    expect(error).toMatchObject({ doomedBy: 'stock' })
    expect((error as Error).message).toContain('because stock failed in it.')
  })

  it('forgets what a savepoint has undone', async () => {
    const error = await run(async () => {
      await transactional({ propagation: 'NESTED' }, async () => {
        await refused()
        throw new Error('undo')
      }).catch(swallow)
      await transactional({ label: 'stock' }, () => Promise.reject(new Error('E'))).catch(swallow)
    })
    expect(error).toMatchObject({ doomedBy: 'stock', cause: { message: 'E' } })
  })
})
