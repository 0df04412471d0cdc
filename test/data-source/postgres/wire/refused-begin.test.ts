import { transactional } from 'ambit'
import type { Pool } from 'pg'
import { databaseCode } from '../../../../src/data-source/driver-error'
import { MessageProxy, PASS } from '../../../support/message-proxy'
import { createTestDatabase, type TestDatabase } from '../../../support/postgres'
import { READY_IDLE, report } from '../../../support/wire-messages'
import { maybePoolOf, poolOf, rejection, until, World } from '../../harness'
import { INSERT_NOTE, SELECT_NOTE, send, single } from '../statements'

// BEGIN travels with what follows it: where it is refused, none of that has been looked at.

let database: TestDatabase
let proxy: MessageProxy
let world: World

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await MessageProxy.start(database.url)
  world = await World.start(database, {
    settings: {
      url: proxy.url,
      schema: 'create',
      poolSize: 1,
      applicationName: 'ambit_test_begin',
      typeorm: { poolErrorHandler: () => undefined },
    },
  })
})
afterAll(async () => {
  await world.app.close()
  await proxy.close()
  await database.drop()
})
beforeEach(async () => {
  await world.empty()
  await send(world.dataSource, SELECT_NOTE, 'warm')
  world.log.clear()
})
afterEach(async () => {
  proxy.judge = () => PASS
  await until('dead connections have left the pool', () => {
    const { totalCount, idleCount } = maybePoolOf(world.dataSource) ?? { totalCount: 0, idleCount: 0 }
    return totalCount === idleCount
  })
  await world.assertClean()
  await transactional({}, () => insert('afterwards'))
  expect(await world.rows()).toContain('afterwards')
})

const insert = (k: string): Promise<unknown> => send(world.dataSource, INSERT_NOTE, k, 1)

/** Refuses BEGIN as often as asked, and skips what the server would skip. */
function refuseBegin(times: number, severity: 'ERROR' | 'FATAL', code: string): { refused: number } {
  const state = { refused: 0, skipping: false }
  proxy.judge = ({ from, type, text }) => {
    if (from === 'server') return PASS
    if (state.skipping) {
      if (type !== 'S') return { do: 'answer', bytes: Buffer.alloc(0) }
      state.skipping = false
      return { do: 'answer', bytes: READY_IDLE }
    }
    if (!text.startsWith('BEGIN') || state.refused >= times) return PASS
    state.refused += 1
    const refusal = report('E', severity, code, 'no transaction today')
    if (severity === 'FATAL') return { do: 'refuse', bytes: refusal }
    state.skipping = type === 'P'
    return { do: 'answer', bytes: type === 'Q' ? Buffer.concat([refusal, READY_IDLE]) : refusal }
  }
  return state
}

const WORK: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['with a fixed statement behind it', () => transactional({}, () => insert('a'))],
  ['with a raw statement behind it', () => transactional({}, () => world.write('a'))],
  ['with a raw statement without values behind it', () => transactional({}, () => world.dataSource.query('SELECT 1'))],
  ['with COMMIT in the same write', () => single(world.dataSource, 'write', () => insert('a'))],
  ['with several statements behind it', () => transactional({}, () => Promise.all([insert('a'), insert('b')]))],
  ['alone', () => transactional({ begin: 'eager' }, () => insert('a'))],
  ['before a savepoint', () => transactional({}, () => transactional({ propagation: 'NESTED' }, () => insert('a')))],
]

describe.each(WORK)('BEGIN %s', (_name, work) => {
  it('is refused: the caller gets the server’s error, and nothing is done', async () => {
    const state = refuseBegin(1, 'ERROR', '55000')
    const error = await rejection(work())
    expect(databaseCode(error)).toBe('55000')
    expect(state.refused).toBe(1)
    expect(await world.rows()).toEqual([])
  })

  it('is refused for a reason that passes: retry begins anew', async () => {
    const state = refuseBegin(2, 'ERROR', '40001')
    await transactional({ retry: 3 }, () => insert('a'))
    expect(state.refused).toBe(2)
    expect(await world.rows()).toEqual(['a'])
  })

  it('meets a server that shuts down: the connection is lost, nothing is stored', async () => {
    refuseBegin(1, 'FATAL', '57P01')
    const error = await rejection(work())
    const unknown = _name === 'with COMMIT in the same write'
    expect(error['code']).toBe(unknown ? 'AMBIT_TX_COMMIT_UNKNOWN' : 'AMBIT_DATA_SOURCE_CONNECTION_LOST')
    if (!unknown) expect(error.cause).toMatchObject({ code: '57P01' })
    expect(await world.rows()).toEqual([])
  })
})

describe('BEGIN that is refused', () => {
  it('is each caller’s own error where several statements share its write', async () => {
    refuseBegin(5, 'ERROR', '55000')
    const outcomes: unknown[] = []
    await rejection(
      transactional({}, async () => {
        const work = [insert('a'), insert('b'), send(world.dataSource, SELECT_NOTE, 'a')]
        outcomes.push(...(await Promise.allSettled(work)).map(each => databaseCode(Object(each).reason)))
        throw new Error('all have failed')
      }),
    )
    expect(outcomes).toEqual(['55000', '55000', '55000'])
    expect(await world.rows()).toEqual([])
  })

  it('once, and swallowed: the next statement begins the transaction', async () => {
    refuseBegin(1, 'ERROR', '55000')
    await transactional({}, async () => {
      await rejection(insert('a'))
      await insert('b')
    })
    expect(await world.rows()).toEqual(['b'])
  })

  it.each(WORK)(
    'by a real server, %s: the connection is in a failed transaction, and is not used again',
    async (_, work) => {
      await poison()
      expect(databaseCode(await rejection(work()))).toBe('25P02')
      expect(await world.rows()).toEqual([])
      await insert('b')
    },
  )

  it('is what a lone statement meets there, too', async () => {
    await poison()
    expect(databaseCode(await rejection(insert('a')))).toBe('25P02')
    await insert('b')
    expect(await world.rows()).toEqual(['b'])
  })
})

/** A client whose transaction has failed goes back to the pool as it is, past everything that would notice. */
async function poison(): Promise<void> {
  const client = await (poolOf(world.dataSource) as unknown as Pool).connect()
  await client.query('BEGIN')
  await rejection(client.query('SELECT 1 / 0'))
  client.release()
}

describe('a first statement without a connection to begin on', () => {
  it('is refused by a server that takes no more connections: unreachable, nothing is done', async () => {
    const full = report('E', 'FATAL', '53300', 'sorry, too many clients already')
    proxy.judge = ({ from, type }) => (from === 'client' && type === '' ? { do: 'refuse', bytes: full } : PASS)
    await database.terminate('ambit_test_begin')
    await until('the connection is gone', () => maybePoolOf(world.dataSource)?.totalCount === 0)
    const answers = await Promise.all([
      rejection(transactional({}, () => insert('a'))),
      rejection(single(world.dataSource, 'write', () => insert('b'))),
      rejection(insert('c')),
    ])
    proxy.judge = () => PASS
    for (const error of answers) {
      expect(error['code']).toBe('AMBIT_DATA_SOURCE_UNREACHABLE')
      expect(error.message).toContain('too many clients')
    }
    expect(await world.rows()).toEqual([])
  })
})
