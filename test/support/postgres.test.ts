import { Client } from 'pg'
import { type TestDatabase, createTestDatabase, dropStaleDatabases } from './postgres'

describe('createTestDatabase', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it('gives an empty database of a recognisable name', async () => {
    expect(database.name).toMatch(/^ambit_test_/)
    const rows = await database.query<{ name: string }>(
      `SELECT current_database() AS name WHERE NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')`,
    )
    expect(rows).toEqual([{ name: database.name }])
  })

  it('gives databases that do not see each other', async () => {
    const other = await createTestDatabase()
    try {
      await other.query('CREATE TABLE only_there (id int)')
      await expect(database.query('SELECT * FROM only_there')).rejects.toMatchObject({ code: '42P01' })
    } finally {
      await other.drop()
    }
  })

  it('knows Unicode letters, and sorts by code point', async () => {
    const rows = await database.query(`SELECT lower('ÄÖÜ') AS lowered, 'B' < 'a' AS "byCodePoint"`)
    expect(rows).toEqual([{ lowered: 'äöü', byCodePoint: true }])
  })

  it('drops a database that is still in use', async () => {
    const other = await createTestDatabase()
    const client = await connected(other.url)
    const ended = new Promise<Error>(resolve => client.once('error', resolve))
    await other.drop()
    expect(await ended).toMatchObject({ code: '57P01' })
    expect(await database.query('SELECT FROM pg_database WHERE datname = $1', [other.name])).toEqual([])
  })

  it('kills only the connections that carry the application name', async () => {
    const [victim, bystander] = [
      await connected(database.urlAs('victim')),
      await connected(database.urlAs('bystander')),
    ]
    const killed = new Promise<Error>(resolve => victim.once('error', resolve))
    expect(await database.terminate('victim')).toBe(1)
    expect(await killed).toMatchObject({ code: '57P01' })
    expect((await bystander.query('SELECT 1 AS alive')).rows).toEqual([{ alive: 1 }])
    await bystander.end()
  })

  it('asks again on one connection, which keeps nothing that an earlier question has set', async () => {
    const pid = async (sql = 'SELECT pg_backend_pid() AS pid'): Promise<unknown> =>
      (await database.query<{ pid: number }>(sql))[0]?.pid
    const first = await pid(`SELECT pg_backend_pid() AS pid, set_config('lock_timeout', '7s', false)`)
    expect(await pid()).toBe(first)
    expect(await database.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '0' }])
    await expect(database.query('BEGIN')).rejects.toMatchObject({ code: '25001' })
    expect(await pid()).not.toBe(first)
  })

  it('lets no question wait for another', async () => {
    const locker = await connected(database.urlAs('locker'))
    await locker.query('SELECT pg_advisory_lock(1)')
    const waits = database.query('SELECT pg_advisory_lock(1)')
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    await locker.end()
    await waits
  })

  it('asks on a new connection where the old one was killed', async () => {
    await database.query('SELECT')
    expect(await database.terminate('ambit_test_admin')).toBe(1)
    // A question that is quicker than the news of the death dies of it, as on any connection.
    await database.query('SELECT').catch(() => undefined)
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('drops what crashed runs left a day ago, and nothing younger', async () => {
    const hour = 60 * 60 * 1000
    const [stale, young] = [25, 23].map(hours => `ambit_test_${(Date.now() - hours * hour).toString(36)}_0123456789`)
    for (const name of [stale, young]) await database.query(`CREATE DATABASE ${name}`)
    await dropStaleDatabases()
    const left = await database.query('SELECT datname AS name FROM pg_database WHERE datname IN ($1, $2)', [
      stale,
      young,
    ])
    await database.query(`DROP DATABASE ${young}`)
    expect(left).toEqual([{ name: young }])
  })
})

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
