import {
  bootstrap,
  CrudRepository,
  type Page,
  PageRequest,
  projection,
  Query,
  type QueryOptions,
  Repository,
  type Slice,
  Sort,
} from 'ambit'
import fc from 'fast-check'
import type { ObjectLiteral } from 'typeorm'
import { parseWhere } from '../../../src/query/parser/parse-where'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'
import { Contact, contact, CONTACTS, day, FOUR, TeamRepository } from './contacts'
import { randomEntities } from './random-entities'

class UserName {
  constructor(
    readonly first: string,
    readonly last: string | null,
    readonly city: string | null,
  ) {}

  get full(): string {
    return `${this.first} ${this.last ?? ''}`
  }
}

class Card {
  label = 'card'
  title!: string
  team!: string | null
}

class ContactRow {
  id!: number
  firstName!: string
  _odd2Name?: string

  hello(): string {
    return `hello ${this.firstName}`
  }
}

const NAME = projection(UserName, ['firstname', 'lastname', 'address.city'])
type Names = Pick<Contact, 'firstname' | 'lastname'>

@Repository(Contact)
class Projected extends CrudRepository<Contact> {
  @Query({ where: 'age >= :age order by firstname', select: ['firstname', 'lastname'] })
  declare namesFrom: (age: number) => Promise<Names[]>
  @Query({ where: 'firstname = :first', select: ['createdAt', 'active'], result: 'one' })
  declare dated: (first: string) => Promise<Pick<Contact, 'createdAt' | 'active'> | null>
  @Query({ where: 'firstname = :first', select: ['lastname'], result: 'one' })
  declare lastname: (first: string) => Promise<Pick<Contact, 'lastname'> | null>
  @Query({ where: 'lastname = :last', select: ['email'], result: 'required' })
  declare emailOf: (last: string) => Promise<Pick<Contact, 'email'>>
  @Query({
    where: 'order by id',
    select: { who: 'firstname', city: 'address.city', team: 'team.name', key: 'team', boss: 'manager.team.name' },
  })
  declare overview: () => Promise<object[]>
  @Query({ where: 'order by id', select: NAME })
  declare named: () => Promise<UserName[]>
  @Query({ where: 'order by id', select: projection(Card, { title: 'firstname', team: 'team.name' }) })
  declare cards: () => Promise<Card[]>
  @Query({ where: 'age > :age', select: ['firstname'], result: 'page' })
  declare page: (age: number, page: PageRequest) => Promise<Page<Pick<Contact, 'firstname'>>>
  @Query({ where: 'age > :age', select: NAME, result: 'slice' })
  declare slice: (age: number, page: PageRequest) => Promise<Slice<UserName>>
  @Query({ where: 'order by lastname', select: ['lastname'], distinct: true })
  declare lastnames: () => Promise<Pick<Contact, 'lastname'>[]>
  @Query({ where: 'age > 0', select: ['lastname'], distinct: true, result: 'page' })
  declare lastnamePages: (page: PageRequest) => Promise<Page<Pick<Contact, 'lastname'>>>
  @Query({ where: 'order by lastname ignore case', select: ['firstname'] })
  declare sortedWithoutCase: () => Promise<Pick<Contact, 'firstname'>[]>
  @Query({ select: ['firstname'] })
  declare findByLastnameOrderByFirstnameAsc: (last: string | null) => Promise<Pick<Contact, 'firstname'>[]>
  @Query({ select: ['lastname'] })
  declare findDistinctByAgeGreaterThanOrderByLastnameAsc: (age: number) => Promise<Pick<Contact, 'lastname'>[]>
  @Query({ select: NAME })
  declare findFirst2ByOrderByAgeDesc: () => Promise<UserName[]>

  @Query.sql('SELECT id, first_name, email AS _odd_2_name FROM contact ORDER BY id', { into: ContactRow })
  declare rows: () => Promise<ContactRow[]>
  @Query.sql('SELECT id, first_name FROM contact WHERE id = :id', { into: ContactRow, result: 'one' })
  declare row: (id: number) => Promise<ContactRow | null>
  @Query.sql('SELECT id, first_name FROM contact ORDER BY id', { into: ContactRow, result: 'page' })
  declare rowPage: (page: PageRequest) => Promise<Page<ContactRow>>
  @Query.sql('SELECT id, first_name, last_name AS "firstName" FROM contact', { into: ContactRow })
  declare clash: () => Promise<ContactRow[]>
}

describe.each(ENGINES)('projections on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...CONTACTS, components: [Projected, TeamRepository] }))
  const contacts = (): Projected => running.app.get(Projected)
  const selects = (): string[] => db.log.texts.filter(text => text.startsWith('SELECT'))

  beforeEach(async () => {
    await contacts().saveAll([...FOUR])
    db.log.clear()
  })

  it('SP-55 selects those columns and no others, and answers plain objects', async () => {
    const found = await contacts().namesFrom(31)
    expect(found).toStrictEqual([
      { firstname: 'Dave', lastname: 'Matthews' },
      { firstname: 'Joachim', lastname: 'Arrasz' },
      { firstname: 'kevin', lastname: 'raymond' },
    ])
    expect(Object.isFrozen(found[0])).toBe(false)
    expect(selects()).toHaveLength(1)
    expect(selects()[0]).toMatch(
      /^SELECT "entity"."first_name" AS "ambit_0", "entity"."last_name" AS "ambit_1" FROM "contact" "entity" WHERE/,
    )
  })

  it('converts what it reads as entities do', async () => {
    expect(await contacts().dated('Dave')).toStrictEqual({ createdAt: day(3), active: true })
    expect(await contacts().dated('nobody')).toBeNull()
  })

  it('a row in which all is null is a row', async () => {
    await contacts().saveAll([contact({ firstname: 'Zoe' })])
    expect(await contacts().lastname('Zoe')).toStrictEqual({ lastname: null })
  })

  it('one, required: as for entities', async () => {
    await contacts().saveAll([contact({ firstname: 'Zoe', lastname: 'Gierke' })])
    expect(await contacts().emailOf('Arrasz')).toStrictEqual({ email: 'arrasz@synyx.de' })
    await expect(contacts().emailOf('nobody')).rejects.toMatchObject({ code: 'AMBIT_QUERY_EMPTY_RESULT' })
    await expect(contacts().emailOf('Gierke')).rejects.toMatchObject({ code: 'AMBIT_QUERY_RESULT_SIZE' })
  })

  it('names paths through embedded parts and relations to one', async () => {
    const red = await running.app.get(TeamRepository).save({ name: 'red' })
    const [first] = await contacts().findAll(Sort.by('id'))
    await contacts().update(first?.id ?? 0, { team: red, address: { city: 'Graz' } })
    await contacts().saveAll([contact({ firstname: 'Zoe', manager: first ?? null })])
    const found = await contacts().overview()
    const nothing = { city: null, team: null, key: null, boss: null }
    expect(found[0]).toStrictEqual({ who: 'Oliver', city: 'Graz', team: 'red', key: red.id, boss: null })
    expect(found[1]).toStrictEqual({ who: 'Joachim', ...nothing })
    expect(found[4]).toStrictEqual({ who: 'Zoe', ...nothing, boss: 'red' })
  })

  it('SP-55 makes instances: of what the constructor takes, or by properties', async () => {
    const [first] = await contacts().named()
    expect(first).toBeInstanceOf(UserName)
    expect(first?.full).toBe('Oliver Gierke')
    expect({ ...first }).toEqual({ first: 'Oliver', last: 'Gierke', city: null })
    const [card] = await contacts().cards()
    expect(card).toBeInstanceOf(Card)
    expect({ ...card }).toEqual({ label: 'card', title: 'Oliver', team: null })
    expect((await contacts().findFirst2ByOrderByAgeDesc()).map(({ first: name }) => name)).toEqual(['Dave', 'Joachim'])
  })

  it('SP-55 pages have the right total', async () => {
    const page = await contacts().page(28, PageRequest.of(0, 2, Sort.by('createdAt', 'desc')))
    expect([page.content, page.total]).toEqual([[{ firstname: 'kevin' }, { firstname: 'Dave' }], 3])
    const last = await contacts().page(28, PageRequest.of(1, 2, Sort.by('createdAt', 'desc')))
    expect([last.content, last.total]).toEqual([[{ firstname: 'Joachim' }], 3])
    const slice = await contacts().slice(0, PageRequest.of(0, 3, Sort.by('age')))
    expect([slice.content.map(({ first }) => first), slice.hasNext]).toEqual([['Oliver', 'kevin', 'Joachim'], true])
    expect(slice.content[0]).toBeInstanceOf(UserName)
    await expect(contacts().page(1, PageRequest.of(0, 2, Sort.by('nothing')))).rejects.toMatchObject({
      code: 'AMBIT_QUERY_UNKNOWN_PROPERTY',
    })
  })

  it('distinct: equal rows come once, and are counted once', async () => {
    await contacts().saveAll([contact({ firstname: 'Zoe', lastname: 'Gierke', age: 5 })])
    const all = ['Arrasz', 'Gierke', 'Matthews', 'raymond'].map(lastname => ({ lastname }))
    expect(await contacts().findDistinctByAgeGreaterThanOrderByLastnameAsc(1)).toHaveLength(4)
    expect(await contacts().lastnames()).toHaveLength(4)
    expect(await contacts().lastnames()).toEqual(expect.arrayContaining(all))
    const page = await contacts().lastnamePages(PageRequest.of(0, 2))
    expect([page.content.length, page.total]).toEqual([2, 4])
    const next = await contacts().lastnamePages(PageRequest.of(1, 2))
    expect([...page.content, ...next.content]).toEqual(expect.arrayContaining(all))
    const byAge = contacts().lastnamePages(PageRequest.of(0, 2, Sort.by('age')))
    await expect(byAge).rejects.toMatchObject({ code: 'AMBIT_QUERY_OPTION' })
  })

  it('null arguments and sorting without case work as for entities', async () => {
    await contacts().saveAll([contact({ firstname: 'Zoe' })])
    expect(await contacts().findByLastnameOrderByFirstnameAsc(null)).toEqual([{ firstname: 'Zoe' }])
    expect(await contacts().findByLastnameOrderByFirstnameAsc('Arrasz')).toEqual([{ firstname: 'Joachim' }])
    const sorted = await contacts().sortedWithoutCase()
    expect(sorted).toStrictEqual(['Joachim', 'Oliver', 'Dave', 'kevin', 'Zoe'].map(firstname => ({ firstname })))
  })

  it('SP-55 rows of SQL become instances, snake_case as camelCase', async () => {
    const rows = await contacts().rows()
    expect(rows[0]).toBeInstanceOf(ContactRow)
    expect(rows[0]?.hello()).toBe('hello Oliver')
    expect({ ...rows[0] }).toEqual({ id: rows[0]?.id, firstName: 'Oliver', _odd2Name: 'gierke@synyx.de' })
    expect((await contacts().row(rows[1]?.id ?? 0))?.hello()).toBe('hello Joachim')
    expect(await contacts().row(0)).toBeNull()
    const page = await contacts().rowPage(PageRequest.of(0, 2))
    expect([page.content[1]?.hello(), page.total]).toEqual(['hello Joachim', 4])
    await expect(contacts().clash()).rejects.toMatchObject({ code: 'AMBIT_QUERY_OPTION' })
  })

  it('SP-55 a find at run time takes the same select; its statement is made once', async () => {
    const find = (condition: string) =>
      contacts().select(['firstname'], { predicate: parseWhere(condition).predicate }, { sort: Sort.by('id') })
    expect(await find('age > 31')).toStrictEqual([{ firstname: 'Joachim' }, { firstname: 'Dave' }])
    expect(await find('age > 40')).toStrictEqual([{ firstname: 'Dave' }])
    // SQLite logs the values in the text.
    expect(new Set(selects().map(text => text.replace(/ > \S+/, ' > ?'))).size).toBe(1)
    await expect(find('agee > 40')).rejects.toMatchObject({ code: 'AMBIT_QUERY_UNKNOWN_PROPERTY' })
  })

  it.each<[string, QueryOptions, string, string]>([
    ['an unknown property', { where: 'age > 1', select: ['firstnam'] }, 'AMBIT_QUERY_UNKNOWN_PROPERTY', 'firstname?'],
    ['an unknown path', { where: 'age > 1', select: { a: 'team.nam' } }, 'AMBIT_QUERY_UNKNOWN_PROPERTY', 'team.name?'],
    ['nothing', { where: 'age > 1', select: [] }, 'AMBIT_QUERY_OPTION', 'selects nothing'],
    [
      'a path without a name',
      { where: 'age > 1', select: ['team.name'] },
      'AMBIT_QUERY_OPTION',
      "{ name: 'team.name' }",
    ],
    ['a relation without a name', { where: 'age > 1', select: ['team'] }, 'AMBIT_QUERY_OPTION', "{ team: 'team.id' }"],
    [
      'a name that would be no property',
      { where: 'age > 1', select: JSON.parse('{ "__proto__": "age" }') as never },
      'AMBIT_QUERY_OPTION',
      'another name',
    ],
    ['a property twice', { where: 'age > 1', select: ['age', 'age'] }, 'AMBIT_QUERY_OPTION', 'twice'],
    ['what is no select', { where: 'age > 1', select: 5 as never }, 'AMBIT_QUERY_OPTION', 'select'],
    ['a path that is no text', { where: 'age > 1', select: { a: 5 } as never }, 'AMBIT_QUERY_OPTION', 'select'],
    ['a count', { where: 'age > 1', select: ['age'], result: 'count' }, 'AMBIT_QUERY_KIND_MISMATCH', "'many'"],
    ['distinct entities', { where: 'age > 1', distinct: true }, 'AMBIT_QUERY_OPTION', 'never repeated'],
    [
      'distinct rows in an order that they do not have',
      { where: 'age > 1 order by id', select: ['age'], distinct: true },
      'AMBIT_QUERY_OPTION',
      "sorts by 'id'",
    ],
    [
      'a collection',
      { where: 'age > 1', select: { a: 'team.members.age' } },
      'AMBIT_QUERY_UNSUPPORTED',
      'team.members',
    ],
  ])('%s is refused at start-up', async (_, options, code, message) => {
    class Wrong extends CrudRepository<Contact> {}
    Query.unchecked(options)(Wrong.prototype, 'find')
    Repository(Contact)(Wrong)
    const started = bootstrap({ database: db.settings, ...CONTACTS, components: [Wrong], logger: silentLogger })
    await expect(started).rejects.toMatchObject({ problems: [{ code }] })
    await expect(started).rejects.toThrow(message)
  })

  it('a class is needed for a projection', () => {
    expect(() => projection(undefined as never, ['a'])).toThrow('AMBIT_QUERY_OPTION')
  })
})

const SEED = 20_261_130

describe.each(ENGINES)('values of projections on $name', engine => {
  const entities = randomEntities(engine.name, 8, SEED)
  const paths = entities.map(({ schema }) => Object.keys(schema.options.columns))
  const db = engineDatabase(engine)
  entities.forEach(({ repository }, at) => {
    const select = Object.fromEntries((paths[at] ?? []).map(path => [`its ${path}`, path]))
    Query.unchecked({ where: 'order by id', select })(repository.prototype as object, 'selected')
  })
  const running = runningApplication(db, () => ({
    entities: entities.map(({ schema }) => schema) as never[],
    components: entities.map(({ repository }) => repository),
  }))

  it.each(entities.map((entity, at) => [at, entity] as const))(
    'of entity %i are those of the entity',
    async (at, entity) => {
      const found = running.app.get(entity.repository) as CrudRepository<ObjectLiteral> & {
        selected(): Promise<ObjectLiteral[]>
      }
      const hidden = new Set(
        found.orm.metadata.columns.filter(column => !column.isSelect).map(column => column.propertyPath),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(entity.rows, { minLength: 1, maxLength: 4 }), async rows => {
          await found.orm.createQueryBuilder().delete().execute()
          for (const row of rows) await found.insert(row)
          const stock = await found.orm.find({ order: { id: 'ASC' } })
          const visible = (paths[at] ?? []).filter(path => !hidden.has(path))
          const expected = stock.map(row => visible.map(path => row[path] as unknown))
          const selected = await found.selected()
          expect(selected.map(row => visible.map(path => row[`its ${path}`] as unknown))).toStrictEqual(expected)
        }),
        { numRuns: 3, seed: SEED },
      )
    },
  )
})
