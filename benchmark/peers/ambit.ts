import {
  type Application,
  bootstrap,
  CrudRepository,
  type DataSourceSettings,
  Query,
  Repository,
  Service,
  Transactional,
} from 'ambit'
import { newUsername, User, USERS } from '../user'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'
import { sqliteFile } from './sqlite-file'

@Repository(User)
class UserRepository extends CrudRepository<User> {
  @Query({ where: 'username = :username', result: 'one' })
  declare byUsername: (username: string) => Promise<User | null>

  @Query()
  declare findOneByUsername: (username: string) => Promise<User | null>
}

@Service()
class UserService {
  constructor(private readonly users: UserRepository) {}

  @Transactional()
  async threeReads(): Promise<unknown> {
    const found = []
    for (const { username } of USERS) found.push(await this.users.byUsername(username))
    return found
  }

  @Transactional()
  async untouched(): Promise<void> {
    // nothing to do
  }

  @Transactional()
  async insert(): Promise<User> {
    return this.users.insert({ username: newUsername('ambit service'), active: true })
  }

  @Transactional()
  async within(work: () => Promise<void>): Promise<void> {
    await this.users.byUsername('u1')
    await work()
  }

  @Transactional()
  async join(value: number): Promise<number> {
    return value
  }
}

export const ambit: Peer = {
  name: 'ambit',
  engine: 'postgres',
  role: 'member',
  packages: [],
  open: ({ url }) => open({ url, poolSize: POOL_SIZE, applicationName: APPLICATION_NAME, idleTimeoutMs: IDLE_MS }),
}

export const ambitOnSqlite: Peer = {
  name: 'ambit',
  engine: 'sqlite',
  role: 'member',
  packages: [],
  async open({ url, onStatement }): Promise<OpenPeer> {
    const settings = { url: `sqlite:${sqliteFile(url, 'ambit')}`, synchronous: 'NORMAL' as const }
    return open(onStatement ? { ...settings, typeorm: { verbose: onStatement } } : settings)
  },
}

async function open(database: DataSourceSettings): Promise<OpenPeer> {
  const app = await bootstrap({ database, entities: [User], components: [UserRepository, UserService] })
  return { ...parts(app), close: () => app.close() }
}

function parts(app: Application): Omit<OpenPeer, 'close'> {
  const users = app.get(UserRepository)
  const service = app.get(UserService)
  const one = { name: 'Ambit @Query where', run: () => users.byUsername('u1') }
  const insert = { name: 'Ambit insert', run: () => users.insert({ username: newUsername('ambit'), active: true }) }
  return {
    variants: {
      'one-row': [
        one,
        { name: 'Ambit @Query derived', run: () => users.findOneByUsername('u1') },
        { name: 'Ambit findById', run: () => users.findById(1) },
      ],
      'three-reads': [{ name: 'Ambit', run: () => service.threeReads() }],
      untouched: [{ name: 'Ambit', run: () => service.untouched() }],
      insert: [insert, { name: 'Ambit @Transactional, insert', run: () => service.insert() }],
      join: [{ name: 'Ambit', run: () => service.join(1) }],
      'sqlite-one-row': [one],
      'sqlite-insert': [insert],
    },
    within: work => service.within(work),
  }
}
