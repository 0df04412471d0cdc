import {
  bootstrap,
  CrudRepository,
  currentTransaction,
  type Page,
  PageRequest,
  Query,
  Repository,
  Sort,
  transactional,
} from 'ambit'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { crowd, PEOPLE, Person, PersonRepository } from './people'

describe.each(ENGINES)('repositories and queries on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => PEOPLE)
  const people = (): PersonRepository => running.app.get(PersonRepository)
  const given = async (...persons: Partial<Person>[]): Promise<void> => {
    await people().saveAll(persons.map(person => ({ age: 30, active: true, ...person })))
    db.log.clear()
  }

  it('PS-28 public async methods of a repository are transactional', async () => {
    await given({ name: 'ann' })
    const [ann] = await people().findAll()
    db.log.clear()
    expect(await people().rename(ann?.id ?? 0, 'anna')).toBe(true)
    expect(db.log.commands).toEqual(['BEGIN', 'UPDATE person', 'COMMIT'])
  })

  it('PS-28 private and synchronous methods are left as they were written', () => {
    const own = PersonRepository.prototype
    expect(own.describe()).toBe('people')
    expect(Function.prototype.toString.call(own._hidden)).toContain('Promise.resolve()')
    expect(Function.prototype.toString.call(own.rename)).not.toContain('this.update')
  })

  it('PS-29 the body of a query never runs', async () => {
    await given({ name: 'ann' })
    await expect(people().getByName('ann')).resolves.toMatchObject({ name: 'ann' })
  })

  it('PS-30 an expression for one answers an entity or null', async () => {
    await given({ name: 'ann' }, { name: 'bob' })
    expect(await people().findByName('ann')).toBeInstanceOf(Person)
    expect(await people().findByName('ann')).toMatchObject({ name: 'ann', age: 30, active: true })
    expect(await people().findByName('eve')).toBeNull()
  })

  it('PS-31 SQL for one answers a row or null', async () => {
    await given({ name: 'ann' })
    expect(await people().findRowByName('ann')).toEqual({ id: expect.any(Number), name: 'ann' })
    expect(await people().findRowByName('eve')).toBeNull()
  })

  it('PS-32 without a kind both answer lists', async () => {
    await given({ name: 'ann', age: 20 }, { name: 'bob', age: 40 }, { name: 'cid', age: 50 })
    expect((await people().findFromAge(40)).map(({ name }) => name).sort()).toEqual(['bob', 'cid'])
    expect(await people().namesFromAge(40)).toEqual([{ name: 'bob' }, { name: 'cid' }])
    expect(await people().findFromAge(90)).toEqual([])
    expect(await people().namesFromAge(90)).toEqual([])
    expect((await people().findAllActive()).map(({ name }) => name)).toEqual(['ann', 'bob', 'cid'])
  })

  it('PS-33 the second page of three, of ten rows, has three rows and the total of ten', async () => {
    await given(...crowd(10))
    const byExpression = await people().findActive(PageRequest.of(1, 3, 'name'))
    const bySql = await people().rowsByState({ active: true }, PageRequest.of(1, 3))
    for (const page of [byExpression, bySql] as Page<{ name: string }>[]) {
      expect({ ...page, content: page.content.map(({ name }) => name) }).toEqual({
        content: ['person04', 'person05', 'person06'],
        total: 10,
        page: 1,
        size: 3,
      })
    }
  })

  it.each([
    ['ascending', Sort.by('name'), ['ann', 'ann', 'bob']],
    ['descending', Sort.by('name', 'desc'), ['bob', 'ann', 'ann']],
  ])('PS-34 sorts %s', async (_, sort, names) => {
    await given({ name: 'bob', age: 1 }, { name: 'ann', age: 2 }, { name: 'ann', age: 3 })
    const page = await people().findActive(PageRequest.of(0, 10, sort))
    expect(page.content.map(({ name }) => name)).toEqual(names)
  })

  it('PS-34 sorts by several keys', async () => {
    await given({ name: 'bob', age: 1 }, { name: 'ann', age: 2 }, { name: 'ann', age: 3 })
    const sort = Sort.by<Person>('name').and(Sort.by<Person>('age').desc())
    const { content } = await people().findActive(PageRequest.of(0, 10, sort))
    expect(content.map(({ name, age }) => `${name}${age}`)).toEqual(['ann3', 'ann2', 'bob1'])
  })

  it('PS-35 a sort by an unknown property is an error, and nothing is sent', async () => {
    await expect(people().findActive(PageRequest.of(0, 10, 'nmae'))).rejects.toMatchObject({
      code: 'AMBIT_QUERY_UNKNOWN_PROPERTY',
      property: 'nmae',
      suggestions: ['name'],
    })
    expect(db.log.commands).toEqual([])
  })

  it('PS-36 a sort on raw SQL is an error, and nothing is sent', async () => {
    await expect(people().rowsByState({ active: true }, PageRequest.of(0, 10, 'name'))).rejects.toMatchObject({
      code: 'AMBIT_QUERY_SORT_ON_SQL',
    })
    expect(db.log.commands).toEqual([])
  })

  it.each([
    ['none', []],
    ['a number', [3]],
    ['a string', ['first']],
    ['a plain object', [{ page: 0, size: 10 }]],
  ])('PS-37 a paged query without a PageRequest is an error: %s', async (_, args) => {
    const byExpression = people().findActive as (...args: unknown[]) => Promise<unknown>
    const bySql = people().rowsByState as (...args: unknown[]) => Promise<unknown>
    await expect(byExpression.apply(people(), args)).rejects.toMatchObject({ code: 'AMBIT_QUERY_PAGE_MISSING' })
    await expect(bySql.apply(people(), [{ active: true }, ...args])).rejects.toMatchObject({
      code: 'AMBIT_QUERY_PAGE_MISSING',
    })
    expect(db.log.commands).toEqual([])
  })

  it('PS-38 a query over properties in a repository without an entity fails the start, and says what to write', async () => {
    @Repository()
    class Homeless {
      @Query.unchecked({ where: 'name = :name' })
      declare findByName: (name: string) => Promise<unknown[]>
    }
    const start = bootstrap({
      database: { ...db.settings, schema: 'none' },
      components: [Homeless],
      logger: silentLogger,
    })
    await expect(start).rejects.toMatchObject({
      code: 'AMBIT_BOOTSTRAP_INVALID',
      problems: [
        expect.objectContaining({
          code: 'AMBIT_QUERY_NO_ENTITY',
          message: expect.stringContaining('Write @Repository(Entity) on the class'),
        }),
      ],
    })
    expect(db.log.commands).toEqual([])
  })

  it('PS-39 a query with no source, or with two, is refused when the class is defined', () => {
    const code = 'AMBIT_QUERY_SOURCES'
    expect(() => Query({ where: ' ' })).toThrow(expect.objectContaining({ code }))
    expect(() => Query.sql('')).toThrow(expect.objectContaining({ code }))
    expect(() => Query({ where: 'a = 1', sql: 'SELECT 1' } as never)).toThrow(expect.objectContaining({ code }))
  })

  it('PS-39 a name that says nothing is no source either: the start fails', async () => {
    @Repository(Person)
    class Nameless extends CrudRepository<Person> {
      @Query.unchecked()
      declare somebody: () => Promise<Person[]>
    }
    const start = bootstrap({
      database: { ...db.settings, schema: 'none' },
      entities: [Person],
      components: [Nameless],
      logger: silentLogger,
    })
    await expect(start).rejects.toMatchObject({ problems: [{ code: 'AMBIT_QUERY_DERIVED_NAME' }] })
  })

  it('PS-43 a query reads in a read-only transaction, a method of the repository writes in its own', async () => {
    await transactional({}, async () => {
      await people().findByName('nobody')
      expect(currentTransaction()?.readOnly).toBe(false)
    })
    expect(db.log.commands).toEqual(['BEGIN', 'SELECT person', 'COMMIT'])
  })

  it('PS-43 @Transactional on a query wins over what the query would have had', async () => {
    await expect(people().findYoungerThan(18)).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
    expect(db.log.commands).toEqual([])
    expect(await transactional({}, () => people().findYoungerThan(18))).toEqual([])
    await expect(transactional({ readOnly: true }, () => people().countReadWrite())).rejects.toMatchObject({
      code: 'AMBIT_TX_INCOMPATIBLE',
    })
    expect(await people().countReadWrite()).toBe(0)
  })

  it('PS-43 a repository joins a read-only transaction, and the database refuses its write', async () => {
    const failing = transactional({ readOnly: true }, () => people().insert({ name: 'ann', age: 1 }))
    await expect(failing).rejects.toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(await db.query('SELECT id FROM person')).toEqual([])
  })
})
