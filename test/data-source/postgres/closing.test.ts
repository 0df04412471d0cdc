import { Client } from 'pg'
import { postgresDatabase, rejection, until, type World } from '../harness'
import { INSERT_NOTE, SELECT_NOTE, send } from './statements'

// Statements outside every transaction while the application closes: they are waited for, but not for ever.

let locker: Client | undefined
const warnings: string[] = []
// In front of the hook that drops the database, with whoever is connected.
afterEach(async () => {
  await locker?.end()
  locker = undefined
})

const postgres = postgresDatabase()
beforeEach(() => void warnings.splice(0))

/** An application whose table somebody else has locked. */
async function start(closeTimeoutMs: number, poolSize = 2): Promise<World> {
  const logger = {
    info: (): void => undefined,
    warn: (message: string): void => void warnings.push(message),
    error: (): void => undefined,
  }
  const settings = { schema: 'create', poolSize } as const
  const world = await postgres.start({ settings, bootstrap: { closeTimeoutMs, logger } })
  await send(world.dataSource, INSERT_NOTE, 'a', 1)
  await send(world.dataSource, SELECT_NOTE, 'a')
  locker = new Client({ connectionString: world.database.urlAs('ambit_test_lock') })
  await locker.connect()
  await locker.query('BEGIN')
  await locker.query('LOCK TABLE note')
  return world
}

function blocked(world: World, count: number): Promise<void> {
  return until('statements wait for the lock', async () => {
    const waiting = await world.database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return waiting.length === count
  })
}

it('are waited for', async () => {
  const world = await start(30_000)
  const work = [send(world.dataSource, SELECT_NOTE, 'a'), world.dataSource.query('SELECT k FROM note')]
  await blocked(world, 2)
  let closed = false
  const closing = world.app.close().then(() => (closed = true))
  // Far more than a close takes that does not wait, by what it does rather than by the clock.
  for (let at = 0; at < 20; at += 1) await world.database.query('SELECT 1')
  expect(closed).toBe(false)
  await locker?.query('COMMIT')
  expect(await Promise.all(work)).toEqual([{ rows: [{ k: 'a', n: 1 }], affected: 1 }, [{ k: 'a' }]])
  await closing
  expect(warnings).toEqual([])
})

it('lose their connection at the deadline', async () => {
  const world = await start(50)
  const { dataSource } = world
  const work = [rejection(send(dataSource, SELECT_NOTE, 'a')), rejection(dataSource.query('SELECT k FROM note'))]
  await blocked(world, 2)
  await world.app.close()
  const [read, raw] = await Promise.all(work)
  expect(read).toMatchObject({ code: 'AMBIT_DATA_SOURCE_CONNECTION_LOST' })
  expect(raw).toMatchObject({ name: 'QueryFailedError' })
  expect(warnings).toEqual([
    expect.stringMatching(/ 2 of its statements outside transactions had no answer after 50 ms/),
  ])
})

it('that have no connection yet are refused', async () => {
  const world = await start(50, 1)
  const write = (k: string): Promise<Error> => rejection(send(world.dataSource, INSERT_NOTE, k, 1))
  const work = [write('b'), write('c')]
  await blocked(world, 1)
  await world.app.close()
  for (const error of await Promise.all(work)) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^AMBIT_(TX_COMMIT_UNKNOWN|DATA_SOURCE_)/) as string })
  }
})
