import {
  type Application,
  bootstrap,
  CrudRepository,
  type Page,
  PageRequest,
  Query,
  Repository,
  transactional,
  type Window,
  WindowRequest,
} from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { silentLogger } from '../support/engines'
import { createTestDatabase, type TestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'

// What pages and windows cost on the wire, counted between the client and the server.

@Entity('line')
class Line {
  @PrimaryGeneratedColumn() id!: number
  @Column() text!: string
}

@Repository(Line)
class Lines extends CrudRepository<Line> {
  @Query({ where: 'id > :id', result: 'page' })
  declare page: (id: number, request: PageRequest) => Promise<Page<Line>>

  @Query({ where: 'id > :id', result: 'window' })
  declare window: (id: number, request: WindowRequest) => Promise<Window<Line>>

  @Query.sql('SELECT id FROM line WHERE id > :id ORDER BY id', { result: 'page' })
  declare rows: (id: number, request: PageRequest) => Promise<Page<{ id: number }>>
}

let database: TestDatabase
let proxy: WireProxy
let app: Application

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await WireProxy.start(database.url)
  app = await bootstrap({
    database: { url: proxy.url, schema: 'create', poolSize: 1 },
    entities: [Line],
    components: [Lines],
    logger: silentLogger,
  })
  await app.get(Lines).saveAll(Array.from({ length: 50 }, (_, at) => ({ text: String(at) })))
  // A connection is made, and looked at, once; what follows is counted on a warm one.
  await app.get(Lines).count()
})
afterAll(async () => {
  await app.close()
  await proxy.close()
  await database.drop()
})
beforeEach(() => proxy.clear())

const lines = (): Lines => app.get(Lines)

describe('on the wire', () => {
  it.each([
    ['the first, whose total has to be counted', 0, 20],
    ['one in the middle', 1, 20],
    ['the last', 2, 20],
    ['one behind the end', 9, 20],
  ])('a page with its total is one round trip: %s', async (_, page, size) => {
    expect((await lines().page(0, PageRequest.of(page, size, 'text'))).total).toBe(50)
    expect(proxy.roundTrips).toBe(1)
    await lines().findAll(PageRequest.of(page, size))
    expect(proxy.roundTrips).toBe(2)
  })

  it('pages of any number and size are one statement, parsed once', async () => {
    await lines().page(0, PageRequest.of(0, 3))
    proxy.clear()
    for (const request of [PageRequest.of(0, 3), PageRequest.of(4, 3), PageRequest.of(2, 7)])
      await lines().page(5, request)
    expect(proxy.messages.filter(({ type }) => type === 'P')).toEqual([])
    expect(proxy.roundTrips).toBe(3)
  })

  it('a page of rows is one, and the COMMIT that any SQL of one’s own has', async () => {
    expect((await lines().rows(0, PageRequest.of(0, 20))).total).toBe(50)
    expect(proxy.roundTrips).toBe(2)
  })

  it('a window is one, forwards and backwards, and the statements are parsed once', async () => {
    const walk = async (): Promise<void> => {
      const first = await lines().window(0, WindowRequest.first(10))
      const second = await lines().window(0, WindowRequest.first(10).after(first.endCursor ?? ''))
      await lines().window(0, WindowRequest.first(10).before(second.startCursor ?? ''))
    }
    await walk()
    expect(proxy.roundTrips).toBe(3)
    proxy.clear()
    await walk()
    expect(proxy.roundTrips).toBe(3)
    expect(proxy.messages.filter(({ type }) => type === 'P')).toEqual([])
  })

  it('in a transaction each is one more', async () => {
    await transactional({}, async () => {
      await lines().page(0, PageRequest.of(0, 20))
      await lines().window(0, WindowRequest.first(10))
    })
    expect(proxy.roundTrips).toBe(3)
  })
})
