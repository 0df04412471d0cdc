import { afterCommit, afterCompletion, afterRollback, beforeCommit, transactional } from 'ambit'
import { createTestDatabase, type TestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'
import { Note } from './entities'
import { gate, poolOf, rejection, until, World } from './harness'

// Connections die: in a scope, before COMMIT, while COMMIT is under way. Every call settles, with what is known of its
// outcome, and the pool is clean afterwards.

let database: TestDatabase
let proxy: WireProxy
let world: World

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await WireProxy.start(database.urlAs('ambit_test_victim'))
  const typeorm = { poolErrorHandler: () => undefined }
  world = await World.start(database, {
    settings: { url: proxy.url, schema: 'create', applicationName: 'ambit_test_victim', typeorm },
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
  await until('dead connections have left the pool', () => {
    const pool = poolOf(world.dataSource)
    return pool.idleCount === pool.totalCount
  })
  await world.assertClean()
  // The next transaction finds the pool usable.
  await transactional({}, () => world.write('afterwards'))
  expect(await world.rows()).toContain('afterwards')
})

/** BEGIN may travel in front of it. */
const isText = (text: string) => (message: { text: string }) =>
  message.text === text || message.text === `BEGIN;${text}`
const LOST = 'AMBIT_DATA_SOURCE_CONNECTION_LOST'
const kill = (): Promise<number> => database.terminate('ambit_test_victim')

/** The hooks that ran, with what they were told. */
function watchHooks(): string[] {
  const told: string[] = []
  afterCommit(() => told.push('afterCommit'))
  afterRollback(() => told.push('afterRollback'))
  afterCompletion(outcome => told.push(`afterCompletion ${outcome}`))
  return told
}

describe('a connection that is lost in a transaction', () => {
  it('G-16: between statements: the next one is told so, and nothing is stored', async () => {
    let told: string[] = []
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        told = watchHooks()
        await world.write('a')
        await kill()
        await until('the driver has noticed', () => poolOf(world.dataSource).totalCount === 0)
        await world.write('b')
      }),
    )
    expect(error).toMatchObject({ name: 'ConnectionLostError', code: LOST, cause: { code: '57P01' } })
    expect(error.message).toBe(
      [
        'The connection was lost before Shop.order could commit; the database has rolled its work back. [AMBIT_DATA_SOURCE_CONNECTION_LOST]',
        '  where: Shop.order',
        '  next:  Repeat the call; nothing of it is stored.',
      ].join('\n'),
    )
    expect(told).toEqual(['afterRollback', 'afterCompletion rolled-back'])
    expect(await world.rows()).toEqual([])
  })

  it('during a statement: it is told so, with the server’s words as the cause', async () => {
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        await world.write('a')
        const sleeping = world.dataSource.query('SELECT pg_sleep(20)')
        const failed = rejection(sleeping)
        await kill()
        throw await failed
      }),
    )
    expect(error).toMatchObject({ code: LOST, cause: { code: '57P01' } })
    expect(error.message).toContain('The connection was lost before Shop.order could commit')
    expect(await world.rows()).toEqual([])
  })

  it('cut without a word during a statement: it fails, and nothing is stored', async () => {
    const cut = proxy.cut('before', isText('SELECT 42'))
    const error = await rejection(
      transactional({}, async () => {
        await world.write('a')
        await world.dataSource.query('SELECT 42')
      }),
    )
    await cut
    expect(error).toMatchObject({ code: LOST, cause: { message: 'Connection terminated unexpectedly' } })
    expect(await world.rows()).toEqual([])
  })

  it('cut before BEGIN reaches the server: the first statement fails', async () => {
    const cut = proxy.cut('before', ({ text }) => text.startsWith('BEGIN'))
    const error = await rejection(transactional({}, () => world.write('a')))
    await cut
    expect(error).toMatchObject({ code: LOST, cause: { message: 'Connection terminated unexpectedly' } })
    expect(await world.rows()).toEqual([])
  })

  it('and the error is swallowed: the commit fails, its outcome known', async () => {
    let told: string[] = []
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        told = watchHooks()
        await world.write('a')
        const failed = rejection(world.dataSource.query('SELECT pg_sleep(20)'))
        await kill()
        // The driver may not have noticed the end behind the server's words: COMMIT is not sent all the same.
        await failed
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_CONNECTION_LOST' })
    expect(told).toEqual(['afterRollback', 'afterCompletion rolled-back'])
    expect(world.log.words).not.toContain('COMMIT')
  })

  it('in a NESTED block: the block and the transaction fail', async () => {
    const error = await rejection(
      transactional({}, async () => {
        await world.write('a')
        await rejection(
          transactional({ propagation: 'NESTED' }, async () => {
            await world.write('b')
            await kill()
            await until('the driver has noticed', () => poolOf(world.dataSource).totalCount === 0)
            await world.write('c')
          }),
        )
      }),
    )
    expect(error).toMatchObject({ code: expect.stringMatching(/UNEXPECTED_ROLLBACK|CONNECTION_LOST/) })
    expect(await world.rows()).toEqual([])
  })

  it('fails all of its parallel branches, and no promise is left behind', async () => {
    const settled = await transactional({}, async () => {
      await world.write('a')
      const branches = ['b', 'c', 'd'].map(k =>
        world.dataSource.query('SELECT pg_sleep(20)').then(() => world.write(k)),
      )
      const results = Promise.allSettled(branches)
      await kill()
      return results
    }).then(
      () => 'committed',
      (error: unknown) => (error as { code: string }).code,
    )
    expect(settled).toBe('AMBIT_DATA_SOURCE_CONNECTION_LOST')
    expect(await world.rows()).toEqual([])
  })
})

describe('a connection that is lost before COMMIT', () => {
  it('COMMIT is not sent on it; the outcome is known', async () => {
    let told: string[] = []
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        told = watchHooks()
        await world.write('a')
        await kill()
        await until('the driver has noticed', () => poolOf(world.dataSource).totalCount === 0)
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_CONNECTION_LOST' })
    expect(told).toEqual(['afterRollback', 'afterCompletion rolled-back'])
    expect(world.log.words).not.toContain('COMMIT')
    expect(await world.rows()).toEqual([])
  })

  it('in a beforeCommit hook: the same', async () => {
    const error = await rejection(
      transactional({}, async () => {
        await world.write('a')
        beforeCommit(async () => {
          await kill()
          await until('the driver has noticed', () => poolOf(world.dataSource).totalCount === 0)
        })
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_CONNECTION_LOST' })
    expect(await world.rows()).toEqual([])
  })
})

describe('a connection that is lost while COMMIT is under way', () => {
  it.each([
    ['after', ['a']],
    ['before', []],
  ] as const)(
    'cut %s the server has committed: the outcome is unknown, to the caller and to hooks',
    async (when, rows) => {
      let told: string[] = []
      const cut = proxy.cut(when, isText('COMMIT'))
      const error = await rejection(
        transactional({ label: 'Shop.order', retry: 5 }, async () => {
          told = watchHooks()
          await world.write('a')
        }),
      )
      await cut
      expect(error).toMatchObject({ name: 'CommitOutcomeUnknownError', code: 'AMBIT_TX_COMMIT_UNKNOWN' })
      expect(error.message).toContain('The connection was lost while Shop.order was committing')
      expect((error.cause as Error).message).toMatch(/terminated/)
      expect(told).toEqual(['afterCompletion unknown'])
      expect(await world.rows()).toEqual(rows)
      // It was not repeated, whatever retry says.
      expect(world.log.words.filter(word => word === 'COMMIT')).toHaveLength(1)
    },
  )

  it('killed by the server while a deferred trigger runs at COMMIT: the outcome is unknown', async () => {
    await database.query(`
      CREATE FUNCTION wait_long() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.k = 'slow') EXECUTE FUNCTION wait_long()`)
    const committing = transactional({ label: 'Shop.order' }, () => world.write('slow'))
    const failed = rejection(committing)
    await until('COMMIT is running', async () => {
      const running = await database.query(
        `SELECT 1 FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active' AND datname = $1`,
        [database.name],
      )
      return running.length === 1
    })
    await kill()
    expect(await failed).toMatchObject({ code: 'AMBIT_TX_COMMIT_UNKNOWN' })
    expect(await world.rows()).toEqual([])
  })
})

describe('a connection that is lost during ROLLBACK', () => {
  it('the caller gets its own error: the database has rolled back by itself', async () => {
    const cut = proxy.cut('before', isText('ROLLBACK'))
    const error = await rejection(
      transactional({}, async () => {
        await world.write('a')
        throw new Error('my own')
      }),
    )
    await cut
    expect(error.message).toBe('my own')
    expect(world.reports).toEqual([])
    expect(await world.rows()).toEqual([])
  })
})

describe('a server that has gone away', () => {
  it('is an error that names the data source and says what to do, for each new transaction; it recovers', async () => {
    proxy.goAway()
    await until('the driver has noticed', () => poolOf(world.dataSource).totalCount === 0)
    for (const label of ['Shop.first', 'Shop.second']) {
      const error = await rejection(transactional({ label }, () => world.write('a')))
      expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_UNREACHABLE', name: 'DataSourceUnreachableError' })
      expect(error.message).toMatch(
        /^No connection to the data source 'default' \(127\.0\.0\.1:\d+\/ambit_test_\w+\) could be made: /,
      )
    }
    proxy.comeBack()
    await transactional({}, () => world.write('b'))
    expect(await world.rows()).toEqual(['b'])
  })

  it('to more transactions than the pool has connections: none of them takes a place for good', async () => {
    proxy.goAway()
    await until('the driver has noticed', () => poolOf(world.dataSource).totalCount === 0)
    for (let round = 0; round < 3; round += 1) {
      const attempts = Array.from({ length: 8 }, () => rejection(transactional({}, () => world.write('a'))))
      for (const error of await Promise.all(attempts)) expect(error['code']).toBe('AMBIT_DATA_SOURCE_UNREACHABLE')
    }
    proxy.comeBack()
    await Promise.all(['b', 'c', 'd'].map(k => transactional({}, () => world.write(k))))
    expect(await world.rows()).toEqual(['b', 'c', 'd'])
  })

  it('while a transaction swallows that: it commits, for nothing of it was sent', async () => {
    proxy.goAway()
    await until('the driver has noticed', () => poolOf(world.dataSource).totalCount === 0)
    const answer = await transactional({}, async () => {
      await rejection(world.write('a'))
      return 'nothing done'
    })
    expect(answer).toBe('nothing done')
    proxy.comeBack()
  })
})

describe('what a lost connection leaves', () => {
  it('is nothing: a hundred killed transactions, and no runner or client is left', async () => {
    for (let at = 0; at < 25; at += 1) {
      const cut = proxy.cut('before', isText('SELECT 42'))
      const results = await Promise.allSettled(
        Array.from({ length: 4 }, (_, branch) =>
          transactional({}, async () => {
            await world.dataSource.manager.insert(Note, { k: `${at}.${branch}` })
            await world.dataSource.query(branch === 0 ? 'SELECT 42' : 'SELECT 1')
          }),
        ),
      )
      await cut
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
    }
    expect(await world.rows()).toHaveLength(75)
  })

  it('does not disturb another transaction that is open beside it', async () => {
    const { opened, open } = gate()
    const survivor = transactional({}, async () => {
      await world.write('survivor')
      await opened
      await world.write('survivor too')
    })
    const cut = proxy.cut('before', isText('SELECT 42'))
    await rejection(transactional({}, () => world.dataSource.query('SELECT 42')))
    await cut
    open()
    await survivor
    expect(await world.rows()).toEqual(['survivor', 'survivor too'])
  })
})
