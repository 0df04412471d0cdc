import {
  type Application,
  bootstrap,
  CrudRepository,
  Interceptor,
  type MethodCall,
  MethodInterceptor,
  type Next,
  PageRequest,
  Repository,
  Sort,
  transactional,
  TRANSACTION_ORDER,
  UseInterceptors,
  where,
} from 'ambit'
import { withRollback } from 'ambit/testing'
import { Column, DataSource, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm'
import { behindOurBack } from '../data-source/postgres/statements'
import { assertIdle, rejection, StatementLog, until } from '../data-source/harness'
import { silentLogger } from '../support/engines'
import { createTestDatabase, type TestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'

// Entities with their relations, found by one call: everything it sends is known at once, and so COMMIT goes with it.

@Entity('crate')
class Crate {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @OneToMany(() => Bottle, bottle => bottle.crate) bottles!: Bottle[]
}

@Entity('bottle')
class Bottle {
  @PrimaryGeneratedColumn() id!: number
  @Column() label!: string
  @ManyToOne(() => Crate, crate => crate.bottles) crate!: Crate
}

@Repository(Bottle)
class Bottles extends CrudRepository<Bottle> {}

@Repository(Crate)
class Crates extends CrudRepository<Crate> {}

/** Between the boundary and the method, where it sends a statement of its own behind the reads. */
@Interceptor({ order: TRANSACTION_ORDER + 1 })
class CountsBehind extends MethodInterceptor {
  counted: unknown

  constructor(private readonly dataSource: DataSource) {
    super()
  }

  override async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    const found = await next()
    this.counted = await this.dataSource.query('SELECT count(*)::int AS n FROM crate')
    return found
  }
}

@Repository(Crate)
@UseInterceptors(CountsBehind)
class WatchedCrates extends CrudRepository<Crate> {}

/** An overridden method may send what it likes behind the reads. */
@Repository(Crate)
class CountingCrates extends CrudRepository<Crate> {
  override async findMany(...args: Parameters<CrudRepository<Crate>['findMany']>): Promise<Crate[]> {
    const found = await super.findMany(...args)
    if (found.length !== (await this.count())) throw new Error('others are there')
    return found
  }
}

const relations = ['bottles'] as const
const full = { relations, sort: Sort.by<Crate>('id') }
const TURN = ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', 'SELECT', 'SELECT', 'COMMIT']

let database: TestDatabase
let proxy: WireProxy
let app: Application
const log = new StatementLog()

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await WireProxy.start(database.url)
  app = await bootstrap({
    database: {
      url: proxy.url,
      schema: 'create',
      poolSize: 1,
      // DISCARD ALL looks like a pooler: 'auto' would prepare nothing from then on.
      prepare: 'named',
      typeorm: { logger: log, poolErrorHandler: () => undefined },
    },
    entities: [Crate, Bottle],
    components: [Crates, Bottles, WatchedCrates, CountingCrates, CountsBehind],
    logger: silentLogger,
  })
  const crates = await app.get(Crates).saveAll([{ name: 'a' }, { name: 'b' }, { name: 'c' }])
  const labels = [['one', 'two'], ['three'], []]
  await app.get(Bottles).saveAll(crates.flatMap((crate, at) => (labels[at] ?? []).map(label => ({ label, crate }))))
  await crated()
})
afterAll(async () => {
  await app.close()
  await proxy.close()
  await database.drop()
})
beforeEach(() => {
  proxy.clear()
  log.clear()
})
afterEach(() => assertIdle(app.get(DataSource)))

const labelsOf = (found: readonly Crate[]): string[][] => found.map(({ bottles }) => bottles.map(({ label }) => label))

async function crated(): Promise<string[][]> {
  return labelsOf(await app.get(Crates).findMany(undefined, full))
}

const ALL = [['one', 'two'], ['three'], []]

describe('M4 entities with their relations are one round trip', () => {
  const named = where<Crate>().eq('name', 'a')
  it.each<[string, (crates: Crates) => Promise<Crate[]>]>([
    ['findMany', crates => crates.findMany(named, full)],
    ['findFirst', async crates => [await crates.findFirst(named, full)].filter(each => each !== null)],
    ['findById', async crates => [await crates.findById(1, { relations })].filter(each => each !== null)],
    ['getById', async crates => [await crates.getById(1, { relations })]],
    ['findAllById', crates => crates.findAllById([1], { relations })],
  ])('by %s', async (_, run) => {
    await run(app.get(Crates))
    log.clear()
    proxy.clear()
    expect(labelsOf(await run(app.get(Crates)))).toEqual([['one', 'two']])
    expect(log.words).toEqual(TURN)
    expect(proxy.roundTrips).toBe(1)
  })

  it.each<[string, (crates: Crates) => Promise<Crate[]>]>([
    ['findOne', async crates => [await crates.findOne(named, { relations })].filter(each => each !== null)],
    ['getOne', async crates => [await crates.getOne(named, { relations })]],
  ])('or two where which owners are found is not certain: by %s', async (_, run) => {
    await run(app.get(Crates))
    log.clear()
    proxy.clear()
    expect(labelsOf(await run(app.get(Crates)))).toEqual([['one', 'two']])
    expect(log.words).toEqual(TURN)
    expect(proxy.roundTrips).toBe(2)
  })

  it('or one where all relations are joined', async () => {
    const load = (): Promise<Bottle | null> =>
      app.get(Bottles).findOne(where<Bottle>().eq('label', 'three'), { relations: ['crate'] })
    await load()
    log.clear()
    proxy.clear()
    expect((await load())?.crate.name).toBe('b')
    expect(log.words).toEqual(['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', 'SELECT', 'COMMIT'])
    expect(proxy.roundTrips).toBe(1)
  })

  it('by findSlice', async () => {
    const load = (): Promise<{ content: readonly Crate[] }> =>
      app.get(Crates).findSlice(undefined, PageRequest.of(0, 2, 'id'), { relations })
    await load()
    proxy.clear()
    expect(labelsOf((await load()).content)).toEqual([['one', 'two'], ['three']])
    expect(proxy.roundTrips).toBe(1)
  })

  it('many at once, which wait for one connection', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, crated))
    expect(found).toEqual(Array.from({ length: 20 }, () => ALL))
    expect(proxy.roundTrips).toBe(20)
  })
})

describe('COMMIT does not go with reads', () => {
  it('that a count may follow', async () => {
    const page = await app.get(Crates).findPage(undefined, PageRequest.of(0, 2, 'id'), { relations })
    expect([page.total, labelsOf(page.content)]).toEqual([3, [['one', 'two'], ['three']]])
    expect(log.words).toEqual([...TURN.slice(0, 3), 'SELECT', 'COMMIT'])
  })

  it('in a transaction of the caller', async () => {
    for (const isolation of ['READ COMMITTED', 'REPEATABLE READ'] as const) {
      log.clear()
      await transactional({ isolation }, async () => {
        expect(await crated()).toEqual(ALL)
        expect(await app.get(Crates).count()).toBe(3)
        await app.get(Crates).update(3, { name: 'c' })
      })
      expect(log.words.slice(-2)).toEqual(['UPDATE', 'COMMIT'])
      expect(log.words.filter(word => word === 'COMMIT')).toHaveLength(1)
    }
  })

  it('in a test that rolls everything back', async () => {
    await withRollback(app, async () => {
      await app.get(Bottles).insert({ label: 'new', crate: await app.get(Crates).getById(3) })
      expect(await crated()).toEqual([['one', 'two'], ['three'], ['new']])
      expect(await crated()).toEqual([['one', 'two'], ['three'], ['new']])
    })
    expect(await crated()).toEqual(ALL)
  })

  it('behind which an interceptor inside the boundary sends a statement', async () => {
    expect(labelsOf(await app.get(WatchedCrates).findMany(undefined, full))).toEqual(ALL)
    expect(app.get(CountsBehind).counted).toEqual([{ n: 3 }])
    expect(log.words).toEqual([...TURN.slice(0, 3), 'SELECT', 'COMMIT'])
  })

  it('of a method that somebody has overridden', async () => {
    expect(labelsOf(await app.get(CountingCrates).findMany(undefined, full))).toEqual(ALL)
    expect(log.words.at(-1)).toBe('COMMIT')
  })
})

describe('reads that go with their COMMIT', () => {
  it('are sent anew where the connection has forgotten them', async () => {
    await crated()
    await behindOurBack(app.get(DataSource), 'DISCARD ALL')
    log.clear()
    expect(await crated()).toEqual(ALL)
    expect(log.words).toEqual([...TURN.slice(0, 3), 'ROLLBACK', ...TURN])
  })

  it('fail with what the database says, and leave no transaction open', async () => {
    await crated()
    await database.query('ALTER TABLE bottle RENAME TO gone')
    try {
      const error = await rejection(crated())
      expect(error['code']).toBe('AMBIT_DATABASE_SQL')
      expect(log.words.at(-1)).toBe('ROLLBACK')
    } finally {
      await database.query('ALTER TABLE gone RENAME TO bottle')
    }
    expect(await crated()).toEqual(ALL)
  })

  it.each<[string, string, string, (crates: Crates) => Promise<unknown>]>([
    ['getById', 'AMBIT_REPOSITORY_NOT_FOUND', 'COMMIT', crates => crates.getById(77, { relations })],
    [
      'findOne',
      'AMBIT_QUERY_RESULT_SIZE',
      'COMMIT',
      crates => crates.findOne(where<Crate>().isNotNull('name'), { relations }),
    ],
    // Nothing was found whose lists would have been asked for: that the first statement was the last was not known.
    [
      'getOne',
      'AMBIT_QUERY_EMPTY_RESULT',
      'ROLLBACK',
      crates => crates.getOne(where<Crate>().eq('name', 'z'), { relations }),
    ],
  ])('are told of by the error of %s as if nothing had been committed', async (_, code, end, run) => {
    expect(await rejection(run(app.get(Crates)))).toMatchObject({ code })
    expect(log.words.at(-1)).toBe(end)
  })

  it.each(['before', 'after'] as const)(
    'fail as lost where the connection dies %s the server has seen them',
    async when => {
      await crated()
      const cut = proxy.cut(when, ({ type }) => type === 'B')
      expect(await rejection(crated())).toMatchObject({
        code:
          when === 'before' ? 'AMBIT_DATA_SOURCE_CONNECTION_LOST' : expect.stringMatching(/CONNECTION_LOST|UNKNOWN/),
      })
      await cut
      await until('the dead connection has left the pool', () => {
        const { master } = app.get(DataSource).driver as unknown as {
          master: { totalCount: number; idleCount: number }
        }
        return master.totalCount === master.idleCount
      })
      expect(await crated()).toEqual(ALL)
    },
  )
})

it('a trace shows the COMMIT that went with the reads', async () => {
  const traced = await bootstrap({
    database: { url: database.url },
    entities: [Crate, Bottle],
    components: [Crates],
    logger: silentLogger,
    trace: { print: false },
  })
  try {
    expect(labelsOf(await traced.get(Crates).findMany(undefined, full))).toEqual(ALL)
    const [trace] = traced.traces
    expect(JSON.stringify(trace)).toMatch(/BEGIN.*SELECT.*SELECT.*COMMIT/)
  } finally {
    await traced.close()
  }
})
