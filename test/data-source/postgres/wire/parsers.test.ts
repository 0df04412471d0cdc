import { transactional } from 'ambit'
import { types } from 'pg'
import type { DataSource } from 'typeorm'
import { postgresDatabase, postgresWorld, rejection } from '../../harness'
import { fixed, type Row, send } from '../statements'

// What pg makes of a value is the application's to decide, at any time: rows of the wire tier are what TypeORM's would be.

const { INT8, INTERVAL, TIMESTAMPTZ } = types.builtins

const TEXT = `SELECT 9007199254740993::int8 AS big, '2024-02-29 12:00:00+00'::timestamptz AS at, '1 day'::interval AS p,
  NULL::int8 AS nothing, ARRAY[1, 2]::int8[] AS many`
const COLUMNS = ['big', 'at', 'p', 'nothing', 'many']
const READ = fixed(TEXT, COLUMNS)

const before = [INT8, TIMESTAMPTZ, INTERVAL].map(oid => [oid, types.getTypeParser(oid, 'text')] as const)
afterEach(() => {
  for (const [oid, parser] of before) types.setTypeParser(oid, parser)
})

async function both(dataSource: DataSource): Promise<Row> {
  const { rows } = await send(dataSource, READ)
  const [stock] = await dataSource.query<Row[]>(TEXT)
  expect(rows).toEqual([stock])
  return rows[0] ?? {}
}

describe('type parsers of the whole process', () => {
  const postgres = postgresWorld()

  it('count when they were set before the first use', async () => {
    types.setTypeParser(INT8, text => BigInt(text))
    expect(await both(postgres.world.dataSource)).toMatchObject({ big: 9_007_199_254_740_993n })
  })

  it('count when they are replaced, and put back, in the middle of use', async () => {
    const { dataSource } = postgres.world
    expect(await both(dataSource)).toMatchObject({ big: '9007199254740993', nothing: null })
    types.setTypeParser(INT8, text => BigInt(text))
    expect(await both(dataSource)).toMatchObject({ big: 9_007_199_254_740_993n, nothing: null })
    types.setTypeParser(INT8, text => `big ${text}`)
    expect(await both(dataSource)).toMatchObject({ big: 'big 9007199254740993' })
    for (const [oid, parser] of before) types.setTypeParser(oid, parser)
    expect(await both(dataSource)).toMatchObject({ big: '9007199254740993' })
  })

  it('count between two statements of one transaction', async () => {
    const { dataSource } = postgres.world
    await transactional({}, async () => {
      expect(await both(dataSource)).toMatchObject({ big: '9007199254740993' })
      types.setTypeParser(INT8, Number)
      expect(await both(dataSource)).toMatchObject({ big: 9_007_199_254_740_992 })
    })
  })

  it('may make objects', async () => {
    class Span {
      constructor(readonly text: string) {}
    }
    types.setTypeParser(INTERVAL, text => new Span(text))
    types.setTypeParser(TIMESTAMPTZ, text => ({ at: text }))
    const row = await both(postgres.world.dataSource)
    expect(row['p']).toBeInstanceOf(Span)
    expect(row['at']).toEqual({ at: expect.stringContaining('2024-02-29') })
  })

  it('that throw fail their statement only, and the connection goes on', async () => {
    const { dataSource } = postgres.world
    types.setTypeParser(INTERVAL, () => {
      throw new Error('no intervals here')
    })
    expect((await rejection(send(dataSource, READ))).message).toContain('no intervals here')
    const outcomes = await transactional({}, () =>
      Promise.allSettled([
        send(dataSource, { ...READ, shares: true }),
        send(dataSource, fixed('SELECT 1 AS n', ['n'], { shares: true })),
      ]),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    types.setTypeParser(INTERVAL, text => text)
    await both(dataSource)
  })
})

describe('type parsers of one data source', () => {
  const postgres = postgresDatabase()

  it('count there only: pg’s option `types`', async () => {
    const own = {
      getTypeParser: (oid: typeof INT8, format?: 'text') =>
        oid === INT8 ? (text: string) => ({ big: text }) : types.getTypeParser(oid, format),
    }
    const special = await postgres.start({ settings: { typeorm: { extra: { types: own } } } })
    expect(await special.app.run(() => both(special.dataSource))).toMatchObject({ big: { big: '9007199254740993' } })
    const plain = await postgres.start()
    expect(await plain.app.run(() => both(plain.dataSource))).toMatchObject({ big: '9007199254740993' })
    expect(await special.app.run(() => both(special.dataSource))).toMatchObject({ big: { big: '9007199254740993' } })
  })
})
