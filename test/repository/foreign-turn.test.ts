import { type Application, bootstrap, CrudRepository, Repository, transactional, where } from 'ambit'
import { Column, DataSource, Entity, ManyToOne, PrimaryGeneratedColumn } from 'typeorm'
import { assertIdle, StatementLog } from '../data-source/harness'
import { silentLogger } from '../support/engines'
import { createTestDatabase, type TestDatabase } from '../support/postgres'

// A transformer is the user's own code, and runs in the transaction of the call: what it asks for is not what the call said
// would be all.

let asks: () => void = () => undefined

@Entity('shelf')
class Shelf {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
}

@Entity('book')
class Book {
  @PrimaryGeneratedColumn() id!: number
  @Column({
    type: 'text',
    transformer: {
      to: (title: unknown): unknown => {
        asks()
        return title
      },
      from: (title: unknown): unknown => title,
    },
  })
  title!: string
  @ManyToOne(() => Shelf) shelf!: Shelf
}

@Repository(Shelf)
class Shelves extends CrudRepository<Shelf> {}

@Repository(Book)
class Books extends CrudRepository<Book> {}

let database: TestDatabase
let app: Application
const log = new StatementLog()

beforeAll(async () => {
  database = await createTestDatabase()
  app = await bootstrap({
    database: { url: database.url, schema: 'create', poolSize: 1, typeorm: { logger: log } },
    entities: [Shelf, Book],
    components: [Shelves, Books],
    logger: silentLogger,
  })
  const shelf = await app.get(Shelves).insert({ name: 'upper' })
  await app.get(Books).insert({ title: 'one', shelf })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})
afterEach(() => assertIdle(app.get(DataSource)))

it.each<[string, () => Promise<number>]>([
  ['shares the turn', () => app.get(Shelves).count()],
  // One that may be aborted is sent by itself.
  ['goes ahead', () => transactional({ signal: new AbortController().signal }, () => app.get(Shelves).count())],
])('COMMIT goes with nothing but what the call has sent: a statement that %s', async (_, ask) => {
  const find = (): Promise<Book[]> =>
    app.get(Books).findMany(where<Book>().eq('title', 'one'), { relations: ['shelf'] })
  await find()
  const asked: Promise<number>[] = []
  asks = () => {
    asks = () => undefined
    asked.push(ask())
  }
  log.clear()
  expect(await find()).toMatchObject([{ title: 'one', shelf: { name: 'upper' } }])
  expect(await Promise.all(asked)).toEqual([1])
  expect(log.words).toEqual(['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', 'SELECT', 'SELECT', 'COMMIT'])
})
