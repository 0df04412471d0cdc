import { bootstrap, entityManager, transactional } from 'ambit'
import { DataSource } from 'typeorm'
import type { Application } from 'ambit'
import { Note } from '../acceptance/notes'
import { engineDatabase, ENGINES, expectClean, silentLogger } from './engines'

// What finds leaks must find them: each test leaves something open on purpose.

describe.each(ENGINES)('the helper for $name', engine => {
  const db = engineDatabase(engine)
  let app: Application
  beforeAll(async () => {
    app = await bootstrap({ database: db.settings, entities: [Note], logger: silentLogger })
  })
  beforeEach(() => db.log.clear())
  afterEach(() => expectClean(db, app))
  afterAll(() => app.close())

  it('sees a transaction that is still open, and who holds its connection', async () => {
    await transactional({}, async () => {
      await entityManager().insert(Note, { k: 'open' })
      expect(await db.leftovers(app, 'default')).toEqual({ checkedOut: 1, waiting: 0, openTransactions: 1 })
      await expect(expectClean(db, app)).rejects.toThrow()
    })
  })

  it('sees a reading transaction that is still open', async () => {
    await transactional({ readOnly: true }, async () => {
      await entityManager().find(Note)
      expect(await db.leftovers(app, 'default')).toEqual({ checkedOut: 1, waiting: 0, openTransactions: 1 })
    })
  })

  it('sees a connection that was not given back', async () => {
    const runner = app.get(DataSource).createQueryRunner()
    await runner.startTransaction()
    await runner.query('SELECT 1')
    expect(await db.leftovers(app, 'default')).toMatchObject({ checkedOut: 1 })
    await runner.rollbackTransaction()
    await runner.release()
  })

  it('sees a frame that is left around the test', async () => {
    await transactional({}, async () => {
      await expect(expectClean(db, app)).rejects.toThrow()
    })
  })

  it('observes committed rows only, on a connection of its own that is not logged', async () => {
    await transactional({}, async () => {
      await entityManager().insert(Note, { k: 'a' })
      expect(await db.query("SELECT k FROM note WHERE k = 'a'")).toEqual([])
    })
    expect(await db.query("SELECT k FROM note WHERE k = 'a'")).toEqual([{ k: 'a' }])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
  })

  it('logs what is really sent, by connection, without values', async () => {
    await transactional({}, async () => {
      await entityManager().query("SELECT 'it''s secret; really' AS a")
      await entityManager().findBy(Note, { k: 'b' })
    })
    expect(db.log.texts.slice(1, 2)).toEqual(['SELECT ? AS a'])
    expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 SELECT', 'c1 SELECT note', 'c1 COMMIT'])
    expect(JSON.stringify(db.log.entries)).not.toContain('secret')
  })
})
