import { inspect } from 'node:util'
import { afterCommit, type Application, detached, entityManager, transactional } from 'ambit'
import { DataSource } from 'typeorm'
import { committed, Note, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Handles of a transaction concealed what a driver's error holds of parameters and rows, those outside did not: a failed
// afterCommit hook put the values it had written into the log.

const SECRET = 'hunter2-4711'
const logged: unknown[] = []
const logger = { info: () => undefined, warn: () => undefined, error: (...line: unknown[]) => logged.push(line) }

const ways: Readonly<Record<string, (app: Application) => Promise<unknown>>> = {
  'a query': () => entityManager().query(`INSERT INTO note (k) VALUES ('${SECRET}')`),
  'an insert': () => entityManager().insert(Note, { k: SECRET }),
  'a query builder': () => entityManager().createQueryBuilder().insert().into(Note).values({ k: SECRET }).execute(),
  'a query runner': async app => {
    const runner = app.get(DataSource).createQueryRunner()
    try {
      await runner.manager.insert(Note, { k: SECRET })
    } finally {
      await runner.release()
    }
  },
}

describe.each(ENGINES)('the error of a statement outside transactions, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, logger }))
  beforeEach(() => (logged.length = 0))

  it.each(Object.entries(ways))('shows no value to the log: of %s in a hook', async (_, fails) => {
    await running.app.run(async () => {
      await write(SECRET)
      await transactional({}, () => afterCommit(async () => void (await fails(running.app))))
    })
    expect(logged).toHaveLength(1)
    expect(inspect(logged, { depth: 10 })).not.toContain(SECRET)
    expect(JSON.stringify(logged)).not.toContain(SECRET)
    expect(running.reports.splice(0)).toHaveLength(1)
    expect(await committed(db)).toEqual([SECRET])
  })

  it('shows none to its caller’s either', async () => {
    await running.app.run(() => write(SECRET))
    const error: unknown = await running.app
      .run(() => detached(() => entityManager().insert(Note, { k: SECRET })))
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET)
    expect((error as { parameters?: unknown }).parameters).toContain(SECRET)
  })
})
