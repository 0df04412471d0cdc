import { afterRollback, transactional } from 'ambit'
import { databaseCode } from '../../src/data-source/driver-error'
import { gate, postgresWorld, rejection, until } from './harness'
import { fixed, send } from './postgres/statements'

// Deadlines and signals on a real server: what is left of the time becomes the statement timeout, and stays in the
// transaction.

const postgres = postgresWorld({ settings: { poolSize: 3 } })

const query = (sql: string, parameters?: unknown[]): Promise<unknown> =>
  postgres.world.dataSource.query(sql, parameters)
const sleep = (seconds: number): Promise<unknown> => query('SELECT pg_sleep($1)', [seconds])

/** The server's present statement timeout, in milliseconds. */
async function statementTimeout(): Promise<number> {
  const [row] = (await query(`SELECT setting::int AS ms FROM pg_settings WHERE name = 'statement_timeout'`)) as {
    ms: number
  }[]
  return row?.ms ?? -1
}

/** Shows the statement timeout, and takes a while. */
const SLOW_TIMEOUT = `SELECT (SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout') AS ms, pg_sleep(0.15)::text AS slept`

describe('timeoutMs', () => {
  it.each([
    ['as the first statement, extended', () => sleep(5)],
    ['as the first statement, simple', () => query('SELECT pg_sleep(5)')],
    ['as a later statement', () => query('SELECT 1').then(() => sleep(5))],
    ['in a savepoint', () => transactional({ propagation: 'NESTED' }, () => sleep(5))],
  ])('SP-27: ends a statement that is too slow, %s', async (_place, work) => {
    const started = performance.now()
    const error = await rejection(transactional({ timeoutMs: 150, label: 'Shop.order' }, work))
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(error).toMatchObject({ name: 'TransactionTimedOutError', code: 'AMBIT_TX_TIMED_OUT', timeoutMs: 150 })
    expect(error.message).toContain('The transaction of Shop.order exceeded its 150 ms.')
    expect(databaseCode(error.cause)).toBe('57014')
  })

  it('gives each statement what is left, and no more', async () => {
    const left = await transactional({ timeoutMs: 10_000 }, async () => {
      const first = await statementTimeout()
      await sleep(0.15)
      return [first, await statementTimeout()] as const
    })
    expect(left[0]).toBeGreaterThan(9_000)
    expect(left[0]).toBeLessThanOrEqual(10_000)
    expect(left[1]).toBeLessThanOrEqual(left[0] - 145)
  })

  it('bounds all together: statements that would share a write have not as much time each', async () => {
    const slow = fixed(SLOW_TIMEOUT, ['ms', 'slept'], { shares: true })
    const { dataSource } = postgres.world
    await send(dataSource, slow)
    const left = await transactional({ timeoutMs: 10_000 }, async () => {
      const answers = await Promise.all([1, 2, 3].map(() => send(dataSource, slow)))
      return answers.map(({ rows: [row] }) => Number(row?.['ms']))
    })
    const [first = NaN, second = NaN, third = NaN] = left
    expect(first).toBeLessThanOrEqual(10_000)
    expect(second).toBeLessThanOrEqual(first - 145)
    expect(third).toBeLessThanOrEqual(second - 145)
  })

  it('is logged, and leaves nothing on the connection', async () => {
    const pids = new Set<unknown>()
    for (let at = 0; at < 3; at += 1) {
      await transactional({ timeoutMs: 5_000 }, async () => pids.add((await postgres.world.place()).pid))
      expect(await statementTimeout()).toBe(0)
      await transactional({}, async () => expect(await statementTimeout()).toBe(0))
    }
    expect(pids.size).toBe(1)
    expect(postgres.world.log.words.slice(0, 2)).toEqual([
      'BEGIN',
      expect.stringMatching(/^SET LOCAL statement_timeout = \d+$/),
    ])
  })

  it('leaves nothing on the connection after it struck, nor after a rollback', async () => {
    await rejection(transactional({ timeoutMs: 100 }, () => sleep(5)))
    expect(await statementTimeout()).toBe(0)
    await rejection(
      transactional({ timeoutMs: 5_000 }, async () => {
        await query('SELECT 1')
        throw new Error('no')
      }),
    )
    expect(await statementTimeout()).toBe(0)
  })

  it('that has passed between statements refuses the next one, and COMMIT', async () => {
    const { opened, open } = gate()
    const timer = setTimeout(open, 120)
    const refused = await rejection(
      transactional({ timeoutMs: 60 }, async () => {
        await postgres.world.write('a')
        await opened
        await postgres.world.write('b')
      }),
    )
    clearTimeout(timer)
    expect(refused).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    expect(await postgres.world.rows()).toEqual([])
    const again = gate()
    setTimeout(again.open, 120)
    const atCommit = await rejection(
      transactional({ timeoutMs: 60 }, async () => {
        await postgres.world.write('a')
        await again.opened
      }),
    )
    expect(atCommit).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    expect(await postgres.world.rows()).toEqual([])
    expect(postgres.world.log.words).not.toContain('COMMIT')
  })

  it('ends a wait for a lock', async () => {
    const { opened, open } = gate()
    const held = gate()
    await query(`INSERT INTO note (k) VALUES ('a')`)
    const holder = transactional({}, async () => {
      await query(`UPDATE note SET n = 1`)
      held.open()
      await opened
    })
    await held.opened
    const error = await rejection(transactional({ timeoutMs: 150 }, () => query(`UPDATE note SET n = 2`)))
    expect(error).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    open()
    await holder
  })

  it('that is generous changes nothing', async () => {
    await transactional({ timeoutMs: 10_000 }, () => postgres.world.write('a'))
    expect(await postgres.world.rows()).toEqual(['a'])
  })

  it('of a participant bounds it, and dooms the transaction when it strikes', async () => {
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        await postgres.world.write('a')
        await rejection(
          transactional({ timeoutMs: 60, label: 'Shop.part' }, async () => {
            await sleep(0.15)
            await postgres.world.write('b')
          }),
        )
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'Shop.part' })
    expect(await postgres.world.rows()).toEqual([])
  })

  it('does not take a cancelled statement of a transaction without a deadline for a timeout', async () => {
    const { database } = postgres.world
    const error = await rejection(
      transactional({}, async () => {
        const { pid } = await postgres.world.place()
        const sleeping = rejection(sleep(60))
        // What is cancelled before it runs is not cancelled.
        await until('it sleeps', async () => {
          const asleep = `SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`
          return (await database.query(asleep, [pid])).length === 1
        })
        await database.query('SELECT pg_cancel_backend($1)', [pid])
        throw await sleeping
      }),
    )
    expect([error.name, databaseCode(error)]).toEqual(['QueryFailedError', '57014'])
  })
})

describe('signal', () => {
  it('aborted between statements: the next is refused, all is rolled back, and the reason is the cause', async () => {
    const controller = new AbortController()
    let told = 0
    const error = await rejection(
      transactional({ signal: controller.signal, label: 'Shop.order' }, async () => {
        afterRollback(() => (told += 1))
        await postgres.world.write('a')
        controller.abort(new Error('the client has gone'))
        await postgres.world.write('b')
      }),
    )
    expect(error).toMatchObject({
      name: 'TransactionAbortedError',
      code: 'AMBIT_TX_ABORTED',
      cause: { message: 'the client has gone' },
    })
    expect(told).toBe(1)
    expect(await postgres.world.rows()).toEqual([])
  })

  it('aborted during a statement: rolls back when that has ended', async () => {
    const controller = new AbortController()
    const error = await rejection(
      transactional({ signal: controller.signal }, async () => {
        await postgres.world.write('a')
        const sleeping = sleep(0.2)
        controller.abort()
        await sleeping
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_ABORTED' })
    expect(postgres.world.log.words.at(-1)).toBe('ROLLBACK')
    expect(await postgres.world.rows()).toEqual([])
  })

  it('aborted before the call: nothing is sent', async () => {
    const error = await rejection(
      transactional({ signal: AbortSignal.abort(new Error('no')) }, () => postgres.world.write('a')),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_ABORTED' })
    expect(postgres.world.log.texts).toEqual([])
  })

  it('never masks the method’s own error', async () => {
    const controller = new AbortController()
    const error = await rejection(
      transactional({ signal: controller.signal }, async () => {
        await postgres.world.write('a')
        controller.abort()
        throw new Error('my own')
      }),
    )
    expect(error.message).toBe('my own')
  })
})
