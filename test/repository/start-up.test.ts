import {
  bootstrap,
  type BootstrapOptions,
  CrudRepository,
  type DataSourceSettings,
  declared,
  type Page,
  PageRequest,
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

  it('R11 all problems of all repositories come in one error, before any SQL: one of no entity, too', async () => {
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
      @Query.sql("UPDATE volume SET title = 'x' RETURNING id", { result: 'stream' })
      declare streamsWhatItWrites: () => AsyncIterable<object>
      @Query.unchecked({ result: 'many' })
      declare streamByTitle: (title: string) => AsyncIterable<Volume>
      @Query({ where: "title = 'x'", fetchSize: 10 })
      declare fetchesNothing: () => Promise<Volume[]>
      @Query({ where: "title = 'x'", result: 'stream', fetchSize: 0 })
      declare fetchesNone: () => AsyncIterable<Volume>
      @Query.sql('SELECT 1', { result: 'stream', fetchSize: 1.5 })
      declare fetchesHalves: () => AsyncIterable<object>
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
      'REPOSITORY_INVALID',
      'QUERY_OPTION',
      'QUERY_OPTION',
      'QUERY_OPTION',
      'QUERY_KIND_MISMATCH',
      'QUERY_KIND_MISMATCH',
      'QUERY_KIND_MISMATCH',
      'QUERY_KIND_MISMATCH',
      'QUERY_KIND_MISMATCH',
      'QUERY_KIND_MISMATCH',
      'REPOSITORY_INVALID',
    ])
    const places = failure.problems?.map(({ message }) => /where: (\S+)/.exec(message)?.[1])
    expect(places).toEqual([
      'First.findByNam',
      'First.misspelt',
      'Fourth',
      'Second.fetchesHalves',
      'Second.fetchesNone',
      'Second.fetchesNothing',
      'Second.findByTitle',
      'Second.reads',
      'Second.streamByTitle',
      'Second.streamsWhatItWrites',
      'Second.writes',
      'Second.wrongKind',
      'Third',
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

  it.each(['page', 'slice', 'count', 'exists'] as const)(
    'SP-50 a write cannot answer %s: an error of the start',
    async result => {
      class Writing extends CrudRepository<Publisher> {}
      Query.sql("UPDATE publisher SET name = 'x'", { result })(Writing.prototype, 'write')
      Repository(Publisher)(Writing)
      const failure = await start(Writing)
      expect(failure.problems).toEqual([expect.objectContaining({ code: 'AMBIT_QUERY_KIND_MISMATCH' })])
      expect(failure.message).toContain('Writing.write')
    },
  )

  it.each([
    ['an order through a collection', "name = 'x' order by volumes.title", 'AMBIT_QUERY_UNSUPPORTED', 'volumes.title'],
    ['a comparison of a collection', 'volumes = :volume', 'AMBIT_QUERY_COLLECTION', 'volumes contains :element'],
    ['a collection without a value', 'volumes is null', 'AMBIT_QUERY_COLLECTION', 'volumes is empty'],
    ['the text of a collection', "volumes starts with 'x'", 'AMBIT_QUERY_COLLECTION', 'volumes any (…)'],
    ['an element without regard to case', 'volumes contains :v ignore case', 'AMBIT_QUERY_COLLECTION', 'volumes'],
    ['elements of a property', "name any (title = 'x')", 'AMBIT_QUERY_COLLECTION', "'name' is no collection"],
    ['emptiness of a property', 'volumes.title is empty', 'AMBIT_QUERY_COLLECTION', "'volumes.title' is no collection"],
    ['emptiness of a relation to one', 'volumes.publisher is empty', 'AMBIT_QUERY_COLLECTION', 'volumes.publisher'],
    ['an unknown collection', 'volums any (copies > 1)', 'AMBIT_QUERY_UNKNOWN_PROPERTY', 'Did you mean volumes?'],
    ['an unknown property', 'volumes.titel = :t', 'AMBIT_QUERY_UNKNOWN_PROPERTY', 'Did you mean volumes.title?'],
    ['an unknown property of elements', 'volumes any (titel = 1)', 'AMBIT_QUERY_UNKNOWN_PROPERTY', 'volumes.title?'],
    ['a property of the owner inside', 'volumes any (name = :n)', 'AMBIT_QUERY_UNKNOWN_PROPERTY', 'volumes.name'],
  ])('%s is refused', async (_, where, code, message) => {
    class ToMany extends CrudRepository<Publisher> {}
    Query.unchecked({ where })(ToMany.prototype, 'find')
    Repository(Publisher)(ToMany)
    const failure = await start(ToMany)
    expect(failure.problems).toEqual([expect.objectContaining({ code })])
    expect(failure.message).toContain(message)
  })

  it.each([
    ['findByVolumes', 'AMBIT_QUERY_OPERATOR_TYPE'],
    ['findByVolumesIn', 'AMBIT_QUERY_OPERATOR_TYPE'],
    ['findByVolumesContainingIgnoreCase', 'AMBIT_QUERY_OPERATOR_TYPE'],
    ['findByNameIsEmpty', 'AMBIT_QUERY_OPERATOR_TYPE'],
    ['findByVolumesPublisherNotEmpty', 'AMBIT_QUERY_OPERATOR_TYPE'],
    ['findByOrderByVolumesAsc', 'AMBIT_QUERY_UNSUPPORTED'],
    ['findDistinctByName', 'AMBIT_QUERY_OPTION'],
    ['streamByNam', 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
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
      const reports = app.get(Reports)
      const page = PageRequest.of(1, 1)
      const calls: Record<string, () => Promise<unknown>> = {
        findById: () => reports.findById(1),
        getById: () => reports.getById(1),
        findAll: () => reports.findAll(),
        'findAll of a page': () => reports.findAll(page),
        findAllById: () => reports.findAllById([1]),
        'findAllById of none': () => reports.findAllById([]),
        exists: () => reports.exists(1),
        count: () => reports.count(),
        insert: () => reports.insert({ name: 'x' }),
        update: () => reports.update(1, { name: 'x' }),
        save: () => reports.save({ name: 'x' }),
        saveAll: () => reports.saveAll([]),
        upsert: () => reports.upsert({ name: 'x' }, ['name']),
        delete: () => reports.delete({} as Publisher),
        deleteById: () => reports.deleteById(1),
        deleteAll: () => reports.deleteAll([]),
      }
      for (const [name, call] of Object.entries(calls)) {
        const refusal: unknown = await call().catch((error: unknown) => error)
        expect({ name, refusal }).toMatchObject({
          name,
          refusal: { code: 'AMBIT_REPOSITORY_INVALID', message: expect.stringContaining('Reports has no entity.') },
        })
      }
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
