import { transactional } from 'ambit'
import { Note } from '../entities'
import { poolOf, rejection, until, World } from '../harness'
import { MessageProxy } from '../../support/message-proxy'
import { createTestDatabase, type TestDatabase } from '../../support/postgres'

// A network that swallows what it is given, as after a failover: no end, no reset, no answer.

const CANCEL = `
  SELECT pg_cancel_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'ambit_test_silent' AND wait_event = 'PgSleep'`

let database: TestDatabase
let proxy: MessageProxy
let world: World

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await MessageProxy.start(database.urlAs('ambit_test_silent'))
  const typeorm = { poolErrorHandler: () => undefined }
  world = await World.start(database, {
    settings: { url: proxy.url, schema: 'create', applicationName: 'ambit_test_silent', typeorm },
    bootstrap: { waitTimeoutMs: 2_000 },
  })
})
afterAll(async () => {
  await world.app.close()
  await proxy.close()
  await database.drop()
})
beforeEach(async () => {
  await world.empty()
  world.log.clear()
  world.reports.length = 0
})
afterEach(async () => {
  proxy.flow()
  await until('silent connections have left the pool', () => {
    const pool = poolOf(world.dataSource)
    return pool.idleCount === pool.totalCount
  })
  await world.assertClean()
  await transactional({}, () => world.write('afterwards'))
})

describe('timeoutMs with a server that does not answer', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a statement of TypeORM', () => world.dataSource.query('SELECT 1')],
    ['a compiled statement', () => world.dataSource.getRepository(Note).count()],
  ])('ends the call, and gives the connection up: %s', async (_, send) => {
    const call = transactional({ timeoutMs: 200, label: 'Shop.order' }, async () => {
      await world.write('a')
      proxy.hold()
      await send()
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', method: 'Shop.order', timeoutMs: 200 })
    expect(await world.rows()).toEqual([])
  })

  it('says that it does not know, where it was COMMIT that was not answered', async () => {
    // Long enough for a busy machine to get as far as COMMIT.
    const call = transactional({ timeoutMs: 2_000 }, async () => {
      await world.write('a')
      proxy.hold()
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_COMMIT_UNKNOWN' })
  })
})

describe('timeoutMs of a participant on PostgreSQL', () => {
  it('is the time limit of its statements, and of those inside it, and of no others', async () => {
    const slow = (): Promise<unknown> => world.dataSource.query('SELECT pg_sleep(0.4)')
    const call = transactional({ label: 'outer' }, async () => {
      await world.write('a')
      const inner = transactional({ propagation: 'NESTED', timeoutMs: 100, label: 'inner' }, () =>
        transactional({}, slow),
      )
      expect(await rejection(inner)).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', method: 'inner' })
      await slow()
    })
    await call
    expect(await world.rows()).toEqual(['a'])
  })

  it('somebody else who cancels a statement is no deadline', async () => {
    const failed = rejection(
      transactional({ timeoutMs: 60_000 }, async () => {
        await world.dataSource.query('SELECT pg_sleep(20)')
      }),
    )
    await until('it sleeps', async () => {
      const found = await database.query(CANCEL)
      return found.length > 0
    })
    expect(await failed).not.toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
  })
})
