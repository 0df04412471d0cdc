import { Pool } from 'pg'
import { BATCHES, ITEM_COLUMNS, ITEMS, type ItemValues, PAGE_SIZE, PARTS, type PartValues } from '../item'
import { MANY, newUsername, TABLE, type User, USERS } from '../user'
import { load } from './packages'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'

/** What is used of it: the sources must compile where it is not installed. */
interface Package {
  readonly Kysely: new (options: { readonly dialect: unknown }) => Database & {
    transaction(): { execute<R>(work: (transaction: Database) => Promise<R>): Promise<R> }
    destroy(): Promise<void>
  }
  readonly PostgresDialect: new (options: { readonly pool: Pool }) => unknown
}

interface Database {
  selectFrom(table: string): Select
  insertInto(table: string): {
    values(rows: readonly object[]): { returning(column: string): { execute(): Promise<{ id: number }[]> } }
  }
}

interface Select {
  select(columns: readonly string[] | ((builder: Functions) => unknown)): Select
  where(column: string, operator: string, value: unknown): Select
  orderBy(column: string): Select
  limit(rows: number): Select
  offset(rows: number): Select
  execute<Row>(): Promise<Row[]>
  executeTakeFirst<Row>(): Promise<Row | undefined>
}

interface Functions {
  readonly fn: { countAll(): { as(name: string): unknown } }
}

/** A query builder above pg. */
export const kysely: Peer = {
  name: 'kysely',
  engine: 'postgres',
  role: 'member',
  packages: ['kysely'],
  async open({ url }): Promise<OpenPeer> {
    const { Kysely, PostgresDialect } = load('kysely') as Package
    const pool = new Pool({
      connectionString: url,
      max: POOL_SIZE,
      application_name: APPLICATION_NAME,
      idleTimeoutMillis: IDLE_MS,
    })
    const database = new Kysely({ dialect: new PostgresDialect({ pool }) })
    const name = 'kysely'
    return {
      variants: {
        'one-row': [{ name, run: () => one(database, 'u1') }],
        'three-reads': [{ name, run: () => threeReads(database) }],
        'list-100': [{ name, run: () => list(database, BATCHES.small.batch) }],
        'list-1000': [{ name, run: () => list(database, BATCHES.large.batch) }],
        page: [{ name, run: () => page(database) }],
        family: [{ name, run: () => families(database) }],
        'save-1000': [{ name, run: () => save(database) }],
      },
      close: () => database.destroy(),
    }
  },
}

async function one(database: Database, username: string): Promise<User | null> {
  const found = await database
    .selectFrom(TABLE)
    .select(['id', 'username', 'active'])
    .where('username', '=', username)
    .executeTakeFirst<User>()
  return found ?? null
}

function threeReads(database: InstanceType<Package['Kysely']>): Promise<unknown> {
  return database.transaction().execute(async transaction => {
    const found = []
    for (const { username } of USERS) found.push(await one(transaction, username))
    return found
  })
}

function list(database: Database, batch: number): Promise<ItemValues[]> {
  return database.selectFrom(ITEMS).select(ITEM_COLUMNS).where('batch', '=', batch).orderBy('id').execute()
}

async function page(database: Database): Promise<unknown> {
  const batch = database.selectFrom(ITEMS).where('batch', '=', BATCHES.large.batch)
  const rows = await batch.select(ITEM_COLUMNS).orderBy('id').limit(PAGE_SIZE).offset(0).execute()
  const counted = await batch.select(({ fn }) => fn.countAll().as('total')).executeTakeFirst<{ total: string }>()
  return { rows, total: Number(counted?.total) }
}

async function families(database: Database): Promise<unknown> {
  const items = (await list(database, BATCHES.small.batch)).map(item => ({ ...item, parts: [] as PartValues[] }))
  const byId = new Map(items.map(item => [item.id, item]))
  const parts = await database
    .selectFrom(PARTS)
    .select(['id', 'itemId', 'label'])
    .where('itemId', 'in', [...byId.keys()])
    .orderBy('id')
    .execute<PartValues>()
  for (const part of parts) byId.get(part.itemId)?.parts.push(part)
  return items
}

async function save(database: Database): Promise<unknown> {
  const users = Array.from({ length: MANY }, () => ({ username: newUsername('kysely many'), active: true }))
  const rows = await database.insertInto(TABLE).values(users).returning('id').execute()
  return users.map((user, row) => ({ id: rows[row]?.id, ...user }))
}
