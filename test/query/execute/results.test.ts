import { CrudRepository, Page, PageRequest, Query, Repository, Slice } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { Contact, contact, ContactRepository, CONTACTS, names } from './contacts'

type Row = Record<string, unknown>

@Repository(Contact)
class Kinds extends CrudRepository<Contact> {
  @Query({ where: 'age >= :age', result: 'many' })
  declare many: (age: number) => Promise<Contact[]>
  @Query({ where: 'age >= :age', result: 'one' })
  declare one: (age: number) => Promise<Contact | null>
  @Query({ where: 'age >= :age', result: 'required' })
  declare required: (age: number) => Promise<Contact>
  @Query({ where: 'age >= :age order by age', result: 'page' })
  declare page: (age: number, page: PageRequest) => Promise<Page<Contact>>
  @Query({ where: 'age >= :age order by age', result: 'slice' })
  declare slice: (age: number, page: PageRequest) => Promise<Slice<Contact>>
  @Query({ where: 'age >= :age', result: 'count' })
  declare counted: (age: number) => Promise<number>
  @Query({ where: 'age >= :age', result: 'exists' })
  declare some: (age: number) => Promise<boolean>

  @Query.sql('SELECT first_name AS name FROM contact WHERE age >= :age ORDER BY age')
  declare sqlMany: (age: number) => Promise<Row[]>
  @Query.sql('SELECT first_name AS name FROM contact WHERE age >= :age', { result: 'one' })
  declare sqlOne: (age: number) => Promise<Row | null>
  @Query.sql('SELECT first_name AS name FROM contact WHERE age >= :age', { result: 'required' })
  declare sqlRequired: (age: number) => Promise<Row>
  @Query.sql('SELECT first_name AS name FROM contact WHERE age >= :age ORDER BY age', { result: 'page' })
  declare sqlPage: (age: number, page: PageRequest) => Promise<Page<Row>>
  @Query.sql('SELECT first_name AS name FROM contact WHERE age >= :age ORDER BY age', { result: 'slice' })
  declare sqlSlice: (age: number, page: PageRequest) => Promise<Slice<Row>>
  @Query.sql('SELECT max(age) FROM contact WHERE age >= :age', { result: 'scalar' })
  declare sqlScalar: (age: number) => Promise<number | null>
  @Query.sql('DELETE FROM contact WHERE age >= :age', { result: 'affected' })
  declare sqlDelete: (age: number) => Promise<number>

  @Query({ result: 'one' })
  declare findByAge: (age: number) => Promise<Contact | null>
  @Query({ result: 'required' })
  declare findOneByAge: (age: number) => Promise<Contact>
  @Query({ result: 'one' })
  declare getByAge: (age: number) => Promise<Contact | null>
  @Query({ result: 'slice' })
  declare findByAgeGreaterThanOrderByAge: (age: number, page: PageRequest) => Promise<Slice<Contact>>
  @Query({ result: 'page' })
  declare findAllByAgeGreaterThan: (age: number, page: PageRequest) => Promise<Page<Contact>>
}

describe.each(ENGINES)('result kinds on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...CONTACTS, components: [...CONTACTS.components, Kinds] }))
  const kinds = (): Kinds => running.app.get(Kinds)
  const derived = (): ContactRepository => running.app.get(ContactRepository)
  beforeEach(async () => {
    await derived().saveAll([10, 20, 20, 30].map((age, index) => contact({ firstname: `c${index}`, age })))
    db.log.clear()
  })

  it('many is a list, also an empty one', async () => {
    expect(names(await kinds().many(20)).sort()).toEqual(['c1', 'c2', 'c3'])
    expect(await kinds().many(99)).toEqual([])
    expect(await kinds().sqlMany(30)).toEqual([{ name: 'c3' }])
    expect(await kinds().sqlMany(99)).toEqual([])
    expect(names(await derived().findByAgeIn([10]))).toEqual(['c0'])
  })

  it('one is a row, null, or an error for two', async () => {
    const twice = { code: 'AMBIT_QUERY_RESULT_SIZE', expected: 1, actual: 2 }
    expect(await kinds().one(30)).toMatchObject({ firstname: 'c3' })
    expect(await kinds().one(99)).toBeNull()
    await expect(kinds().one(20)).rejects.toMatchObject(twice)
    expect(await kinds().sqlOne(30)).toEqual({ name: 'c3' })
    expect(await kinds().sqlOne(99)).toBeNull()
    await expect(kinds().sqlOne(20)).rejects.toMatchObject({ code: 'AMBIT_QUERY_RESULT_SIZE', expected: 1 })
    expect(await kinds().findByAge(10)).toMatchObject({ firstname: 'c0' })
    expect(await kinds().getByAge(99)).toBeNull()
    await expect(kinds().findByAge(20)).rejects.toMatchObject(twice)
  })

  it('required is a row, or an error for none and for two', async () => {
    const none = { code: 'AMBIT_QUERY_EMPTY_RESULT', message: expect.stringContaining("result: 'one'") }
    expect(await kinds().required(30)).toMatchObject({ firstname: 'c3' })
    await expect(kinds().required(99)).rejects.toMatchObject(none)
    await expect(kinds().required(20)).rejects.toMatchObject({ code: 'AMBIT_QUERY_RESULT_SIZE' })
    expect(await kinds().sqlRequired(30)).toEqual({ name: 'c3' })
    await expect(kinds().sqlRequired(99)).rejects.toMatchObject(none)
    await expect(kinds().findOneByAge(99)).rejects.toMatchObject(none)
    await expect(derived().getByFirstname('nobody')).rejects.toMatchObject(none)
    expect(await derived().getByFirstname('c0')).toMatchObject({ age: 10 })
  })

  it('page has the rows and how many there are in all', async () => {
    const request = PageRequest.of(0, 2)
    const pages = [await kinds().page(20, request), await derived().findByActiveTrueOrderByFirstnameAsc(request)]
    expect(pages.map(({ total, content }) => [total, names(content).length])).toEqual([
      [3, 2],
      [4, 2],
    ])
    expect(pages[0]).toBeInstanceOf(Page)
    expect({ ...(await kinds().sqlPage(20, PageRequest.of(1, 2))) }).toEqual({
      content: [{ name: 'c3' }],
      total: 3,
      page: 1,
      size: 2,
    })
    expect((await kinds().findAllByAgeGreaterThan(10, request)).total).toBe(3)
  })

  it('slice has the rows and whether more follow', async () => {
    const first = await kinds().slice(10, PageRequest.of(0, 3))
    expect(first).toBeInstanceOf(Slice)
    expect([first.content.length, first.hasNext, first.isFirst]).toEqual([3, true, true])
    expect(await kinds().slice(10, PageRequest.of(1, 3))).toMatchObject({ hasNext: false })
    expect({ ...(await kinds().sqlSlice(20, PageRequest.of(0, 2))) }).toEqual({
      content: [{ name: expect.stringMatching(/c1|c2/) }, { name: expect.stringMatching(/c1|c2/) }],
      hasNext: true,
      page: 0,
      size: 2,
    })
    expect(await kinds().findByAgeGreaterThanOrderByAge(10, PageRequest.of(0, 3))).toMatchObject({ hasNext: false })
  })

  it('count and exists are a number and a boolean', async () => {
    expect([await kinds().counted(20), await kinds().counted(99), await derived().countByActiveTrue()]).toEqual([
      3, 0, 4,
    ])
    expect([await kinds().some(20), await kinds().some(99)]).toEqual([true, false])
    expect([await derived().existsByFirstname('c0'), await derived().existsByFirstname('x')]).toEqual([true, false])
  })

  it('exists reads no entity', async () => {
    await kinds().some(20)
    const [select] = db.log.texts.filter(text => text.startsWith('SELECT'))
    expect(select).toMatch(/^SELECT 1/)
    expect(select).toMatch(/LIMIT 1$/)
  })

  it('scalar is the first value of the first row, null without one', async () => {
    expect([await kinds().sqlScalar(10), await kinds().sqlScalar(99)]).toEqual([30, null])
  })

  it('affected is how many rows were written, in a transaction that may write', async () => {
    expect(await kinds().sqlDelete(20)).toBe(3)
    expect(await kinds().sqlDelete(20)).toBe(0)
    expect(await derived().deleteByAgeLessThan(11)).toBe(1)
    expect(await derived().deleteByAgeLessThan(11)).toBe(0)
    expect(await derived().count()).toBe(0)
    expect(db.log.commands.filter(command => command === 'DELETE contact')).toHaveLength(4)
  })
})
