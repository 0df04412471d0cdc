import { transactional } from 'ambit'
import { databaseCode } from '../../../../src/data-source/driver-error'
import { defineTransaction } from '../../../../src/tx/options'
import { gate, postgresWorld, rejection } from '../../harness'
import { adoptionOf, fixed, INSERT_NOTE, INSERT_RETURNING, send } from '../statements'

// A deadline becomes the statement timeout of what is sent over the wire, and stays in its transaction.

const postgres = postgresWorld({ settings: { poolSize: 2 } })
const TIMED_OUT = { name: 'TransactionTimedOutError', code: 'AMBIT_TX_TIMED_OUT', timeoutMs: 150 }

beforeAll(() =>
  postgres.world.database.query(`
    CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.k LIKE 'slow%' THEN PERFORM pg_sleep(20); END IF; RETURN NEW; END $$;
    CREATE TRIGGER lingers BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION linger()`),
)

const insert = (k: string): Promise<unknown> => send(postgres.world.dataSource, INSERT_NOTE, k, 1)
const SETTING = fixed("SELECT setting::int AS ms FROM pg_settings WHERE name = 'statement_timeout'", ['ms'])

/** On both connections of the pool. */
async function nothingIsLeft(): Promise<void> {
  const { dataSource } = postgres.world
  const { opened, open } = gate()
  const looks = [1, 2].map(() =>
    transactional({}, async () => {
      const { rows } = await send(dataSource, SETTING)
      await opened
      return rows[0]?.['ms']
    }),
  )
  open()
  expect(await Promise.all(looks)).toEqual([0, 0])
}

/** A repository's own boundary around one write, with a deadline. */
function singleWrite(k: string, timeoutMs: number): Promise<unknown> {
  const { dataSource } = postgres.world
  const definition = { ...defineTransaction({ timeoutMs }, 'Notes.insert', true), single: 'write' as const }
  const fn = (): Promise<unknown> => send(dataSource, INSERT_RETURNING, k, 1)
  return Promise.resolve(adoptionOf(dataSource).manager.execute({ definition, fn, self: undefined, args: [] }))
}

const within = (work: () => Promise<unknown>): Promise<unknown> => transactional({ timeoutMs: 150 }, work)

const SLOW: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['a fixed statement, as the first', () => within(() => insert('slow'))],
  ['a fixed statement, as a later one', () => within(async () => (await insert('a'), insert('slow')))],
  ['a statement of a shared write', () => within(() => Promise.all([insert('a'), insert('slow'), insert('b')]))],
  ['the last of a shared write', () => within(() => Promise.all([insert('a'), insert('b'), insert('slow')]))],
  ['a single write', () => singleWrite('slow', 150)],
  [
    'a statement under NESTED',
    () => within(async () => (await insert('a'), transactional({ propagation: 'NESTED' }, () => insert('slow')))),
  ],
  [
    'a NESTED block, survived in vain',
    () =>
      within(async () => {
        await insert('a')
        await rejection(transactional({ propagation: 'NESTED' }, () => insert('slow')))
      }),
  ],
]

describe.each(SLOW)('timeoutMs strikes in %s', (_name, work) => {
  it('is told as such, stores nothing, and is gone from the connection', async () => {
    const error = await rejection(work())
    expect(error).toMatchObject(TIMED_OUT)
    // The end of a block that was survived is told by the clock.
    if (error.cause !== undefined) expect(databaseCode(error.cause)).toBe('57014')
    expect(await postgres.world.rows()).toEqual([])
    await nothingIsLeft()
  })
})

describe('a deadline on the wire', () => {
  it('ends a wait for a lock', async () => {
    await insert('a')
    const { opened, open } = gate()
    const locked = gate()
    const update = fixed('UPDATE note SET n = n + 1 WHERE k = $1')
    const holder = transactional({}, async () => {
      await send(postgres.world.dataSource, update, 'a')
      locked.open()
      await opened
    })
    await locked.opened
    const error = await rejection(within(() => send(postgres.world.dataSource, update, 'a')))
    open()
    await holder
    expect(error).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    expect((await postgres.world.database.query('SELECT n FROM note'))[0]).toEqual({ n: 2 })
    await nothingIsLeft()
  })

  it('is set anew for each of those that are asked for at once, and once for a single write, whose COMMIT then waits', async () => {
    const { log } = postgres.world
    await transactional({ timeoutMs: 10_000 }, () => Promise.all([insert('a'), insert('b'), insert('c')]))
    expect(log.words.map(word => word.replace(/\d+/, 'n'))).toEqual([
      'BEGIN',
      'SET LOCAL statement_timeout = n',
      'INSERT',
      // What the one before has left.
      'SET LOCAL statement_timeout = n',
      'INSERT',
      'SET LOCAL statement_timeout = n',
      'INSERT',
      'COMMIT',
    ])
    log.clear()
    await singleWrite('d', 10_000)
    expect(log.words.map(word => word.replace(/\d+/, 'n'))).toEqual([
      'BEGIN',
      'SET LOCAL statement_timeout = n',
      'INSERT',
      'COMMIT',
    ])
    await nothingIsLeft()
  })

  it('fails those that were asked for at once and that the slow one kept waiting, too', async () => {
    const settled: unknown[] = []
    await rejection(
      within(async () => {
        const work = ['a', 'slow', 'b'].map(insert)
        const outcomes = await Promise.allSettled(work)
        settled.push(...outcomes.map(each => (each.status === 'fulfilled' ? 'ok' : 'failed')))
      }),
    )
    expect(settled).toEqual(['ok', 'failed', 'failed'])
    expect(await postgres.world.rows()).toEqual([])
  })
})
