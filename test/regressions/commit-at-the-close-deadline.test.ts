import { CrudRepository, entityManager, Repository, transactional } from 'ambit'
import { Client } from 'pg'
import { Note } from '../data-source/entities'
import { postgresDatabase, rejection, until } from '../data-source/harness'

// A write whose COMMIT travels with it, and that was answered behind the deadline of a close, was stored: its caller was told
// that nothing of it was, and to repeat it elsewhere.

@Repository(Note)
class Notes extends CrudRepository<Note, string> {}

const postgres = postgresDatabase()

it('is told as what it was: the row is stored, and nobody is asked to repeat it', async () => {
  const world = await postgres.start({
    settings: { schema: 'create' },
    bootstrap: { components: [Notes], closeTimeoutMs: 20 },
  })
  const notes = world.app.get(Notes)
  await notes.insert({ k: 'a' })
  const locker = new Client({ connectionString: world.database.urlAs('ambit_test_lock') })
  await locker.connect()
  await locker.query('BEGIN; LOCK TABLE note')

  const inserted = notes.insert({ k: 'b' })
  await until('the write waits for the lock', async () => {
    const waiting = await world.database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return waiting.length === 1
  })
  const refused = (): Promise<boolean> =>
    transactional({ propagation: 'MANDATORY' }, () => entityManager().query('SELECT 1')).then(
      () => false,
      () => true,
    )
  const other = rejection(
    transactional({ label: 'other' }, async () => {
      await until('the deadline has passed', refused)
      await locker.query('COMMIT')
      await inserted
    }),
  )
  const closing = rejection(world.app.close())

  expect(await inserted).toMatchObject({ k: 'b' })
  expect(await other).toMatchObject({ code: 'AMBIT_TX_FORCED_CLOSE' })
  expect(await closing).toMatchObject({ failures: [{ method: 'other' }] })
  expect(world.reports).toMatchObject([{ method: 'other' }])
  await locker.end()
  expect(await world.rows()).toEqual(['a', 'b'])
})
