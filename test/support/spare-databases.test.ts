import { Client } from 'pg'
import { createTestDatabase, POSTGRES_URL, type TestDatabase } from './postgres'
import { keepSpare } from './spare-databases'

let admin: Client
let database: TestDatabase
beforeAll(async () => {
  admin = await connected(process.env[POSTGRES_URL] ?? '')
})
afterAll(() => admin.end())
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database.drop())

describe('keepSpare', () => {
  it('keeps a database, as empty as a new one and open to the same people', async () => {
    const publicSchema = await database.query(PUBLIC_SCHEMA)
    await database.query(`
      CREATE TABLE parent (id serial PRIMARY KEY); CREATE TABLE child (parent int REFERENCES parent);
      CREATE SCHEMA other; CREATE TYPE other.mood AS ENUM ('sad'); CREATE VIEW other.seen AS SELECT * FROM parent;
      CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
    let left: unknown
    const kept = await keep(async client => {
      left = { objects: await rowsOf(client, OBJECTS), publicSchema: await rowsOf(client, PUBLIC_SCHEMA) }
    })
    expect(left).toEqual({ objects: [], publicSchema })
    expect(kept).toBe(true)
  })

  it('ends connections that were left open', async () => {
    const left = await connected(database.url)
    const ended = new Promise<Error>(resolve => left.once('error', resolve))
    expect(await keep()).toBe(true)
    expect(await ended).toMatchObject({ code: '57P01' })
  })

  it.each([
    ['is set otherwise', (name: string) => `ALTER DATABASE ${name} SET lock_timeout = '1s'`],
    ['is closed to others', (name: string) => `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`],
    ['has objects without a schema', () => `SELECT lo_create(0)`],
  ])('keeps none that %s', async (_, change) => {
    await database.query(change(database.name))
    expect(await keep()).toBe(false)
  })

  /** Looks at what is left before anybody else can take it. */
  function keep(look: (client: Client) => Promise<void> = () => Promise.resolve()): Promise<boolean> {
    return keepSpare(admin, database.name, async work => {
      const client = await connected(database.url)
      try {
        const answer = await work(client)
        await look(client)
        return answer
      } finally {
        await client.end()
      }
    })
  }
})

const OBJECTS = `
  SELECT relname AS name FROM pg_class WHERE oid >= 16384 UNION SELECT typname FROM pg_type WHERE oid >= 16384
  UNION SELECT proname FROM pg_proc WHERE oid >= 16384 UNION SELECT nspname FROM pg_namespace WHERE nspname = 'other'`

const PUBLIC_SCHEMA = `SELECT nspowner::regrole::text AS owner, nspacl::text AS rights FROM pg_namespace WHERE nspname = 'public'`

async function rowsOf(client: Client, sql: string): Promise<unknown[]> {
  return (await client.query<object>(sql)).rows
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
