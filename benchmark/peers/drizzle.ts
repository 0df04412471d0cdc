import { Pool } from 'pg'
import { BATCHES, ITEMS, type ItemValues, PAGE_SIZE, PARTS, type PartValues } from '../item'
import type { Variant } from '../rounds'
import { MANY, newUsername, TABLE, type User, USERS } from '../user'
import type { WorkloadName } from '../workloads/workload'
import { load } from './packages'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'

/** An ORM of tables, above pg; it prepares where it is asked to. */
export const drizzle: Peer = {
  name: 'drizzle',
  engine: 'postgres',
  role: 'member',
  packages: ['drizzle-orm'],
  async open({ url }): Promise<OpenPeer> {
    const pool = new Pool({
      connectionString: url,
      max: POOL_SIZE,
      application_name: APPLICATION_NAME,
      idleTimeoutMillis: IDLE_MS,
    })
    const { drizzle: on } = load('drizzle-orm/node-postgres') as { readonly drizzle: (pool: Pool) => Database }
    const works = new Works(on(pool))
    return { variants: variantsOf(works), close: () => pool.end() }
  },
}

function variantsOf(works: Works): Partial<Record<WorkloadName, readonly Variant[]>> {
  const name = 'drizzle'
  const oneRow: readonly Variant[] = [
    { name, run: () => works.one('u1') },
    { name: 'drizzle, prepared', run: () => works.onePrepared('u1') },
  ]
  const lists = (batch: number): readonly Variant[] => [
    { name, run: () => works.list(batch) },
    { name: 'drizzle, prepared', run: () => works.listPrepared(batch) },
  ]
  return {
    'one-row': oneRow,
    'three-reads': [{ name, run: () => works.threeReads() }],
    'list-100': lists(BATCHES.small.batch),
    'list-1000': lists(BATCHES.large.batch),
    page: [{ name, run: () => works.page() }],
    family: [{ name, run: () => works.families() }],
    'save-1000': [{ name, run: () => works.save() }],
  }
}

/** What is used of it: the sources must compile where it is not installed. */
interface Database {
  select(columns?: object): { from(table: Table): Select }
  insert(table: Table): {
    values(rows: readonly object[]): { returning(columns: object): Promise<{ id: number }[]> }
  }
  transaction<R>(work: (transaction: Database) => Promise<R>): Promise<R>
}

interface Select extends PromiseLike<unknown> {
  where(condition: unknown): Select
  orderBy(order: unknown): Select
  limit(rows: number): Select
  offset(rows: number): Select
  prepare(name: string): { execute(values: object): Promise<unknown> }
}

type Table = Readonly<Record<string, unknown>>

interface Operators {
  readonly asc: (column: unknown) => unknown
  readonly count: () => unknown
  readonly eq: (column: unknown, value: unknown) => unknown
  readonly inArray: (column: unknown, values: readonly unknown[]) => unknown
  readonly sql: { placeholder(name: string): unknown }
}

class Works {
  readonly #database: Database
  readonly #operators = load('drizzle-orm') as Operators
  readonly #tables = tables()
  readonly #one: ReturnType<Select['prepare']>
  readonly #list: ReturnType<Select['prepare']>

  constructor(database: Database) {
    this.#database = database
    const { sql } = this.#operators
    this.#one = this.#byName(database, sql.placeholder('username')).prepare('ambit_bench_drizzle')
    this.#list = this.#inBatch(sql.placeholder('batch')).prepare('ambit_bench_drizzle_list')
  }

  async one(username: string, database = this.#database): Promise<User | null> {
    const [found] = (await this.#byName(database, username)) as User[]
    return found ?? null
  }

  async onePrepared(username: string): Promise<User | null> {
    const [found] = (await this.#one.execute({ username })) as User[]
    return found ?? null
  }

  threeReads(): Promise<unknown> {
    return this.#database.transaction(async transaction => {
      const found = []
      for (const { username } of USERS) found.push(await this.one(username, transaction))
      return found
    })
  }

  async list(batch: number): Promise<ItemValues[]> {
    return (await this.#inBatch(batch)) as ItemValues[]
  }

  listPrepared(batch: number): Promise<unknown> {
    return this.#list.execute({ batch })
  }

  async page(): Promise<unknown> {
    const { count, eq } = this.#operators
    const { items } = this.#tables
    const { batch } = BATCHES.large
    const rows = await this.#inBatch(batch).limit(PAGE_SIZE).offset(0)
    const counting = this.#database.select({ total: count() }).from(items).where(eq(items['batch'], batch))
    const [counted] = (await counting) as { total: number }[]
    return { rows, total: counted?.total }
  }

  async families(): Promise<unknown> {
    const { asc, inArray } = this.#operators
    const { parts } = this.#tables
    const items = (await this.list(BATCHES.small.batch)).map(item => ({ ...item, parts: [] as PartValues[] }))
    const byId = new Map(items.map(item => [item.id, item]))
    const ofThem = inArray(parts['itemId'], [...byId.keys()])
    const rows = (await this.#database.select().from(parts).where(ofThem).orderBy(asc(parts['id']))) as PartValues[]
    for (const part of rows) byId.get(part.itemId)?.parts.push(part)
    return items
  }

  async save(): Promise<unknown> {
    const { users } = this.#tables
    const made = Array.from({ length: MANY }, () => ({ username: newUsername('drizzle many'), active: true }))
    const rows = await this.#database.insert(users).values(made).returning({ id: users['id'] })
    return made.map((user, row) => ({ id: rows[row]?.id, ...user }))
  }

  #byName(database: Database, username: unknown): Select {
    const { users } = this.#tables
    return database.select().from(users).where(this.#operators.eq(users['username'], username)).limit(1)
  }

  #inBatch(batch: unknown): Select {
    const { asc, eq } = this.#operators
    const { items } = this.#tables
    return this.#database.select().from(items).where(eq(items['batch'], batch)).orderBy(asc(items['id']))
  }
}

interface Column {
  primaryKey(): Column
  notNull(): Column
}

type ColumnType =
  'boolean' | 'doublePrecision' | 'integer' | 'jsonb' | 'numeric' | 'serial' | 'text' | 'timestamp' | 'varchar'

type Columns = Readonly<Record<ColumnType, (options?: object | string) => Column>>

function tables(): Readonly<Record<'users' | 'items' | 'parts', Table>> {
  const core = load('drizzle-orm/pg-core') as Columns & {
    readonly pgTable: (name: string, columns: object) => Table
  }
  const { boolean, doublePrecision, integer, jsonb, numeric, pgTable, serial, text, timestamp, varchar } = core
  const moment = (): Column => timestamp({ withTimezone: true, mode: 'date' })
  return {
    users: pgTable(TABLE, { id: serial().primaryKey(), username: varchar().notNull(), active: boolean().notNull() }),
    items: pgTable(ITEMS, {
      id: serial().primaryKey(),
      batch: integer().notNull(),
      name: varchar().notNull(),
      email: varchar().notNull(),
      age: integer().notNull(),
      score: doublePrecision().notNull(),
      active: boolean().notNull(),
      balance: numeric({ precision: 12, scale: 2 }).notNull(),
      created: moment().notNull(),
      changed: moment(),
      tags: jsonb().notNull(),
      note: text(),
    }),
    parts: pgTable(PARTS, {
      id: serial().primaryKey(),
      itemId: integer('itemId').notNull(),
      label: varchar().notNull(),
    }),
  }
}
