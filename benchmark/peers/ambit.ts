import {
  type Application,
  bootstrap,
  CrudRepository,
  type DataSourceSettings,
  Query,
  Repository,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import { MANY, newUsername, User, USERS } from '../user'
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
class AuditService {
  constructor(private readonly users: UserRepository) {}

  @Transactional({ propagation: 'REQUIRES_NEW' })
  async read(): Promise<User | null> {
    return this.users.byUsername('u1')
  }
}

@Service()
class UserService {
  constructor(
    private readonly users: UserRepository,
    private readonly audit: AuditService,
  ) {}

  @Transactional()
  async threeReads(): Promise<unknown> {
    const found = []
    for (const { username } of USERS) found.push(await this.users.byUsername(username))
    return found
  }

  @Transactional()
  async threeReadsAtOnce(): Promise<unknown> {
    return Promise.all(USERS.map(({ username }) => this.users.byUsername(username)))
  }

  @Transactional()
  async untouched(): Promise<void> {
    // nothing to do
  }

  @Transactional()
  async insert(): Promise<User> {
    return this.users.insert({ username: newUsername('ambit service'), active: true })
  }

  /** Holds its connection when the inner transaction asks for another one. */
  @Transactional()
  async requiresNew(): Promise<unknown> {
    const outer = await this.users.byUsername('u1')
    return [outer, await this.audit.read()]
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
  const app = await bootstrap({ database, entities: [User], components: [UserRepository, AuditService, UserService] })
  return { ...parts(app), close: () => app.close() }
}

function parts(app: Application): Omit<OpenPeer, 'close'> {
  const users = app.get(UserRepository)
  const service = app.get(UserService)
  const one = { name: 'Ambit @Query where', run: () => users.byUsername('u1') }
  const insert = { name: 'Ambit insert', run: () => users.insert({ username: newUsername('ambit'), active: true }) }
  const inService = { name: 'Ambit @Transactional, insert', run: () => service.insert() }
  return {
    variants: {
      'one-row': [
        one,
        { name: 'Ambit @Query derived', run: () => users.findOneByUsername('u1') },
        { name: 'Ambit findById', run: () => users.findById(1) },
      ],
      'three-reads': [{ name: 'Ambit', run: () => service.threeReads() }],
      'three-reads-at-once': [{ name: 'Ambit', run: () => service.threeReadsAtOnce() }],
      'requires-new-64': [{ name: 'Ambit', run: () => service.requiresNew() }],
      untouched: [{ name: 'Ambit', run: () => service.untouched() }],
      insert: [insert, inService],
      join: [{ name: 'Ambit', run: () => service.join(1) }],
      'sqlite-one-row': [one],
      'sqlite-insert': [insert],
      'sqlite-insert-1000': [{ name: 'Ambit transactional, insert', run: () => insertMany(users) }],
      'sqlite-insert-64': [insert, inService],
    },
    within: work => service.within(work),
  }
}

function insertMany(users: UserRepository): Promise<readonly User[]> {
  return transactional({}, async () => {
    const inserted = []
    for (let row = 0; row < MANY; row += 1)
      inserted.push(await users.insert({ username: newUsername('ambit'), active: true }))
    return inserted
  })
}
