import { BATCHES, ITEMS, PAGE_SIZE } from '../item'
import { TABLE, USERS } from '../user'
import { load } from './packages'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'

/** What is used of it: the sources must compile where it is not installed. */
interface Package {
  readonly MikroORM: { init(options: object): Promise<{ readonly em: Manager; close(force: boolean): Promise<void> }> }
  readonly EntitySchema: new (definition: object) => Schema
}

type Schema = object

interface Manager {
  fork(): Manager
  findOne(schema: Schema, where: object): Promise<unknown>
  find(schema: Schema, where: object, options: object): Promise<unknown[]>
  findAndCount(schema: Schema, where: object, options: object): Promise<[unknown[], number]>
  transactional<R>(work: (manager: Manager) => Promise<R>): Promise<R>
}

/** An ORM with an identity map; each call works in a fork of its own, as each request does. */
export const mikroOrm: Peer = {
  name: 'mikro-orm',
  engine: 'postgres',
  role: 'member',
  packages: ['@mikro-orm/core', '@mikro-orm/postgresql'],
  async open({ url }): Promise<OpenPeer> {
    const { MikroORM, EntitySchema } = load('@mikro-orm/postgresql') as Package
    const user = new EntitySchema(USER)
    const item = new EntitySchema(ITEM)
    const orm = await MikroORM.init({
      clientUrl: url,
      entities: [user, item],
      pool: { min: 0, max: POOL_SIZE, idleTimeoutMillis: IDLE_MS },
      driverOptions: { application_name: APPLICATION_NAME },
    })
    const name = 'MikroORM'
    const fork = (): Manager => orm.em.fork()
    const one = { name, run: () => fork().findOne(user, { username: 'u1' }) }
    const list = (batch: number): Promise<unknown> => fork().find(item, { batch }, { orderBy: { id: 'asc' } })
    return {
      variants: {
        'one-row': [one],
        'three-reads': [{ name, run: () => fork().transactional(manager => threeReads(manager, user)) }],
        'list-100': [{ name, run: () => list(BATCHES.small.batch) }],
        'list-1000': [{ name, run: () => list(BATCHES.large.batch) }],
        page: [{ name, run: () => page(fork(), item) }],
      },
      close: () => orm.close(true),
    }
  },
}

async function threeReads(manager: Manager, user: Schema): Promise<unknown> {
  const found = []
  for (const { username } of USERS) found.push(await manager.findOne(user, { username }))
  return found
}

async function page(manager: Manager, item: Schema): Promise<unknown> {
  const options = { limit: PAGE_SIZE, offset: 0, orderBy: { id: 'asc' } }
  const [rows, total] = await manager.findAndCount(item, { batch: BATCHES.large.batch }, options)
  return { rows, total }
}

const ID = { type: 'number', primary: true, autoincrement: true }

const USER = {
  name: 'User',
  tableName: TABLE,
  properties: { id: ID, username: { type: 'string' }, active: { type: 'boolean' } },
}

const ITEM = {
  name: 'Item',
  tableName: ITEMS,
  properties: {
    id: ID,
    batch: { type: 'integer' },
    name: { type: 'string' },
    email: { type: 'string' },
    age: { type: 'integer' },
    score: { type: 'double' },
    active: { type: 'boolean' },
    balance: { type: 'decimal', precision: 12, scale: 2 },
    created: { type: 'datetime' },
    changed: { type: 'datetime', nullable: true },
    tags: { type: 'json' },
    note: { type: 'text', nullable: true },
  },
}
