import {
  bootstrap,
  type BootstrapOptions,
  CrudRepository,
  type DataSourceSettings,
  declared,
  type Page,
  type PageRequest,
  Query,
  Repository,
  Transactional,
} from 'ambit'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { LIBRARY, Publisher, PublisherRepository, Volume } from './library'

@Repository(Publisher)
class Overridable extends CrudRepository<Publisher> {
  @Query({ where: 'name = :name', result: 'one' })
  byName(name: string): Promise<Publisher | null> {
    return declared(name)
  }
}

@Repository(Publisher)
class Overriding extends Overridable {
  override async byName(name: string): Promise<Publisher | null> {
    return super.byName(name.toLowerCase())
  }
}

@Repository(Publisher)
class Redeclaring extends Overridable {
  @Query({ where: 'name <> :name', result: 'one' })
  override byName(name: string): Promise<Publisher | null> {
    return declared(name)
  }
}

class Undecorated extends CrudRepository<Publisher> {}

describe.each(ENGINES)('the start of repositories on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...LIBRARY,
    components: [...LIBRARY.components, Overridable, Overriding, Redeclaring],
  }))
  const start = async (...components: NonNullable<BootstrapOptions['components']>): Promise<Failure> => {
    const database: DataSourceSettings = { ...db.settings, schema: 'create' }
    const failure = await bootstrap({ database, ...LIBRARY, components, logger: silentLogger }).then(
      async app => app.close().then(() => new Error('the application started')),
      (error: unknown) => error as Error,
    )
    expect(db.log.commands).toEqual([])
    return failure
  }

  interface Failure extends Error {
    readonly code?: string
    readonly problems?: readonly { readonly code: string; readonly message: string }[]
  }

  it('all problems of all repositories come in one error, before any SQL', async () => {
    @Repository(Publisher)
    class First extends CrudRepository<Publisher> {
      @Query.unchecked({ where: 'nme = :name' })
      declare misspelt: (name: string) => Promise<Publisher[]>
      @Query.unchecked()
      declare findByNam: (name: string) => Promise<Publisher[]>
      @Query({ where: 'name = :name', result: 'one' })
      declare fine: (name: string) => Promise<Publisher | null>
    }
    @Repository(Volume)
    class Second extends CrudRepository<Volume, string> {
      @Query.unchecked({ where: 'title = :title', result: 'scalar' })
      declare wrongKind: (title: string) => Promise<Volume[]>
      @Query.unchecked({ result: 'count' })
      declare findByTitle: (title: string) => Promise<Volume[]>
      @Query.sql('SELECT 1', { result: 'affected' })
      declare reads: () => Promise<number>
      @Query.sql("UPDATE volume SET title = 'x'", { result: 'page' })
      declare writes: (page: PageRequest) => Promise<Page<unknown>>
    }
    @Repository({ entity: Publisher, dataSource: 'elsewhere' })
    class Third {}
    class NotMapped {}
    @Repository(NotMapped)
    class Fourth {}
    const failure = await start(First, Second, Third, Fourth)
    expect(failure.code).toBe('AMBIT_BOOTSTRAP_INVALID')
    expect(failure.problems?.map(({ code }) => code.replace('AMBIT_', ''))).toEqual([
      'QUERY_UNKNOWN_PROPERTY',
      'QUERY_UNKNOWN_PROPERTY',
      'QUERY_KIND_MISMATCH',
      'QUERY_KIND_MISMATCH',
      'QUERY_KIND_MISMATCH',
      'QUERY_KIND_MISMATCH',
      'REPOSITORY_INVALID',
      'REPOSITORY_INVALID',
    ])
    for (const place of [
      'First.misspelt',
      'First.findByNam',
      'Second.wrongKind',
      'Second.findByTitle',
      'Third',
      'Fourth',
    ]) {
      expect(failure.message).toContain(place)
    }
    expect(failure.message).not.toContain('First.fine')
    expect(failure.message).toMatch(/Did you mean name\?/)
  })

  it.each([
    ['a condition through a collection', "volumes.title = 'x'"],
    ['an order through a collection', "name = 'x' order by volumes.title"],
  ])('%s is refused', async (_, where) => {
    class ToMany extends CrudRepository<Publisher> {}
    Query.unchecked({ where })(ToMany.prototype, 'find')
    Repository(Publisher)(ToMany)
    const failure = await start(ToMany)
    expect(failure.problems).toEqual([expect.objectContaining({ code: 'AMBIT_QUERY_UNSUPPORTED' })])
    expect(failure.message).toContain('volumes.title')
  })

  it.each([
    ['findByVolumesTitle', 'AMBIT_QUERY_UNSUPPORTED'],
    ['findDistinctByName', 'AMBIT_QUERY_UNSUPPORTED'],
    ['streamByName', 'AMBIT_QUERY_UNSUPPORTED'],
    ['findByName_', 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
    ['nameLike', 'AMBIT_QUERY_DERIVED_NAME'],
    ['deleteBy', 'AMBIT_QUERY_DERIVED_NAME'],
    ['findByNameGreaterThanAndIdContaining', 'AMBIT_QUERY_OPERATOR_TYPE'],
    ['findByIdIgnoringCase', 'AMBIT_QUERY_OPERATOR_TYPE'],
    ['findByNameOrderByVolumesTitleAsc', 'AMBIT_QUERY_UNSUPPORTED'],
  ])('a derived name that cannot be a query is refused: %s', async (member, code) => {
    class Named extends CrudRepository<Publisher> {}
    Query.unchecked()(Named.prototype, member)
    Repository(Publisher)(Named)
    const failure = await start(Named)
    expect(failure.problems?.map(problem => problem.code)).toEqual([code])
    expect(failure.message).toContain(`Named.${member}`)
  })

  it('@Transactional of another data source on a repository is refused', async () => {
    @Repository(Publisher)
    class Stray extends CrudRepository<Publisher> {
      @Transactional({ dataSource: 'reporting' })
      async report(): Promise<void> {
        await this.count()
      }
    }
    const failure = await start(Stray)
    expect(failure.problems).toEqual([expect.objectContaining({ code: 'AMBIT_REPOSITORY_INVALID' })])
    expect(failure.message).toContain("@Transactional on Stray.report means the data source 'reporting'")
  })

  it('a forgotten declare is noticed: the field would hide the query', async () => {
    @Repository(Publisher)
    class Forgetful extends CrudRepository<Publisher> {
      @Query({ where: 'name = :name', result: 'one' })
      declare byName: (name: string) => Promise<Publisher | null>

      constructor() {
        super()
        // What a compiler emits for a field without `declare`.
        Object.defineProperty(this, 'byName', {
          value: undefined,
          writable: true,
          enumerable: true,
          configurable: true,
        })
      }
    }
    const database = { ...db.settings, schema: 'none' as const }
    const failure = bootstrap({ database, ...LIBRARY, components: [Forgetful], logger: silentLogger })
    const cause = await failure.then(
      () => undefined,
      (error: unknown) => [error, (error as Error).cause] as { code: string; message: string }[],
    )
    expect(cause?.map(error => error.code)).toContain('AMBIT_REPOSITORY_FIELD')
    expect(cause?.map(error => error.message).join()).toContain('declare byName')
  })

  it('the method form can be overridden, and still be called through super', async () => {
    await running.app.get(PublisherRepository).saveAll([{ name: 'abc' }, { name: 'other' }])
    expect(await running.app.get(Overridable).byName('ABC')).toBeNull()
    expect(await running.app.get(Overriding).byName('ABC')).toMatchObject({ name: 'abc' })
    expect(await running.app.get(Redeclaring).byName('abc')).toMatchObject({ name: 'other' })
  })

  it('a body that calls declared() is no query without its decorator', () => {
    expect(() => declared('x')).toThrow(expect.objectContaining({ code: 'AMBIT_QUERY_SOURCES' }))
  })

  it('a repository that no application built says so, whatever is called on it', async () => {
    const stray = new Overridable()
    await expect(stray.byName('x')).rejects.toMatchObject({ code: 'AMBIT_QUERY_UNBOUND' })
    for (const call of [() => stray.findAll(), () => stray.count(), () => stray.insert({ name: 'x' })]) {
      await expect(call()).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_UNBOUND' })
    }
    expect(() => stray.orm).toThrow(expect.objectContaining({ code: 'AMBIT_REPOSITORY_UNBOUND' }))
    await expect(new Undecorated().findAll()).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_UNBOUND' })
    expect(db.log.commands).toEqual([])
  })

  it('a repository without an entity is for SQL: what needs the entity says so', async () => {
    @Repository()
    class Reports extends CrudRepository<Publisher> {
      @Query.sql('SELECT count(*) FROM publisher', { result: 'scalar' })
      declare publishers: () => Promise<number>
    }
    const database = { ...db.settings, schema: 'none' as const }
    const app = await bootstrap({ database, ...LIBRARY, components: [Reports], logger: silentLogger })
    try {
      expect(await app.get(Reports).publishers()).toBe(0)
      await expect(app.get(Reports).findAll()).rejects.toMatchObject({ code: 'AMBIT_QUERY_NO_ENTITY' })
      await expect(app.get(Reports).findById(1)).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_INVALID' })
    } finally {
      await app.close()
    }
  })

  it('decorators compiled the standard way, and queries on statics, are refused at once', () => {
    const standard = Query({ where: 'a = 1' }) as unknown as (value: unknown, context: object) => void
    expect(() => standard(undefined, { kind: 'field', name: 'x' })).toThrow(
      expect.objectContaining({
        code: 'AMBIT_QUERY_OPTION',
        message: expect.stringContaining('experimentalDecorators'),
      }),
    )
    const onStatic = Query({ where: 'a = 1' }) as unknown as (target: object, member: string) => void
    expect(() => onStatic(Publisher, 'find')).toThrow(expect.objectContaining({ code: 'AMBIT_QUERY_OPTION' }))
    expect(() => Query({ were: 'a = 1' } as never)).toThrow(expect.objectContaining({ code: 'AMBIT_QUERY_OPTION' }))
    expect(() => Query.sql('SELECT 1', { result: 'several' as never })).toThrow(
      expect.objectContaining({ code: 'AMBIT_QUERY_OPTION' }),
    )
  })
})
