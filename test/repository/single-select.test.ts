import {
  type Application,
  bootstrap,
  CrudRepository,
  type ExecutionEvent,
  PageRequest,
  Query,
  Repository,
  transactional,
} from 'ambit'
import {
  Column,
  DataSource,
  Entity,
  type EntitySubscriberInterface,
  JoinColumn,
  type LoadEvent,
  ManyToOne,
  PrimaryGeneratedColumn,
} from 'typeorm'
import { ENGINES, engineDatabase, expectClean, runningApplication, silentLogger } from '../support/engines'
import { createTestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'

// A select that the framework has made, and that is all a call does, is a transaction by itself: BEGIN and COMMIT around it
// would be told by nobody, and cost a round trip.

@Entity('shelf')
class Shelf {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

@Entity('book')
class Book {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  title!: string

  @ManyToOne(() => Shelf, { eager: true, nullable: true })
  @JoinColumn()
  shelf!: Shelf | null
}

@Repository(Shelf)
class Shelves extends CrudRepository<Shelf> {
  @Query({ where: 'name = :name', result: 'one' })
  declare byName: (name: string) => Promise<Shelf | null>

  @Query()
  declare findByNameOrderById: (name: string) => Promise<Shelf[]>

  @Query()
  declare countByName: (name: string) => Promise<number>

  @Query()
  declare existsByName: (name: string) => Promise<boolean>

  @Query.sql('SELECT name FROM shelf WHERE name = :name')
  declare raw: (name: string) => Promise<{ name: string }[]>

  @Query()
  declare deleteByName: (name: string) => Promise<number>
}

@Repository(Book)
class Books extends CrudRepository<Book> {}

/** Reads more whenever a shelf is loaded. */
class Curious implements EntitySubscriberInterface<Shelf> {
  readonly counts: unknown[] = []
  listenTo(): typeof Shelf {
    return Shelf
  }
  async afterLoad(_shelf: Shelf, event?: LoadEvent<Shelf>): Promise<void> {
    this.counts.push(await event?.manager.count(Book))
  }
}

const options = { entities: [Shelf, Book], components: [Shelves, Books] }

describe.each(ENGINES)('one select alone, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => options)
  const shelves = (): Shelves => running.app.get(Shelves)

  let shelf: Shelf
  beforeEach(async () => {
    shelf = await shelves().insert({ name: 'a' })
    db.log.clear()
  })

  it.each<[string, (shelf: Shelf) => Promise<unknown>, string]>([
    ['findById', ({ id }) => shelves().findById(id), 'SELECT shelf'],
    ['getById', ({ id }) => shelves().getById(id), 'SELECT shelf'],
    ['findAll', () => shelves().findAll(), 'SELECT shelf'],
    ['findAllById', ({ id }) => shelves().findAllById([id, id + 1]), 'SELECT shelf'],
    ['exists', ({ id }) => shelves().exists(id), 'SELECT shelf'],
    ['count', () => shelves().count(), 'COUNT shelf'],
    ['a where query', () => shelves().byName('a'), 'SELECT shelf'],
    ['a derived query', () => shelves().findByNameOrderById('a'), 'SELECT shelf'],
    ['a derived count', () => shelves().countByName('a'), 'COUNT shelf'],
    ['a derived exists', () => shelves().existsByName('a'), 'SELECT shelf'],
  ])('%s sends its select and nothing else', async (_name, read, command) => {
    const alone = await read(shelf)
    expect(db.log.commands).toEqual([command])
    db.log.clear()
    expect(await transactional({}, () => read(shelf))).toEqual(alone)
    expect(db.log.commands).toEqual(['BEGIN', command, 'COMMIT'])
  })

  it('keeps BEGIN for raw SQL, writes, pages in two statements and eager relations', async () => {
    await shelves().raw('a')
    await shelves().deleteByName('a')
    await shelves().findAll(PageRequest.of(0, 10))
    await running.app.get(Books).findAll()
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(engine.oneWriter ? 4 : 3)
    expect(db.log.commands.filter(command => command === 'COMMIT')).toHaveLength(engine.oneWriter ? 4 : 3)
  })

  it('that brings a second statement has it, and all behind it, in a transaction', async () => {
    const curious = new Curious()
    const { subscribers } = running.app.get(DataSource)
    subscribers.push(curious)
    try {
      expect(await shelves().byName('a')).toMatchObject({ name: 'a' })
    } finally {
      subscribers.splice(subscribers.indexOf(curious), 1)
    }
    expect(curious.counts).toEqual([0])
    expect(db.log.commands).toEqual(['SELECT shelf', 'BEGIN', 'COUNT book', 'COMMIT'])
  })

  it('is begun as ever where somebody listens to transactions', async () => {
    const told: string[] = []
    const { subscribers } = running.app.get(DataSource)
    const listener: EntitySubscriberInterface = {
      beforeTransactionStart: () => void told.push('start'),
      afterTransactionCommit: () => void told.push('commit'),
    }
    subscribers.push(listener)
    try {
      await shelves().byName('a')
    } finally {
      subscribers.splice(subscribers.indexOf(listener), 1)
    }
    expect(told).toEqual(['start', 'commit'])
  })

  it('that the database refuses is an error of ours, and gives its connection back', async () => {
    await db.query('ALTER TABLE shelf RENAME TO gone')
    try {
      await expect(shelves().byName('a')).rejects.toMatchObject({ code: expect.stringMatching(/^AMBIT_DATABASE_/) })
      await expectClean(db, running.app)
    } finally {
      await db.query('ALTER TABLE gone RENAME TO shelf')
    }
    expect(await shelves().byName('a')).toMatchObject({ name: 'a' })
  })

  it('many at once share the pool, and leave nothing behind', async () => {
    const found = await Promise.all(Array.from({ length: 100 }, () => shelves().byName('a')))
    expect(found.every(shelf => shelf?.name === 'a')).toBe(true)
  })

  it('beside an open transaction sees what is committed only', async () => {
    await transactional({}, async () => {
      await shelves().insert({ name: 'b' })
      const outside = await transactional({ propagation: 'NOT_SUPPORTED' }, () => shelves().countByName('b'))
      expect(outside).toBe(0)
      expect(await shelves().countByName('b')).toBe(1)
    })
  })
})

describe('one select alone, on the wire', () => {
  const overTheWire = async (
    run: (shelves: Shelves, proxy: WireProxy, app: Application) => Promise<void>,
  ): Promise<void> => {
    const database = await createTestDatabase()
    const proxy = await WireProxy.start(database.url)
    const app = await bootstrap({
      ...options,
      logger: silentLogger,
      database: { url: proxy.url, schema: 'create', poolSize: 1 },
    })
    try {
      await app.get(Shelves).insert({ name: 'a' })
      proxy.clear()
      await run(app.get(Shelves), proxy, app)
    } finally {
      await app.close()
      await proxy.close()
      await database.drop()
    }
  }

  it('is one round trip, and so is a page with its total', () =>
    overTheWire(async (shelves, proxy) => {
      await shelves.byName('a')
      expect(proxy.roundTrips).toBe(1)
      proxy.clear()
      await shelves.findAll(PageRequest.of(0, 5))
      expect(proxy.roundTrips).toBe(1)
    }))

  it.each(['before', 'after'] as const)(
    'on a pool of one: a connection lost %s its answer is an error, and the next call has another',
    when =>
      overTheWire(async (shelves, proxy, app) => {
        const cut = proxy.cut(when, ({ text }) => text.startsWith('SELECT'))
        const results = await Promise.allSettled([shelves.byName('a'), shelves.byName('a'), shelves.count()])
        await cut
        // They share the round trip, and so its end.
        const lost = results.flatMap(result => (result.status === 'rejected' ? [result.reason as Error] : []))
        expect(lost.length).toBeGreaterThan(0)
        for (const error of lost) {
          expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_CONNECTION_LOST' })
          expect((error.cause as Error).message).toMatch(/Connection terminated unexpectedly/)
        }
        expect(await shelves.byName('a')).toMatchObject({ name: 'a' })
        const { master } = app.get(DataSource).driver as unknown as {
          master: { totalCount: number; idleCount: number }
        }
        expect([master.totalCount, master.idleCount]).toEqual([1, 1])
      }),
  )

  it('keeps the isolation level that the data source was given', async () => {
    const database = await createTestDatabase()
    const typeorm = { isolationLevel: 'SERIALIZABLE' as const }
    const events: ExecutionEvent[] = []
    const app = await bootstrap({
      ...options,
      logger: silentLogger,
      database: { url: database.url, schema: 'create', typeorm },
      listeners: [{ onEvent: event => events.push(event) }],
    })
    try {
      await app.get(Shelves).byName('a')
      expect(events.flatMap(event => (event.kind === 'control' ? event.command : []))).toEqual([
        'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY',
        'COMMIT',
      ])
    } finally {
      await app.close()
      await database.drop()
    }
  })
})
