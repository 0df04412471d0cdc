import type { DataSource, EntityManager } from 'typeorm'
import { newUsername, User, USERS } from '../user'
import { load } from './packages'
import type { OpenPeer, Peer } from './peer'
import { openPostgres } from './typeorm'

/** The current manager: of the transaction, or outside of one. */
interface TransactionHost {
  readonly tx: EntityManager
}

interface Packages {
  readonly Module: (options: object) => ClassDecorator
  readonly ClsModule: { forRoot(options: object): object }
  readonly ClsPluginTransactional: new (options: object) => object
  readonly TransactionalAdapterTypeOrm: new (options: object) => object
  readonly NestFactory: {
    createApplicationContext(
      module: object,
      options: object,
    ): Promise<{ get(token: unknown): TransactionHost; close(): Promise<void> }>
  }
  readonly Transactional: (this: void) => MethodDecorator
  readonly TransactionHost: unknown
}

const PACKAGES = [
  '@nestjs/common',
  '@nestjs/core',
  'nestjs-cls',
  '@nestjs-cls/transactional',
  '@nestjs-cls/transactional-adapter-typeorm',
]

export const nestjsCls: Peer = {
  name: 'nestjs-cls',
  engine: 'postgres',
  role: 'loner',
  packages: [...PACKAGES, 'rxjs'],
  async open({ url }): Promise<OpenPeer> {
    const library = Object.assign({}, ...PACKAGES.map(load)) as Packages
    const dataSource = await openPostgres(url)
    const app = await library.NestFactory.createApplicationContext(moduleOf(library, dataSource), { logger: false })
    const host = app.get(library.TransactionHost)
    const service = new (serviceClass(library))(host)
    const name = 'nestjs-cls'
    return {
      variants: {
        'one-row': [{ name, run: () => host.tx.findOneBy(User, { username: 'u1' }) }],
        'three-reads': [{ name, run: () => service.threeReads() }],
        'three-reads-at-once': [{ name, run: () => service.threeReadsAtOnce() }],
        untouched: [{ name, run: () => service.untouched() }],
        insert: [{ name: `${name}, save`, run: () => service.insert() }],
        join: [{ name, run: () => service.join(1) }],
      },
      within: work => service.within(work),
      close: async () => {
        await app.close()
        await dataSource.destroy()
      },
    }
  },
}

const DATA_SOURCE = 'data source'

function moduleOf(library: Packages, dataSource: DataSource): object {
  const provided = { provide: DATA_SOURCE, useValue: dataSource }
  @library.Module({ providers: [provided], exports: [DATA_SOURCE] })
  class DatabaseModule {}
  const adapter = new library.TransactionalAdapterTypeOrm({ dataSourceToken: DATA_SOURCE })
  const plugins = [new library.ClsPluginTransactional({ imports: [DatabaseModule], adapter })]
  @library.Module({ imports: [library.ClsModule.forRoot({ plugins })] })
  class AppModule {}
  return AppModule
}

interface Service {
  threeReads(): Promise<unknown>
  threeReadsAtOnce(): Promise<unknown>
  untouched(): Promise<void>
  insert(): Promise<User>
  within(work: () => Promise<void>): Promise<void>
  join(value: number): Promise<number>
}

/** Made with the package at hand: its decorator cannot be imported. */
function serviceClass({ Transactional }: Packages): new (host: TransactionHost) => Service {
  class Users {
    constructor(readonly host: TransactionHost) {}

    @Transactional()
    async threeReads(): Promise<unknown> {
      const found = []
      for (const { username } of USERS) found.push(await this.host.tx.findOneBy(User, { username }))
      return found
    }

    @Transactional()
    async threeReadsAtOnce(): Promise<unknown> {
      return Promise.all(USERS.map(({ username }) => this.host.tx.findOneBy(User, { username })))
    }

    @Transactional()
    async untouched(): Promise<void> {
      // nothing to do
    }

    @Transactional()
    async insert(): Promise<User> {
      return this.host.tx.save(User, { username: newUsername('nestjs-cls'), active: true })
    }

    @Transactional()
    async within(work: () => Promise<void>): Promise<void> {
      await this.host.tx.findOneBy(User, { username: 'u1' })
      await work()
    }

    @Transactional()
    async join(value: number): Promise<number> {
      return value
    }
  }
  return Users
}
