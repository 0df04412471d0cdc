import { CrudRepository, type Page, PageRequest, Query, Repository, Sort, transactional } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { Contact, contact, CONTACTS, names } from './contacts'

interface Named {
  readonly name: string
}

@Repository(Contact)
class Pages extends CrudRepository<Contact> {
  @Query({ where: 'age >= :age', result: 'page' })
  declare fromAge: (age: number, page: PageRequest) => Promise<Page<Contact>>

  @Query({ where: 'age >= :from and age <= :to order by age desc', args: ['from', 'to'], result: 'page' })
  declare between: (from: number, to: number, page: PageRequest) => Promise<Page<Contact>>

  @Query.sql('SELECT first_name AS name FROM contact WHERE age >= :age ORDER BY age', { result: 'page' })
  declare rows: (age: number, page: PageRequest) => Promise<Page<Named>>

  @Query.sql('SELECT DISTINCT first_name AS name FROM contact WHERE age >= :age ORDER BY 1', {
    result: 'page',
    countSql: 'SELECT count(DISTINCT first_name) FROM contact WHERE age >= :age;',
  })
  declare counted: (age: number, page: PageRequest) => Promise<Page<Named>>

  @Query.sql('SELECT first_name AS name FROM contact ORDER BY id', { result: 'page', countSql: 'SELECT 42 AS n' })
  declare claimed: (page: PageRequest) => Promise<Page<Named>>

  @Query.sql('SELECT age, count(*) AS many FROM contact GROUP BY age ORDER BY age', { result: 'page' })
  declare grouped: (page: PageRequest) => Promise<Page<{ age: number; many: number | string }>>

  @Query.sql(
    `WITH old AS (SELECT first_name AS name, age FROM contact WHERE age >= :age)
     SELECT name FROM old WHERE name <> ':age' -- a comment
     ORDER BY age /* the end */ ;  `,
    { result: 'page' },
  )
  declare commented: (age: number, page: PageRequest) => Promise<Page<Named>>

  @Query.sql('SELECT name FROM (SELECT first_name AS name, age FROM contact ORDER BY age LIMIT 3) x ORDER BY age', {
    result: 'page',
  })
  declare inner: (page: PageRequest) => Promise<Page<Named>>

  @Query.sql('SELECT first_name AS name FROM contact ORDER BY age DESC LIMIT :most OFFSET 1', { result: 'page' })
  declare capped: (params: { most: number }, page: PageRequest) => Promise<Page<Named>>
}

describe.each(ENGINES)('pages on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...CONTACTS, components: [...CONTACTS.components, Pages] }))
  const pages = (): Pages => running.app.get(Pages)
  const counts = (): number => db.log.texts.filter(text => /count\(/i.test(text)).length
  const named = (page: Page<Named>): string[] => page.content.map(({ name }) => name)
  beforeEach(async () => {
    await pages().saveAll([1, 2, 3, 4, 5].map(age => contact({ firstname: `c${age}`, age })))
    db.log.clear()
  })

  it.each([
    ['the first page is not full', 0, 6, 0],
    ['the first page is full, so more may follow', 0, 5, 1],
    ['a later page is neither empty nor full', 1, 3, 0],
    ['a later page is full', 1, 2, 1],
    ['a later page is empty', 2, 5, 1],
  ])('counts only where the total cannot be known: %s', async (_, page, size, expected) => {
    const request = PageRequest.of(page, size)
    expect((await pages().fromAge(1, request)).total).toBe(5)
    expect(counts()).toBe(expected)
    db.log.clear()
    expect((await pages().rows(1, request)).total).toBe(5)
    expect(counts()).toBe(expected)
  })

  it('list and count are one transaction, read-only, and one snapshot where the caller asks for it', async () => {
    await pages().fromAge(1, PageRequest.of(0, 2))
    expect(db.log.commands).toEqual(['BEGIN', 'SELECT contact', 'COUNT contact', 'COMMIT'])
    await transactional({ isolation: 'REPEATABLE READ', readOnly: true }, async () => {
      await pages().fromAge(1, PageRequest.of(0, 2))
      await db.query("INSERT INTO contact (first_name, email, age, \"createdAt\") VALUES ('new', 'e', 9, '2026-01-01')")
      expect((await pages().fromAge(1, PageRequest.of(0, 2))).total).toBe(5)
    })
    expect((await pages().fromAge(1, PageRequest.of(0, 2))).total).toBe(6)
  })

  it('the sort of the request comes behind the order of the query', async () => {
    await pages().save(contact({ firstname: 'b3', age: 3 }))
    const page = await pages().between(2, 4, PageRequest.of(0, 10, 'firstname'))
    expect(names(page.content)).toEqual(['c4', 'b3', 'c3', 'c2'])
  })

  it('several sorts of a request are one', async () => {
    const page = await pages().fromAge(4, PageRequest.of(0, 10, [Sort.by('active'), Sort.by('age', 'desc')]))
    expect(names(page.content)).toEqual(['c5', 'c4'])
  })

  it('an own count is used as it is, whatever it answers', async () => {
    await pages().save(contact({ firstname: 'c5', age: 5 }))
    const page = await pages().counted(1, PageRequest.of(0, 2))
    expect([named(page), page.total]).toEqual([['c1', 'c2'], 5])
    expect((await pages().claimed(PageRequest.of(0, 2))).total).toBe(42)
    expect((await pages().claimed(PageRequest.of(0, 9))).total).toBe(6)
  })

  it('groups count as rows', async () => {
    await pages().save(contact({ firstname: 'other', age: 5 }))
    const page = await pages().grouped(PageRequest.of(2, 2))
    expect([page.total, page.content.map(({ age, many }) => [age, Number(many)])]).toEqual([5, [[5, 2]]])
    expect((await pages().grouped(PageRequest.of(0, 2))).total).toBe(5)
  })

  it('common table expressions, comments, quotes and a semicolon may be in the text', async () => {
    const page = await pages().commented(2, PageRequest.of(0, 2))
    expect([named(page), page.total]).toEqual([['c2', 'c3'], 4])
  })

  it('a limit of the text bounds the pages', async () => {
    const [first, second] = [await pages().inner(PageRequest.of(0, 2)), await pages().inner(PageRequest.of(1, 2))]
    expect([named(first), named(second), first.total]).toEqual([['c1', 'c2'], ['c3'], 3])
    const [most, rest] = [
      await pages().capped({ most: 3 }, PageRequest.of(0, 2)),
      await pages().capped({ most: 3 }, PageRequest.of(1, 2)),
    ]
    expect([named(most), named(rest), most.total]).toEqual([['c4', 'c3'], ['c2'], 3])
  })

  it('past the end a page is empty and knows the total', async () => {
    expect({ ...(await pages().fromAge(1, PageRequest.of(9, 10))) }).toEqual({
      content: [],
      total: 5,
      page: 9,
      size: 10,
    })
    expect({ ...(await pages().rows(1, PageRequest.of(9, 10))) }).toEqual({ content: [], total: 5, page: 9, size: 10 })
  })
})
