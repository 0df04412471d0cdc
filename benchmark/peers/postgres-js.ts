import { BATCHES, ITEM_COLUMNS, ITEMS, type ItemValues, PAGE_SIZE, PARTS, type PartValues } from '../item'
import { MANY, newUsername, TABLE, type User, USERS } from '../user'
import { load } from './packages'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'

/** Another driver, which prepares by itself and sends several statements ahead. */
export const postgresJs: Peer = {
  name: 'postgres.js',
  engine: 'postgres',
  role: 'member',
  packages: ['postgres'],
  async open({ url }): Promise<OpenPeer> {
    const postgres = load('postgres') as (url: string, options: object) => Pooled
    const sql = postgres(url, {
      max: POOL_SIZE,
      idle_timeout: IDLE_MS / 1_000,
      // It reads no PGOPTIONS.
      connection: { application_name: APPLICATION_NAME, options: process.env['PGOPTIONS'] },
    })
    const name = 'postgres.js'
    return {
      variants: {
        'one-row': [{ name, run: () => one(sql, 'u1') }],
        'three-reads': [{ name, run: () => threeReads(sql) }],
        'list-100': [{ name, run: () => list(sql, BATCHES.small.batch) }],
        'list-1000': [{ name, run: () => list(sql, BATCHES.large.batch) }],
        page: [{ name, run: () => page(sql) }],
        family: [{ name, run: () => families(sql) }],
        'save-1000': [{ name, run: () => save(sql) }],
      },
      close: () => sql.end(),
    }
  },
}

/** What is used of it: the sources must compile where it is not installed. */
interface Sql {
  <Rows>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<Rows>
  (names: string | readonly string[] | readonly object[], ...columns: readonly string[]): unknown
}

interface Pooled extends Sql {
  begin<R>(work: (transaction: Sql) => Promise<R>): Promise<R>
  end(): Promise<void>
}

async function one(sql: Sql, username: string): Promise<User | null> {
  const [found] = await sql<User[]>`SELECT id, username, active FROM ${sql(TABLE)} WHERE username = ${username}`
  return found ?? null
}

function threeReads(sql: Pooled): Promise<unknown> {
  return sql.begin(async transaction => {
    const found = []
    for (const { username } of USERS) found.push(await one(transaction, username))
    return found
  })
}

async function list(sql: Sql, batch: number): Promise<ItemValues[]> {
  return [
    ...(await sql<
      ItemValues[]
    >`SELECT ${sql([...ITEM_COLUMNS])} FROM ${sql(ITEMS)} WHERE batch = ${batch} ORDER BY id`),
  ]
}

async function page(sql: Sql): Promise<unknown> {
  const { batch } = BATCHES.large
  const rows = await sql<ItemValues[]>`
    SELECT ${sql([...ITEM_COLUMNS])} FROM ${sql(ITEMS)} WHERE batch = ${batch} ORDER BY id LIMIT ${PAGE_SIZE} OFFSET 0`
  const [counted] = await sql<
    { total: number }[]
  >`SELECT count(*)::int AS total FROM ${sql(ITEMS)} WHERE batch = ${batch}`
  return { rows: [...rows], total: counted?.total }
}

async function families(sql: Sql): Promise<unknown> {
  const items = (await list(sql, BATCHES.small.batch)).map(item => ({ ...item, parts: [] as PartValues[] }))
  const byId = new Map(items.map(item => [item.id, item]))
  const parts = await sql<PartValues[]>`
    SELECT id, "itemId", label FROM ${sql(PARTS)} WHERE "itemId" = ANY (${[...byId.keys()]}) ORDER BY id`
  for (const part of parts) byId.get(part.itemId)?.parts.push(part)
  return items
}

async function save(sql: Sql): Promise<unknown> {
  const users = Array.from({ length: MANY }, () => ({ username: newUsername('postgres.js many'), active: true }))
  const rows = await sql<{ id: number }[]>`INSERT INTO ${sql(TABLE)} ${sql(users, 'username', 'active')} RETURNING id`
  return users.map((user, row) => ({ id: rows[row]?.id, ...user }))
}
