import { DataSource, type Repository } from 'typeorm'
import { Item, Part } from '../item'
import { newUsername, User, USERS } from '../user'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'
import { isInstalled, load } from './packages'
import { type Found, readAll } from './streams'
import { itemsByTypeorm } from './typeorm-items'

/** TypeORM alone. */
export const typeorm: Peer = {
  name: 'typeorm',
  engine: 'postgres',
  role: 'member',
  packages: [],
  async open({ url }): Promise<OpenPeer> {
    const dataSource = await openPostgres(url)
    const users = dataSource.getRepository(User)
    return {
      variants: {
        'one-row': [
          { name: 'TypeORM findOneBy', run: () => users.findOneBy({ username: 'u1' }) },
          { name: 'TypeORM query builder', run: () => built(users) },
        ],
        'three-reads': [{ name: 'TypeORM', run: () => threeReads(dataSource) }],
        'three-reads-at-once': [{ name: 'TypeORM', run: () => threeReadsAtOnce(dataSource) }],
        serializable: [{ name: 'TypeORM', run: () => serializable(dataSource) }],
        untouched: [{ name: 'TypeORM', run: () => dataSource.transaction(async () => undefined) }],
        insert: [
          { name: 'TypeORM save', run: () => users.save(newUser()) },
          { name: 'TypeORM transaction, insert', run: () => insert(dataSource) },
        ],
        ...itemsByTypeorm(dataSource),
        stream: isInstalled(STREAMS) ? [{ name: 'TypeORM stream', run: () => streamed(dataSource, users) }] : [],
      },
      close: () => dataSource.destroy(),
    }
  },
}

/** A data source of its own for a peer on TypeORM. */
export function openPostgres(url: string): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: APPLICATION_NAME,
    entities: [User, Item, Part],
    poolSize: POOL_SIZE,
    extra: { idleTimeoutMillis: IDLE_MS },
  }).initialize()
}

/** Raw rows: TypeORM makes no entities of a stream's. It looks for the package beside itself, where it is not. */
async function streamed({ driver }: DataSource, users: Repository<User>): Promise<Found> {
  Object.assign(driver, { loadStreamDependency: () => load(STREAMS) })
  const rows: AsyncIterable<unknown> = await users.createQueryBuilder('user').stream()
  return readAll(rows as AsyncIterable<{ readonly user_id: number }>, row => row.user_id)
}

const STREAMS = 'pg-query-stream'

function built(users: Repository<User>): Promise<User | null> {
  return users.createQueryBuilder('user').where('user.username = :username', { username: 'u1' }).getOne()
}

function threeReads(dataSource: DataSource): Promise<unknown> {
  return dataSource.transaction(async manager => {
    const found = []
    for (const { username } of USERS) found.push(await manager.findOneBy(User, { username }))
    return found
  })
}

function threeReadsAtOnce(dataSource: DataSource): Promise<unknown> {
  return dataSource.transaction(manager =>
    Promise.all(USERS.map(({ username }) => manager.findOneBy(User, { username }))),
  )
}

function serializable(dataSource: DataSource): Promise<unknown> {
  return dataSource.transaction('SERIALIZABLE', async manager => {
    const user = await manager.findOneBy(User, { username: 'u1' })
    const rows = await manager.query<readonly { readonly isolation: string }[]>(ISOLATION)
    return [user, rows[0]?.isolation]
  })
}

const ISOLATION = `SELECT current_setting('transaction_isolation') AS isolation`

function insert(dataSource: DataSource): Promise<User> {
  return dataSource.transaction(async manager => {
    const user = manager.create(User, newUser())
    await manager.insert(User, user)
    return user
  })
}

function newUser(): { username: string; active: boolean } {
  return { username: newUsername('typeorm'), active: true }
}
