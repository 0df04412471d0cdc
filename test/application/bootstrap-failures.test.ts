import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Component,
  CrudRepository,
  EventPublisher,
  PostConstruct,
  PreDestroy,
  publish,
  Query,
  Repository,
  Service,
  transactional,
} from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, silentLogger } from '../support/engines'
import { until } from '../support/until'

@Entity('thing')
class Thing {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

@Repository(Thing)
class ThingRepository extends CrudRepository<Thing> {}

@Repository(Thing)
class WrongQuery extends CrudRepository<Thing> {
  @Query.unchecked({ where: 'nme = 1' })
  declare wrong: () => Promise<Thing[]>
}

class Missing {}

@Service()
class Unsatisfied {
  constructor(readonly missing: Missing) {}
}

@Service()
class Explodes {
  constructor(readonly things: ThingRepository) {
    throw new Error('no construction')
  }
}

@Service()
class FailsLate {
  constructor(readonly things: ThingRepository) {}

  @PostConstruct()
  async start(): Promise<void> {
    await this.things.insert({ name: 'written before the failure' })
    throw new Error('no start')
  }
}

const events: string[] = []

@Component()
class Early {
  @PreDestroy()
  stop(): void {
    events.push('Early stopped')
  }
}

@Component()
class BadSeed {
  constructor(readonly early: Early) {}

  initializeDatabase(): never {
    throw new Error('no seed')
  }
}

describe.each(ENGINES)('a start that fails leaves nothing behind, on $name', engine => {
  const db = engineDatabase(engine)
  beforeEach(() => {
    events.length = 0
    db.log.clear()
  })

  const fails = async (options: BootstrapOptions): Promise<Error & { code: string }> => {
    const settings = { entities: [Thing], logger: silentLogger, database: db.settings }
    return bootstrap({ ...settings, ...options }).then(
      async app => app.close().then(() => Promise.reject(new Error('the application started'))),
      (error: unknown) => error as Error & { code: string },
    )
  }
  const nothingIsLeft = async (): Promise<void> => {
    await expect(transactional({}, () => 1)).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
    // The server takes a session off its list a moment after the client has ended it.
    if (engine.name === 'PostgreSQL')
      await until('the server has no other session', async () => (await db.query<{ n: number }>(OTHERS))[0]?.n === 0)
    // A leaked writer would hold its lock: the same file is usable at once.
    const app = await bootstrap({
      database: db.settings,
      entities: [Thing],
      components: [ThingRepository],
      logger: silentLogger,
    })
    await app.get(ThingRepository).insert({ name: 'x' })
    await app.close()
  }

  it.each<[string, BootstrapOptions, string]>([
    ['an unknown option', { databse: {} } as BootstrapOptions, 'AMBIT_BOOTSTRAP_OPTIONS'],
    ['a duration that is none', { waitTimeoutMs: -1 }, 'AMBIT_BOOTSTRAP_OPTIONS'],
    ['two default data sources', { dataSources: { default: {} } }, 'AMBIT_BOOTSTRAP_OPTIONS'],
    ['settings of a data source', { dataSources: { other: { url: 'mysql://x' } } }, 'AMBIT_DATA_SOURCE_UNSUPPORTED'],
    [
      'a setting that is unknown',
      { dataSources: { other: { uri: 'x' } as object } },
      'AMBIT_DATA_SOURCE_INVALID_SETTINGS',
    ],
    ['a folder to scan that is not there', { scan: '/nowhere/at/all' }, 'AMBIT_DI_SCAN'],
    ['a query', { components: [WrongQuery] }, 'AMBIT_BOOTSTRAP_INVALID'],
    ['the graph of components', { components: [Unsatisfied] }, 'AMBIT_BOOTSTRAP_INVALID'],
    ['a class that is no component', { components: [Missing] }, 'AMBIT_BOOTSTRAP_INVALID'],
    ['a constructor', { components: [ThingRepository, Explodes] }, 'AMBIT_DI_CREATION'],
    ['a hook after construction', { components: [ThingRepository, FailsLate] }, 'AMBIT_DI_CREATION'],
    ['a database initializer', { components: [Early, BadSeed] }, 'AMBIT_BOOTSTRAP_INITIALIZER'],
  ])('step: %s', async (_, options, code) => {
    expect((await fails(options)).code).toMatch(new RegExp(`^${code}`))
    await nothingIsLeft()
  })

  it('step: the schema', async () => {
    const fresh = await engine.create()
    const failure = await fails({ database: { ...fresh.settings, schema: 'validate' } })
    expect(failure).toMatchObject({
      code: 'AMBIT_DATA_SOURCE_SCHEMA',
      message: expect.stringContaining('CREATE TABLE'),
    })
    await nothingIsLeft()
    await fresh.drop()
  })

  it('components that were built are closed again, the cause is kept, and errors of closing are only logged', async () => {
    const failure = await fails({ components: [Early, BadSeed] })
    expect(failure.cause).toEqual(new Error('no seed'))
    expect(events).toEqual(['Early stopped'])
  })

  it('a component that fails keeps its own transaction: what it committed stays', async () => {
    await db.query('DELETE FROM thing')
    const failure = await fails({ components: [ThingRepository, FailsLate] })
    expect(failure.message).toContain('FailsLate')
    expect(await db.query("SELECT name FROM thing WHERE name LIKE 'written%'")).toHaveLength(1)
  })

  it('queries and components are checked before any SQL', async () => {
    for (const components of [[WrongQuery], [Unsatisfied]]) {
      await fails({ components })
      expect(db.log.texts).toEqual([])
    }
  })
})

it.each(['waitTimeoutMs', 'hookTimeoutMs', 'closeTimeoutMs'])(
  '%s is refused where no timer can wait so long',
  async name => {
    const start = bootstrap({ [name]: 3_000_000_000, logger: silentLogger })
    await expect(start).rejects.toThrow(`${name} is no number of milliseconds`)
    await expect(start).rejects.toThrow('at most 2147483647.')
    await bootstrap({ [name]: 2_147_483_647, logger: silentLogger }).then(app => app.close())
  },
)

describe('the event publisher that a test puts in place of the real one', () => {
  const events: string[] = []
  @Component()
  class Noting {
    @PreDestroy()
    stop(): void {
      events.push('Noting stopped')
    }
  }
  const startWith = (useFactory: () => Promise<EventPublisher>): Promise<Application> =>
    bootstrap({
      components: [Noting],
      overrides: [[EventPublisher, { lazy: true, useFactory }]],
      logger: silentLogger,
    })
  beforeEach(() => {
    events.length = 0
  })

  it('may have to be waited for', async () => {
    const fake = { publish: async () => void events.push('published') } as never
    const app = await startWith(() => Promise.resolve(fake))
    await app.run(() => publish(new Missing()))
    await app.close()
    expect(events).toEqual(['published', 'Noting stopped'])
  })

  it('leaves nothing behind when it cannot be had', async () => {
    const failure = startWith(() => Promise.reject(new Error('no publisher')))
    await expect(failure).rejects.toMatchObject({ code: 'AMBIT_DI_CREATION' })
    expect(events).toEqual(['Noting stopped'])
  })
})

const OTHERS = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`
