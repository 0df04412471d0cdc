import { transactional } from 'ambit'
import { databaseCode } from '../../../../src/data-source/driver-error'
import { MessageProxy } from '../../../support/message-proxy'
import { createTestDatabase, type TestDatabase } from '../../../support/postgres'
import { poolOf, rejection, until, World } from '../../harness'
import { fixed, INSERT_NOTE, type Row, SELECT_NOTE, send } from '../statements'

// Values and rows of any size and kind arrive as they were, or are refused: by the server, or before they are sent.

let database: TestDatabase
let proxy: MessageProxy
let world: World

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await MessageProxy.start(database.url)
  world = await World.start(database, { settings: { url: proxy.url, schema: 'create', poolSize: 1 } })
})
afterAll(async () => {
  await world.app.close()
  await proxy.close()
  await database.drop()
})
beforeEach(() => world.empty())
afterEach(() => world.assertClean())

const ECHO_TEXT = fixed('SELECT $1::text AS v', ['v'])
const ECHO_BYTES = fixed('SELECT $1::bytea AS v', ['v'])

async function echo(statement: typeof ECHO_TEXT, value: unknown): Promise<unknown> {
  const { rows } = await send(world.dataSource, statement, value)
  const [stock] = await world.dataSource.query<Row[]>(statement.text, [value])
  expect(rows[0]?.['v']).toEqual(stock?.['v'])
  return rows[0]?.['v']
}

describe('values', () => {
  it.each([
    ['an empty text', '', ''],
    ['letters of two, three and four bytes', 'äé€𝄞'.repeat(100), 'äé€𝄞'.repeat(100)],
    ['half of a surrogate pair, which no UTF-8 has', 'a\ud800b', 'a\ufffdb'],
    ['a text that ends in one', 'a\ud83d', 'a\ufffd'],
    ['quotes, backslashes and placeholders', `'"\\$1\n`, `'"\\$1\n`],
    ['a number', 1.5, '1.5'],
    ['a boolean', true, 'true'],
    ['a bigint', 2n ** 70n, String(2n ** 70n)],
    ['null', null, null],
    ['undefined', undefined, null],
    ['an object', { a: [1, '"'] }, '{"a":[1,"\\""]}'],
    ['a text of just over 64 KiB', 'x'.repeat(65_537), 'x'.repeat(65_537)],
  ])('%s', async (_name, value, expected) => {
    expect(await echo(ECHO_TEXT, value)).toBe(expected)
  })

  it.each([0, 1, 65_536, 300_001])('%i bytes', async count => {
    const bytes = Buffer.alloc(count, Buffer.from([0, 255, 92, 39]))
    expect(await echo(ECHO_BYTES, bytes)).toEqual(bytes)
    const view = new Uint8Array(bytes)
    expect(await echo(ECHO_BYTES, view)).toEqual(bytes)
  })

  it('arrays and dates', async () => {
    const at = new Date('2024-02-29T12:34:56.789Z')
    expect(await echo(fixed('SELECT $1::text[] AS v', ['v']), ['a', null, 'b"\\,{}', ''])).toEqual([
      'a',
      null,
      'b"\\,{}',
      '',
    ])
    expect(
      await echo(fixed('SELECT $1::int[] AS v', ['v']), [
        [1, 2],
        [3, 4],
      ]),
    ).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(await echo(fixed('SELECT $1::timestamptz AS v', ['v']), at)).toEqual(at)
  })
})

describe('values that are refused', () => {
  const NUL = 'a\0b'

  it('NUL in a text, by the server: alone, among others, and in a transaction', async () => {
    expect(databaseCode(await rejection(send(world.dataSource, INSERT_NOTE, NUL, 1)))).toBe('22021')
    const outcomes = await Promise.allSettled(['x', NUL, 'y'].map(k => send(world.dataSource, SELECT_NOTE, k)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await rejection(
      transactional({}, () =>
        Promise.all([send(world.dataSource, INSERT_NOTE, 'a', 1), send(world.dataSource, INSERT_NOTE, NUL, 1)]),
      ),
    )
    expect(await world.rows()).toEqual([])
  })

  it('bytes for a number, by the server, in words that do not mean a lost connection', async () => {
    const statement = fixed('SELECT $1::int4 AS v', ['v'])
    const error = await rejection(send(world.dataSource, statement, Buffer.from([1])))
    expect(databaseCode(error)).toMatch(/^(08P01|22P03)$/)
    expect(error.name).toBe('QueryFailedError')
    const inside = await rejection(transactional({}, () => send(world.dataSource, statement, Buffer.from([1]))))
    expect(inside.name).toBe('QueryFailedError')
    const raw = await rejection(transactional({}, () => world.dataSource.query('SELECT 1', [1])))
    expect(databaseCode(raw)).toBe('08P01')
    expect(raw.name).toBe('QueryFailedError')
    expect(poolOf(world.dataSource).totalCount).toBe(1)
  })

  it('more than 65,535 of them, before anything is sent; as many as that are taken', async () => {
    const error = await rejection(
      transactional({}, async () => {
        await send(world.dataSource, INSERT_NOTE, 'a', 1)
        await send(world.dataSource, SELECT_NOTE, ...Array.from({ length: 65_536 }, () => 1))
      }),
    )
    expect(error.message).toContain('at most 65535 values')
    expect(await world.rows()).toEqual([])
    const marks = Array.from({ length: 65_535 }, (_, at) => `$${at + 1}::int`).join(', ')
    const most = fixed(`SELECT 1 AS n WHERE 1 IN (${marks})`, ['n'])
    const sent = await send(world.dataSource, most, ...Array.from({ length: 65_535 }, () => 1))
    expect(sent.rows).toEqual([{ n: 1 }])
  })
})

describe('much at once', () => {
  const PIECE = 'y'.repeat(256 * 1024)

  it('a row of 17 MiB and a value of as much', async () => {
    const large = 'z'.repeat(17 * 1024 * 1024)
    const { rows } = await send(world.dataSource, ECHO_TEXT, large)
    expect(rows[0]?.['v'] === large).toBe(true)
  })

  it('many large rows to a client that is slow to read', async () => {
    const rows = fixed("SELECT g AS n, repeat('y', 262144) AS v FROM generate_series(1, 64) g", ['n', 'v'])
    proxy.hold()
    const reading = send(world.dataSource, rows)
    await until('the server is stuck in sending', async () => {
      const [waiting] = await database.query<{ event: string }>(
        `SELECT wait_event AS event FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event = 'ClientWrite'`,
      )
      return waiting !== undefined
    })
    proxy.flow()
    const answer = await reading
    expect(answer.rows).toHaveLength(64)
    expect(answer.rows.every(({ v }) => v === PIECE)).toBe(true)
  })

  it('statements that share a write of 16 MiB, one of which fails', async () => {
    const insert = fixed('INSERT INTO note (k, secret) VALUES ($1, $2)', [], { shares: true })
    const keys = Array.from({ length: 64 }, (_, at) => `k${at}`)
    await transactional({}, () => Promise.all(keys.map(k => send(world.dataSource, insert, k, PIECE))))
    expect(await world.rows()).toEqual([...keys].sort())
    await rejection(
      transactional({}, () =>
        Promise.all(keys.map((k, at) => send(world.dataSource, insert, at === 60 ? 'k0' : `again ${k}`, PIECE))),
      ),
    )
    expect(await world.rows()).toHaveLength(64)
  })
})
