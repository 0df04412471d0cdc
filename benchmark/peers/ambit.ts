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
import { Item, Part } from '../item'
import type { Readings } from '../measured'
import { CALLERS, FETCHED, MANY, newUsername, User, USERS } from '../user'
import { ItemRepository, itemsByAmbit } from './ambit-items'
import { Exhaustion } from './exhaustion'
import { type Actor, tryIsolation } from './isolation'
import { APPLICATION_NAME, IDLE_MS, type OpenPeer, type Peer, POOL_SIZE } from './peer'
import { sqliteFile } from './sqlite-file'
import { readAll, readBatches } from './streams'

@Repository(User)
class UserRepository extends CrudRepository<User> {
  @Query({ where: 'username = :username', result: 'one' })
  declare byUsername: (username: string) => Promise<User | null>

  @Query()
  declare findOneByUsername: (username: string) => Promise<User | null>

  @Query.sql("SELECT current_setting('transaction_isolation')", { result: 'scalar' })
  declare isolation: () => Promise<string>
}

@Service()
class AuditService {
  constructor(private readonly users: UserRepository) {}

  @Transactional({ propagation: 'REQUIRES_NEW' })
  async read(): Promise<User | null> {
    return this.users.byUsername('u1')
  }
}

/** Asks for up to three connections, each while it holds the ones before. */
@Service()
class NestingService {
  constructor(private readonly users: UserRepository) {}

  @Transactional()
  async first(exhaustion: Exhaustion): Promise<void> {
    await this.users.byUsername('u1')
    await exhaustion.full()
    await this.second(exhaustion)
  }

  @Transactional({ propagation: 'REQUIRES_NEW' })
  async second(exhaustion: Exhaustion): Promise<void> {
    await this.users.byUsername('u1')
    if (exhaustion.isFirst()) await exhaustion.refused(() => this.third())
  }

  @Transactional({ propagation: 'REQUIRES_NEW' })
  async third(): Promise<void> {
    await this.users.byUsername('u1')
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
    return oneByOne(this.users)
  }

  @Transactional()
  async threeReadsAtOnce(): Promise<unknown> {
    return Promise.all(USERS.map(({ username }) => this.users.byUsername(username)))
  }

  @Transactional({ readOnly: true })
  async threeReadsOnly(): Promise<unknown> {
    return oneByOne(this.users)
  }

  @Transactional({ isolation: 'SERIALIZABLE' })
  async serializable(): Promise<unknown> {
    return [await this.users.byUsername('u1'), await this.users.isolation()]
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

async function oneByOne(users: UserRepository): Promise<unknown> {
  const found = []
  for (const { username } of USERS) found.push(await users.byUsername(username))
  return found
}

export const ambit: Peer = {
  name: 'ambit',
  engine: 'postgres',
  role: 'member',
  packages: [],
  async open({ url }): Promise<OpenPeer> {
    const settings = { url, poolSize: POOL_SIZE, applicationName: APPLICATION_NAME, idleTimeoutMs: IDLE_MS }
    const app = await start(settings, { entities: [Item, Part], components: [ItemRepository] })
    const { variants, ...rest } = opened(app)
    return { ...rest, variants: { ...variants, ...itemsByAmbit(app) } }
  },
}

export const ambitOnSqlite: Peer = {
  name: 'ambit',
  engine: 'sqlite',
  role: 'member',
  packages: [],
  async open({ url, onStatement }): Promise<OpenPeer> {
    const settings = { url: `sqlite:${sqliteFile(url, 'ambit')}`, synchronous: 'NORMAL' as const }
    return opened(await start(onStatement ? { ...settings, typeorm: { verbose: onStatement } } : settings))
  },
}

interface More {
  readonly entities: readonly (new () => object)[]
  readonly components: readonly (new (...needs: never[]) => object)[]
}

function start(database: DataSourceSettings, more: More = { entities: [], components: [] }): Promise<Application> {
  const entities = [User, ...more.entities]
  return bootstrap({ database, entities, components: [...COMPONENTS, ...more.components] })
}

function opened(app: Application): OpenPeer {
  return { ...parts(app), close: () => app.close() }
}

const COMPONENTS = [UserRepository, AuditService, NestingService, UserService]

function parts(app: Application): Omit<OpenPeer, 'close'> {
  const users = app.get(UserRepository)
  const service = app.get(UserService)
  const nesting = app.get(NestingService)
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
      'three-reads-read-only': [{ name: 'Ambit', run: () => service.threeReadsOnly() }],
      serializable: [{ name: 'Ambit', run: () => service.serializable() }],
      'requires-new-64': [{ name: 'Ambit', run: () => service.requiresNew() }],
      exhaustion: [{ name: 'Ambit', run: () => exhaust(nesting) }],
      untouched: [{ name: 'Ambit', run: () => service.untouched() }],
      insert: [insert, inService],
      stream: [
        {
          name: 'Ambit stream, batches',
          run: () => readBatches(users.stream(undefined, { fetchSize: FETCHED }).batches()),
        },
        { name: 'Ambit stream', run: () => readAll(users.stream(undefined, { fetchSize: FETCHED }), ({ id }) => id) },
      ],
      join: [{ name: 'Ambit', run: () => service.join(1) }],
      'save-1000': [{ name: 'Ambit saveAll', run: () => users.saveAll(newUsers()) }],
      'sqlite-one-row': [one],
      'sqlite-insert': [insert],
      'sqlite-insert-1000': [{ name: 'Ambit transactional, insert', run: () => insertMany(users) }],
      'sqlite-insert-64': [insert, inService],
      'sqlite-isolation-64': [{ name: 'Ambit', run: () => tryIsolation(actorOf(users), CALLERS, 'ambit') }],
    },
    within: work => service.within(work),
  }
}

function exhaust(nesting: NestingService): Promise<Readings> {
  const exhaustion = new Exhaustion()
  return exhaustion.run(CALLERS, () => nesting.first(exhaustion))
}

function actorOf(users: UserRepository): Actor {
  const insert = (username: string): Promise<User> => users.insert({ username, active: true })
  return {
    transaction: work => transactional({}, () => work(insert)),
    exists: async username => (await users.byUsername(username)) !== null,
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

function newUsers(): { username: string; active: boolean }[] {
  return Array.from({ length: MANY }, () => ({ username: newUsername('ambit many'), active: true }))
}
