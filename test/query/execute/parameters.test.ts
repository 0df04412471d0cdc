import { bootstrap, CrudRepository, PageRequest, Query, type QueryOptions, Repository } from 'ambit'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'
import { Contact, contact, CONTACTS, names } from './contacts'

type Any = (...args: unknown[]) => Promise<unknown>

@Repository(Contact)
class Bindings extends CrudRepository<Contact> {
  @Query({ where: 'firstname = :name' })
  declare single: Any
  @Query({ where: 'age >= :from and age <= :to' })
  declare named: Any
  @Query({ where: 'age >= :from and age <= :to', args: ['to', 'from'] })
  declare ordered: Any
  @Query({ where: 'age >= :age or age = :age' })
  declare repeated: Any
  @Query({ where: 'active is true' })
  declare none: Any
  @Query({ where: 'age >= :from', result: 'page' })
  declare paged: Any
  @Query({ where: 'lastname = :lastname or lastname is null' })
  declare nullable: Any
  @Query()
  declare findByFirstnameAndAge: Any
  @Query.sql('SELECT first_name FROM contact WHERE age BETWEEN :from AND :to AND age <> :from + 100', {
    args: ['from', 'to'],
  })
  declare sqlOrdered: Any
  @Query.sql('SELECT first_name FROM contact WHERE age = :age')
  declare sqlSingle: Any
  @Query({ where: 'age in :ages' })
  declare inList: Any
  @Query({ where: 'age not in :ages' })
  declare outsideList: Any
  @Query()
  declare deleteByAgeNotIn: Any
}

describe.each(ENGINES)('arguments of a query on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...CONTACTS, components: [Bindings] }))
  const queries = (): Bindings => running.app.get(Bindings)
  const found = async (query: Promise<unknown>): Promise<string[]> => names((await query) as Contact[]).sort()
  const refusal = async (query: Promise<unknown>): Promise<unknown> => {
    const error = await query.then(
      () => undefined,
      (caught: unknown) => caught as { code: string; parameters: string[] },
    )
    expect(db.log.commands).toEqual([])
    return error && [error.code.replace('AMBIT_QUERY_PARAMETER_', ''), ...error.parameters]
  }
  beforeEach(async () => {
    await queries().saveAll([1, 2, 3].map(age => contact({ firstname: `c${age}`, age })))
    db.log.clear()
  })

  it('a single parameter binds by position, or by a params object', async () => {
    expect(await found(queries().single('c1'))).toEqual(['c1'])
    expect(await found(queries().single({ name: 'c1' }))).toEqual(['c1'])
    expect(await queries().sqlSingle(2)).toEqual([{ first_name: 'c2' }])
    expect(await queries().sqlSingle({ age: 2 })).toEqual([{ first_name: 'c2' }])
  })

  it('several bind by a params object in any order, or in the order that args gives', async () => {
    expect(await found(queries().named({ to: 2, from: 1 }))).toEqual(['c1', 'c2'])
    expect(await found(queries().named(Object.assign(Object.create(null) as object, { to: 2, from: 1 })))).toEqual([
      'c1',
      'c2',
    ])
    expect(await found(queries().ordered(3, 2))).toEqual(['c2', 'c3'])
    expect(await queries().sqlOrdered(3, 3)).toEqual([{ first_name: 'c3' }])
  })

  it('a parameter that is used twice is given once', async () => {
    expect(await found(queries().repeated(2))).toEqual(['c2', 'c3'])
    expect(await found(queries().repeated({ age: 3 }))).toEqual(['c3'])
  })

  it('derived names bind by place', async () => {
    expect(await found(queries().findByFirstnameAndAge('c2', 2))).toEqual(['c2'])
    expect(await found(queries().findByFirstnameAndAge('c2', 3))).toEqual([])
  })

  it('null is a value', async () => {
    expect(await found(queries().nullable(null))).toEqual(['c1', 'c2', 'c3'])
    expect(await found(queries().nullable({ lastname: null }))).toEqual(['c1', 'c2', 'c3'])
  })

  it('the page request stands last, behind the arguments', async () => {
    const page = (await queries().paged({ from: 2 }, PageRequest.of(0, 10))) as { total: number }
    expect(page.total).toBe(2)
    db.log.clear()
    expect(await refusal(queries().paged(PageRequest.of(0, 10)))).toEqual(['MISSING'])
  })

  it.each([
    ['none at all', (q: Bindings) => q.single(), ['MISSING']],
    ['undefined', (q: Bindings) => q.single(undefined), ['MISSING', 'argument 1']],
    ['undefined in params', (q: Bindings) => q.named({ from: 1, to: undefined }), ['MISSING', 'to']],
    ['half of the params', (q: Bindings) => q.named({ from: 1 }), ['MISSING', 'to']],
    ['two by position without args', (q: Bindings) => q.named(1, 2), ['UNUSED']],
    ['one value for two', (q: Bindings) => q.named(1), ['MISSING', 'from', 'to']],
    ['null instead of params', (q: Bindings) => q.named(null), ['MISSING', 'from', 'to']],
    ['a list instead of params', (q: Bindings) => q.named([1, 2]), ['MISSING', 'from', 'to']],
    ['too few by args', (q: Bindings) => q.ordered(1), ['MISSING']],
    ['undefined by args', (q: Bindings) => q.ordered(1, undefined), ['MISSING', 'argument 2']],
    ['too few for a name', (q: Bindings) => q.findByFirstnameAndAge('c1'), ['MISSING']],
    ['undefined for a name', (q: Bindings) => q.findByFirstnameAndAge('c1', undefined), ['MISSING', 'argument 2']],
  ])('what is missing is refused before any SQL: %s', async (_, call, expected) => {
    expect(await refusal(call(queries()))).toEqual(expected)
  })

  it.each([
    ['a second argument', (q: Bindings) => q.single('c1', 'c2'), ['UNUSED']],
    [
      'a property that the query does not have',
      (q: Bindings) => q.named({ from: 1, to: 2, size: 3 }),
      ['UNUSED', 'size'],
    ],
    [
      'a second property beside that of one parameter',
      (q: Bindings) => q.single({ name: 'c1', x: 1 }),
      ['UNUSED', 'x'],
    ],
    ['the same in SQL', (q: Bindings) => q.sqlSingle({ age: 1, x: 1 }), ['UNUSED', 'x']],
    ['an argument where there is none', (q: Bindings) => q.none(1), ['UNUSED']],
    ['three by args', (q: Bindings) => q.ordered(1, 2, 3), ['UNUSED']],
    ['three for a name', (q: Bindings) => q.findByFirstnameAndAge('c1', 1, 2), ['UNUSED']],
  ])('what is too much is refused before any SQL: %s', async (_, call, expected) => {
    expect(await refusal(call(queries()))).toEqual(expected)
  })

  it.each([['a text'], [7], [null], [new Set([1])], [{ length: 1, 0: 1 }]])(
    'what is no list is not taken for one that contains nothing: %p',
    async value => {
      expect(await refusal(queries().inList({ ages: value }))).toEqual(['MISSING', 'ages'])
      expect(await refusal(queries().outsideList({ ages: value }))).toEqual(['MISSING', 'ages'])
      expect(await refusal(queries().deleteByAgeNotIn(value))).toEqual(['MISSING', 'argument 1'])
      expect(await queries().count()).toBe(3)
    },
  )

  it.each([
    ['a name that the text does not have', ['from', 'until'], 'UNKNOWN'],
    ['one name twice', ['from', 'from'], 'UNKNOWN'],
    ['one name too few', ['from'], 'MISSING'],
  ])('args are compared with the text at the start: %s', async (_, args, code) => {
    class Wrong extends CrudRepository<Contact> {}
    const options: QueryOptions = { where: 'age >= :from and age <= :to', args }
    Query.unchecked(options)(Wrong.prototype, 'find')
    Repository(Contact)(Wrong)
    const start = bootstrap({
      database: { ...db.settings, schema: 'none' },
      ...CONTACTS,
      components: [Wrong],
      logger: silentLogger,
    })
    await expect(start).rejects.toMatchObject({ problems: [{ code: `AMBIT_QUERY_PARAMETER_${code}` }] })
  })
})
