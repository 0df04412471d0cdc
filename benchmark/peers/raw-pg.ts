import { Pool } from 'pg'
import type { Variant } from '../rounds'
import { newUsername, TABLE, USERS } from '../user'
import { isInstalled } from './packages'
import { itemsByHand } from './raw-pg-items'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'
import { throughCursor, throughQueryStream } from './streams'

interface Row {
  readonly id: number
  readonly username: string
  readonly active: boolean
}

const SELECT = `SELECT id, username, active FROM ${TABLE} WHERE username = $1`
const INSERT = `INSERT INTO ${TABLE} (username, active) VALUES ($1, $2) RETURNING id`

const PREPARED_SELECT = { name: 'ambit_bench_select', text: SELECT }
const PREPARED_ISOLATION = { name: 'ambit_bench_isolation', text: `SELECT current_setting('transaction_isolation')` }
const PREPARED_INSERT = { name: 'ambit_bench_insert', text: INSERT }

/** What careful people write by hand. */
export const rawPg: Peer = {
  name: 'pg',
  engine: 'postgres',
  role: 'base',
  packages: [],
  async open({ url }): Promise<OpenPeer> {
    const pool = new Pool({
      connectionString: url,
      max: POOL_SIZE,
      application_name: APPLICATION_NAME,
      idleTimeoutMillis: IDLE_MS,
    })
    return {
      variants: {
        'one-row': [
          { name: 'pg, prepared', run: () => one(pool, PREPARED_SELECT) },
          { name: 'pg, not prepared', run: () => one(pool, { text: SELECT }) },
        ],
        'three-reads': [{ name: 'pg, prepared, by hand', run: () => threeReads(pool) }],
        'three-reads-at-once': [{ name: 'pg, prepared, by hand', run: () => threeReadsAtOnce(pool) }],
        'three-reads-read-only': [{ name: 'pg, prepared, by hand', run: () => threeReads(pool, 'BEGIN READ ONLY') }],
        serializable: [{ name: 'pg, prepared, by hand', run: () => serializable(pool) }],
        untouched: [{ name: 'pg, by hand', run: () => inTransaction(pool, async () => undefined) }],
        insert: [{ name: 'pg, prepared, by hand', run: () => insert(pool) }],
        ...itemsByHand(pool),
        stream: streams(pool),
      },
      close: () => pool.end(),
    }
  },
}

/** As far as their packages are installed; without the first there is no base to compare with. */
function streams(pool: Pool): readonly Variant[] {
  if (!isInstalled('pg-cursor')) return []
  const cursor = { name: 'pg-cursor', run: () => throughCursor(pool) }
  const queryStream = { name: 'pg-query-stream', run: () => throughQueryStream(pool) }
  return isInstalled('pg-query-stream') ? [cursor, queryStream] : [cursor]
}

type Client = Pick<Pool, 'query'>

async function one(client: Client, statement: { readonly text: string }, username = 'u1'): Promise<Row | null> {
  const { rows } = await client.query<Row>({ ...statement, values: [username] })
  return rows[0] ?? null
}

function threeReads(pool: Pool, begin?: string): Promise<unknown> {
  const work = async (client: Client): Promise<unknown> => {
    const found = []
    for (const { username } of USERS) found.push(await one(client, PREPARED_SELECT, username))
    return found
  }
  return inTransaction(pool, work, begin)
}

function serializable(pool: Pool): Promise<unknown> {
  const work = async (client: Client): Promise<unknown> => {
    const user = await one(client, PREPARED_SELECT)
    const { rows } = await client.query<{ current_setting: string }>(PREPARED_ISOLATION)
    return [user, rows[0]?.current_setting]
  }
  return inTransaction(pool, work, 'BEGIN ISOLATION LEVEL SERIALIZABLE')
}

function threeReadsAtOnce(pool: Pool): Promise<unknown> {
  return inTransaction(pool, client => Promise.all(USERS.map(({ username }) => one(client, PREPARED_SELECT, username))))
}

function insert(pool: Pool): Promise<unknown> {
  return inTransaction(pool, async client => {
    const user = { username: newUsername('pg'), active: true }
    const { rows } = await client.query<{ id: number }>({ ...PREPARED_INSERT, values: [user.username, user.active] })
    return { ...rows[0], ...user }
  })
}

async function inTransaction<R>(pool: Pool, work: (client: Client) => Promise<R>, begin = 'BEGIN'): Promise<R> {
  const client = await pool.connect()
  try {
    await client.query(begin)
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}
