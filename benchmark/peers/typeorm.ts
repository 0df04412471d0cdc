import { DataSource, type Repository } from 'typeorm'
import { newUsername, User, USERS } from '../user'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'

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
        untouched: [{ name: 'TypeORM', run: () => dataSource.transaction(async () => undefined) }],
        insert: [
          { name: 'TypeORM save', run: () => users.save(newUser()) },
          { name: 'TypeORM transaction, insert', run: () => insert(dataSource) },
        ],
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
    entities: [User],
    poolSize: POOL_SIZE,
    extra: { idleTimeoutMillis: IDLE_MS },
  }).initialize()
}

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
