import { aggregates, defineQueryable, PageRequest, QueryParams, Sort, where } from 'ambit'
import {
  Contact,
  contact,
  ContactRepository,
  CONTACTS,
  FOUR,
  names,
  Team,
  TeamRepository,
} from '../query/execute/contacts'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

const people = defineQueryable(Contact, { filter: ['firstname', 'age', 'createdAt'], sort: ['age', 'firstname'] })
const groups = defineQueryable(Team, { filter: ['name', 'members.age'] })

/** Three of the four, the oldest first, without the first of them. */
const params = (): QueryParams<Contact> => people.parse({ filter: 'age > 28', sort: '-age', limit: '1', offset: '1' })

describe.each(ENGINES)('what requests ask of a repository on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => CONTACTS)
  const contacts = (): ContactRepository => running.app.get(ContactRepository)

  beforeEach(async () => {
    await contacts().saveAll([...FOUR])
    db.log.clear()
  })

  const rows = async (): Promise<[string, number | null][]> => {
    const all = await contacts().findAll(Sort.by<Contact>('id'))
    return all.map(({ firstname, age }) => [firstname, age])
  }

  describe('findMany()', () => {
    it('keeps to the filter, the sort, the limit and the offset', async () => {
      expect(names(await contacts().findMany(params()))).toEqual(['Joachim'])
    })

    it('goes by what the program says beside them', async () => {
      expect(names(await contacts().findMany(params(), { limit: 2, offset: 0 }))).toEqual(['Dave', 'Joachim'])
      const youngest = Sort.by<Contact>('age')
      expect(names(await contacts().findMany(params(), { sort: youngest, offset: 2 }))).toEqual(['Dave'])
    })

    it('takes the limit that a request gets which says none', async () => {
      await contacts().saveAll(Array.from({ length: 30 }, (_, n) => contact({ firstname: `n${String(n)}`, age: 50 })))
      expect(await contacts().findMany(people.parse({}))).toHaveLength(20)
      expect(await contacts().findMany(where<Contact>().and(people.parse({})))).toHaveLength(34)
    })

    it('sends nothing for a limit of 0', async () => {
      expect(await contacts().findMany(people.parse({ limit: '0' }))).toEqual([])
      expect(db.log.texts).toEqual([])
    })
  })

  it('findFirst() takes the sort and the offset', async () => {
    expect(await contacts().findFirst(params())).toMatchObject({ firstname: 'Joachim' })
    expect(await contacts().findFirst(params(), { offset: 0 })).toMatchObject({ firstname: 'Dave' })
  })

  it('a page and a slice take the sort, and say the part themselves', async () => {
    const page = await contacts().findPage(params(), PageRequest.of(0, 2))
    expect([names(page.content), page.total]).toEqual([['Dave', 'Joachim'], 3])
    const slice = await contacts().findSlice(params(), PageRequest.of(0, 2))
    expect([names(slice.content), slice.hasNext]).toEqual([['Dave', 'Joachim'], true])
    const sorted = await contacts().findPage(params(), PageRequest.of(0, 2, Sort.by<Contact>('age')))
    expect(names(sorted.content)).toEqual(['kevin', 'Joachim'])
  })

  it('counts by the conditions alone: how many there are, whatever part is wanted', async () => {
    expect(await contacts().count(params())).toBe(3)
    expect(await contacts().existsBy(people.parse({ filter: 'age > 28', offset: '9' }))).toBe(true)
  })

  describe('writing', () => {
    it.each([
      ['a limit', { filter: 'age > 28', limit: '1' }],
      ['the limit of a request that says none', { filter: 'age > 28' }],
      ['an offset', { filter: 'age > 28', offset: '1' }],
    ])('refuses %s before any SQL: more rows than that would be written', async (_, request) => {
      const wrong = { code: 'AMBIT_REPOSITORY_SPECIFICATION' }
      const before = await rows()
      db.log.clear()
      await expect(contacts().deleteMany(people.parse(request))).rejects.toMatchObject(wrong)
      await expect(contacts().updateMany(people.parse(request), { age: 1 })).rejects.toMatchObject(wrong)
      expect(db.log.texts).toEqual([])
      expect(await rows()).toEqual(before)
    })

    it('takes the conditions alone', async () => {
      const conditions = where<Contact>().and(params())
      expect(await contacts().updateMany(conditions, { age: 1 })).toBe(3)
      expect((await rows()).map(([, age]) => age)).toEqual([28, 1, 1, 1])
    })

    it('a filter that says nothing is no leave to delete everything', async () => {
      const conditions = where<Contact>().and(people.parse({ filter: ' ' }))
      await expect(contacts().deleteMany(conditions)).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_UNRESTRICTED' })
      expect(await rows()).toHaveLength(4)
    })
  })

  describe('stream()', () => {
    const streamed = async (specification: QueryParams<Contact>): Promise<string[]> => {
      const found: Contact[] = []
      for await (const one of contacts().stream(specification, { fetchSize: 2 })) found.push(one)
      return names(found)
    }

    it('keeps to the sort and the limit', async () => {
      expect(await streamed(people.parse({ sort: '-age', limit: '3' }))).toEqual(['Dave', 'Joachim', 'kevin'])
    })

    it.each([{ offset: '1' }, { limit: '0' }])('refuses %j, which it does not have', request => {
      expect(() => contacts().stream(people.parse(request))).toThrow('[AMBIT_QUERY_OPTION]')
      expect(db.log.texts).toEqual([])
    })

    it.each([{}, null, 'age > 28', { all: true }])('takes %j for no specification, and not for every row', wrong => {
      expect(() => contacts().stream(wrong as never)).toThrow('[AMBIT_REPOSITORY_SPECIFICATION]')
    })
  })

  describe('aggregate()', () => {
    const { count, max } = aggregates
    const values = { n: count(), oldest: max('age') }

    it('compares dates that a request wrote as text', async () => {
      const late = where<Contact>().and(people.parse({ filter: "createdAt >= '2026-01-03'" }))
      expect(await contacts().aggregate({ values, where: late })).toEqual([{ n: 2, oldest: 43 }])
    })

    it('refuses a value that the column does not take, before any SQL', async () => {
      const wrong = where<Contact>().and(people.parse({ filter: "age > 'banana'" }))
      await expect(contacts().aggregate({ values, where: wrong })).rejects.toMatchObject({ code: 'AMBIT_QUERY_VALUE' })
      expect(db.log.texts).toEqual([])
    })

    it.each<[string, QueryParams<Contact>]>([
      ['the limit of a request that says none', people.parse({ filter: 'age > 28' })],
      ['a sort', QueryParams.of<Contact>({ sort: Sort.by<Contact>('age') })],
      ['a limit', QueryParams.of<Contact>({ limit: 1 })],
      ['an offset', QueryParams.of<Contact>({ offset: 1 })],
    ])('refuses %s of rows before any SQL: it answers groups', async (_, wrong) => {
      const refused = contacts().aggregate({ values, where: wrong })
      await expect(refused).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_SPECIFICATION' })
      await expect(refused).rejects.toThrow('where().and(params)')
      expect(db.log.texts).toEqual([])
    })

    it.each<[string, object, string]>([
      ['a sort that is none', { sort: { age: 'desc' } }, 'AMBIT_QUERY_INVALID_SORT'],
      ['an option that it does not have', { orderBy: 'n' }, 'AMBIT_REPOSITORY_SPECIFICATION'],
      ['a negative limit', { limit: -1 }, 'AMBIT_QUERY_INVALID_PAGE'],
      ['a limit that is text', { limit: '1' }, 'AMBIT_QUERY_INVALID_PAGE'],
      ['half an offset', { offset: 0.5 }, 'AMBIT_QUERY_INVALID_PAGE'],
    ])('refuses %s before any SQL', async (_, wrong, code) => {
      await expect(contacts().aggregate({ values, ...wrong })).rejects.toMatchObject({ code })
      expect(db.log.texts).toEqual([])
    })

    it('sends nothing for a limit of 0', async () => {
      expect(await contacts().aggregate({ values, limit: 0 })).toEqual([])
      expect(db.log.texts).toEqual([])
    })

    it.each([{}, null, 'age > 28'])('takes %j for no specification, and not for every row', async given => {
      await expect(contacts().aggregate({ values, where: given as never })).rejects.toMatchObject({
        code: 'AMBIT_REPOSITORY_SPECIFICATION',
      })
    })
  })

  describe('a path behind a collection', () => {
    const found = async (filter: string): Promise<string[]> => {
      const teams = await running.app.get(TeamRepository).findMany(groups.parse({ filter }))
      return teams.map(({ name }) => name).sort()
    }

    beforeEach(async () => {
      const [old, young] = await running.app.get(TeamRepository).saveAll([{ name: 'old' }, { name: 'young' }])
      await contacts().saveAll([
        contact({ firstname: 'a', age: 80, team: old as Team }),
        contact({ firstname: 'b', age: 18, team: young as Team }),
      ])
    })

    it('can be opened', async () => {
      expect(await found('members.age > 30')).toEqual(['old'])
      expect(await found("members.age < 30 and name = 'young'")).toEqual(['young'])
    })

    it('is not opened by the list, which opens whether there is anything in it', async () => {
      const lists = defineQueryable(Team, { filter: ['members'] })
      const teams = running.app.get(TeamRepository)
      await teams.saveAll([{ name: 'none' }])
      expect(await teams.findMany(lists.parse({ filter: 'members is empty' }))).toMatchObject([{ name: 'none' }])
      for (const filter of ['members.age > 30', 'members any (age > 30)'])
        await expect((async () => teams.findMany(lists.parse({ filter })))()).rejects.toMatchObject({
          code: 'AMBIT_QUERY_NOT_ALLOWED',
        })
    })

    it('is known to the compiler, and misspelt ones to the first request', async () => {
      // @ts-expect-error: no such property
      const wrong = defineQueryable(Team, { filter: ['name', 'members.agee'] })
      await expect(
        running.app.get(TeamRepository).findMany(wrong.parse({ filter: "name = 'a'" })),
      ).rejects.toMatchObject({ code: 'AMBIT_QUERY_UNKNOWN_PROPERTY' })
    })

    it.each(["members any (firstname = 'a')", 'members is empty', "members.firstname = 'a'"])(
      'opens nothing beside it: %s',
      async filter => {
        db.log.clear()
        await expect(found(filter)).rejects.toMatchObject({ code: 'AMBIT_QUERY_NOT_ALLOWED' })
        expect(db.log.texts).toEqual([])
      },
    )
  })
})
