import { Client } from 'pg'
import { WireTap } from '../../benchmark/wire-tap'
import { createTestDatabase, type TestDatabase } from '../support/postgres'

let database: TestDatabase
let tap: WireTap
let client: Client

beforeAll(async () => {
  database = await createTestDatabase()
  tap = await WireTap.start(database.url)
  client = new Client({ connectionString: tap.url })
  await client.connect()
  await client.query('CREATE TABLE t (n int, word text)')
})
beforeEach(() => tap.clear())
afterAll(async () => {
  await client.end()
  await tap.close()
  await database.drop()
})

describe('the tap on the wire', () => {
  it('counts one round trip for each wait, by simple and by extended protocol', async () => {
    await client.query('SELECT 1')
    await client.query('SELECT $1::int', [1])
    expect(tap.traffic).toEqual({ commands: ['SELECT 1', 'SELECT 1'], roundTrips: 2 })
  })

  it('sees every command of one text, in one round trip', async () => {
    await client.query('BEGIN; INSERT INTO t VALUES (1), (2); COMMIT')
    expect(tap.traffic).toEqual({ commands: ['BEGIN', 'INSERT 0 2', 'COMMIT'], roundTrips: 1 })
  })

  it('sees a prepared statement each time, not only when it is parsed', async () => {
    const statement = { name: 'one', text: 'SELECT n FROM t WHERE n = $1', values: [1] }
    await client.query(statement)
    await client.query(statement)
    expect(tap.traffic).toEqual({ commands: ['SELECT 1', 'SELECT 1'], roundTrips: 2 })
  })

  it('tells a COMMIT that the server turned into a ROLLBACK', async () => {
    await client.query('BEGIN')
    await expect(client.query('SELECT 1 / 0')).rejects.toThrow('division by zero')
    await client.query('COMMIT')
    expect(tap.traffic).toEqual({ commands: ['BEGIN', 'ROLLBACK'], roundTrips: 3 })
  })

  it('reads messages that come in pieces', async () => {
    const { rows } = await client.query("SELECT repeat('x', 1000000) AS long FROM generate_series(1, 3)")
    expect(rows.map(({ long }) => long.length)).toEqual([1_000_000, 1_000_000, 1_000_000])
    expect(tap.traffic).toEqual({ commands: ['SELECT 3'], roundTrips: 1 })
  })

  it('sees what each session was opened with', async () => {
    const before = tap.sessions.length
    for (const options of ['-c synchronous_commit=off', undefined]) {
      const other = new Client({ connectionString: tap.url, application_name: 'options', ...(options && { options }) })
      await other.connect()
      await other.end()
    }
    expect(tap.sessions.slice(before)).toEqual(['-c synchronous_commit=off', ''])
  })

  it('lets a client go without ending the others', async () => {
    const other = new Client({ connectionString: tap.url })
    await other.connect()
    await other.end()
    tap.clear()
    await client.query('SELECT 1')
    expect(tap.traffic.roundTrips).toBe(1)
  })
})
