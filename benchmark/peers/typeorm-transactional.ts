import type { DataSource, Repository } from 'typeorm'
import { newUsername, User, USERS } from '../user'
import { load } from './packages'
import type { OpenPeer, Peer } from './peer'
import { openPostgres } from './typeorm'

interface Package {
  readonly StorageDriver: { readonly ASYNC_LOCAL_STORAGE: string }
  initializeTransactionalContext(options: { storageDriver: string }): unknown
  addTransactionalDataSource(input: { name: string; dataSource: DataSource; patch: boolean }): DataSource
  deleteDataSourceByName(name: string): boolean
  readonly Transactional: (options: { connectionName: string }) => MethodDecorator
}

export const typeormTransactional: Peer = {
  name: 'typeorm-transactional',
  engine: 'postgres',
  role: 'loner',
  packages: ['typeorm-transactional'],
  async open({ url }): Promise<OpenPeer> {
    const library = load('typeorm-transactional') as Package
    // The faster of its two drivers.
    library.initializeTransactionalContext({ storageDriver: library.StorageDriver.ASYNC_LOCAL_STORAGE })
    const dataSource = await openPostgres(url)
    library.addTransactionalDataSource({ name: NAME, dataSource, patch: true })
    const users = dataSource.getRepository(User)
    const service = new (serviceClass(library))(users)
    const name = 'typeorm-transactional'
    return {
      variants: {
        'one-row': [{ name, run: () => users.findOneBy({ username: 'u1' }) }],
        'three-reads': [{ name, run: () => service.threeReads() }],
        'three-reads-at-once': [{ name, run: () => service.threeReadsAtOnce() }],
        untouched: [{ name, run: () => service.untouched() }],
        insert: [{ name: `${name}, save`, run: () => service.insert() }],
        join: [{ name, run: () => service.join(1) }],
      },
      within: work => service.within(work),
      close: async () => {
        library.deleteDataSourceByName(NAME)
        await dataSource.destroy()
      },
    }
  },
}

const NAME = 'ambit_bench'

interface Service {
  threeReads(): Promise<unknown>
  threeReadsAtOnce(): Promise<unknown>
  untouched(): Promise<void>
  insert(): Promise<User>
  within(work: () => Promise<void>): Promise<void>
  join(value: number): Promise<number>
}

/** Made with the package at hand: its decorator cannot be imported. */
function serviceClass({ Transactional }: Package): new (users: Repository<User>) => Service {
  const transactional = Transactional({ connectionName: NAME })

  class Users {
    constructor(readonly users: Repository<User>) {}

    @transactional
    async threeReads(): Promise<unknown> {
      const found = []
      for (const { username } of USERS) found.push(await this.users.findOneBy({ username }))
      return found
    }

    @transactional
    async threeReadsAtOnce(): Promise<unknown> {
      return Promise.all(USERS.map(({ username }) => this.users.findOneBy({ username })))
    }

    @transactional
    async untouched(): Promise<void> {
      // nothing to do
    }

    @transactional
    async insert(): Promise<User> {
      return this.users.save({ username: newUsername(NAME), active: true })
    }

    @transactional
    async within(work: () => Promise<void>): Promise<void> {
      await this.users.findOneBy({ username: 'u1' })
      await work()
    }

    @transactional
    async join(value: number): Promise<number> {
      return value
    }
  }
  return Users
}
