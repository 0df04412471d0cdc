import {
  type Application,
  bootstrap,
  CrudRepository,
  currentTransaction,
  InjectRepository,
  Query,
  Repository,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import type { Repository as OrmRepository } from 'typeorm'
import { type EngineDatabase, ENGINES, expectClean, silentLogger } from '../support/engines'
import { Publisher, PublisherRepository, Volume } from './library'

@Repository({ entity: Publisher, dataSource: 'archive' })
class ArchiveRepository extends CrudRepository<Publisher> {
  @Query({ where: 'name = :name', result: 'one' })
  declare byName: (name: string) => Promise<Publisher | null>

  @Query.sql('DELETE FROM publisher', { result: 'affected' })
  declare clear: () => Promise<number>

  @Transactional({ dataSource: 'archive', readOnly: true })
  async names(): Promise<string[]> {
    expect(currentTransaction('archive')?.readOnly).toBe(true)
    return (await this.findAll()).map(({ name }) => name)
  }

  async where(): Promise<[main: boolean, archive: boolean]> {
    return Promise.resolve([currentTransaction() !== undefined, currentTransaction('archive') !== undefined])
  }
}

@Service()
class Mover {
  constructor(
    @InjectRepository(Publisher) readonly main: OrmRepository<Publisher>,
    @InjectRepository(Publisher, 'archive') readonly archive: OrmRepository<Publisher>,
  ) {}

  @Transactional({ dataSource: 'archive' })
  async keep(name: string): Promise<void> {
    await this.main.insert({ name })
    await this.archive.insert({ name })
    throw new Error('only the archive is undone')
  }
}

describe.each(ENGINES)('a repository on a second data source on $name', engine => {
  let main: EngineDatabase
  let archive: EngineDatabase
  let app: Application
  const options = () => ({
    dataSources: { default: main.settings, archive: archive.settings },
    entities: [Publisher, Volume],
    logger: silentLogger,
  })
  beforeAll(async () => {
    main = await engine.create()
    archive = await engine.create()
    app = await bootstrap({ ...options(), components: [PublisherRepository, ArchiveRepository, Mover] })
  })
  beforeEach(async () => {
    for (const db of [main, archive]) await db.query('DELETE FROM publisher')
    main.log.clear()
    archive.log.clear()
  })
  afterEach(async () => {
    await expectClean(main, app)
    await expectClean(archive, app, 'archive')
  })
  afterAll(async () => {
    await app.close()
    await main.drop()
    await archive.drop()
  })
  const own = (): ArchiveRepository => app.get(ArchiveRepository)

  it('works there with all its methods and queries, and nowhere else', async () => {
    await own().insert({ name: 'a' })
    expect(await own().byName('a')).toMatchObject({ name: 'a' })
    expect(await own().names()).toEqual(['a'])
    expect(await own().where()).toEqual([false, true])
    expect(await own().clear()).toBe(1)
    expect(main.log.commands).toEqual([])
    // One select alone needs no BEGIN.
    expect(archive.log.commands.filter(command => command === 'BEGIN')).toHaveLength(3)
    expect(archive.log.commands.filter(command => command.startsWith('SELECT '))).toHaveLength(2)
  })

  it('joins the transaction of its own data source only', async () => {
    await transactional({}, async () => {
      await app.get(PublisherRepository).insert({ name: 'main' })
      await own().insert({ name: 'kept' })
      throw new Error('undo')
    }).catch(() => undefined)
    expect(await main.query('SELECT name FROM publisher')).toEqual([])
    expect(await archive.query('SELECT name FROM publisher')).toEqual([{ name: 'kept' }])
  })

  it("TypeORM's repositories are injected by data source, and are ambient each in its own", async () => {
    await expect(app.get(Mover).keep('x')).rejects.toThrow('only the archive')
    expect(await main.query('SELECT name FROM publisher')).toEqual([{ name: 'x' }])
    expect(await archive.query('SELECT name FROM publisher')).toEqual([])
  })

  it('@Transactional without the data source would be about another one: the start says so', async () => {
    @Transactional()
    @Repository({ entity: Publisher, dataSource: 'archive' })
    class ByClass extends CrudRepository<Publisher> {}
    @Repository({ entity: Publisher, dataSource: 'archive' })
    class ByMethod extends CrudRepository<Publisher> {
      @Transactional({ readOnly: true })
      async all(): Promise<Publisher[]> {
        return this.findAll()
      }

      @Transactional()
      @Query({ where: "name = 'a'" })
      declare some: () => Promise<Publisher[]>
    }
    const start = bootstrap({ ...options(), components: [ByClass, ByMethod] })
    const error = await start.then(
      () => undefined,
      (caught: unknown) => caught as Error & { problems: { code: string }[] },
    )
    expect(error?.problems.map(({ code }) => code)).toEqual(Array(3).fill('AMBIT_REPOSITORY_INVALID'))
    for (const place of ['ByClass', 'ByMethod.all', 'ByMethod.some'])
      expect(error?.message).toContain(`@Transactional on ${place}`)
    expect(error?.message).toContain("@Transactional({ dataSource: 'archive' })")
  })
})
