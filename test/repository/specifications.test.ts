import { example, PageRequest, Sort, transactional } from 'ambit'
import { IncorrectResultSizeError } from 'ambit/errors'
import { QueryBuilder } from '../../src/query/builder/query-builder'
import type { Specification } from '../../src/query/builder/specification'
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

const where = (): QueryBuilder<Contact> => new QueryBuilder<Contact>()
const sort = Sort.by<Contact>('id')

describe.each(ENGINES)('reading by specifications on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => CONTACTS)
  const contacts = (): ContactRepository => running.app.get(ContactRepository)
  const found = async (specification?: Specification<Contact>): Promise<string[]> =>
    names(await contacts().findMany(specification, { sort }))

  beforeEach(async () => {
    await contacts().saveAll([...FOUR])
    db.log.clear()
  })

  it('SP-56 combines: or, not, and, nothing', async () => {
    const oliver = where().eq('firstname', 'Oliver')
    const arrasz = where().eq('lastname', 'Arrasz')
    expect(await found(oliver.or(arrasz))).toEqual(['Oliver', 'Joachim'])
    expect(await found(oliver.not().and(arrasz))).toEqual(['Joachim'])
    expect(await found(where())).toHaveLength(4)
    expect(await found(where().and(where()).or(where()))).toHaveLength(4)
    expect(await found({ predicate: undefined })).toHaveLength(4)
  })

  it('SP-56 finds by examples', async () => {
    const starting = { match: 'startsWith', ignoreCase: true } as const
    expect(await found(example(Contact, { firstname: 'oLiV' }, starting))).toEqual(['Oliver'])
    expect(await found(example(Contact, {}))).toHaveLength(4)
    const probe: Partial<Contact> = { firstname: 'Oliver' }
    probe.manager = probe as Contact
    expect(() => example(Contact, probe)).toThrow("contains itself at 'manager'")
  })

  it('SP-48 one row, none, and more than one', async () => {
    const e = where().contains('firstname', 'e')
    expect(await contacts().findOne(where().eq('firstname', 'nobody'))).toBeNull()
    expect(await contacts().findOne(where().eq('firstname', 'Dave'))).toMatchObject({ lastname: 'Matthews' })
    await expect(contacts().findOne(e)).rejects.toThrow(IncorrectResultSizeError)
    await expect(contacts().getOne(e)).rejects.toMatchObject({
      code: 'AMBIT_QUERY_RESULT_SIZE',
      expected: 1,
      message: expect.stringContaining('ContactRepository.getOne'),
    })
    await expect(contacts().getOne(where().eq('firstname', 'nobody'))).rejects.toMatchObject({
      code: 'AMBIT_QUERY_EMPTY_RESULT',
    })
    expect(await contacts().getOne(where().eq('firstname', 'kevin'))).toMatchObject({ age: 31 })
    expect(db.log.texts.filter(text => text.includes('LIMIT 2'))).toHaveLength(6)
  })

  it('takes the first by the sort', async () => {
    expect(await contacts().findFirst(where().gt('age', 30), { sort: Sort.by<Contact>('age', 'desc') })).toMatchObject({
      firstname: 'Dave',
    })
    expect(await contacts().findFirst(where().gt('age', 99))).toBeNull()
    expect(await contacts().findFirst(where(), { sort, offset: 1 })).toMatchObject({ firstname: 'Joachim' })
  })

  it('R3 counts, limits and leaves out', async () => {
    await contacts().insert(contact({ firstname: 'Five' }))
    expect(names(await contacts().findMany(undefined, { sort, limit: 2, offset: 1 }))).toEqual(['Joachim', 'Dave'])
    expect(await contacts().count()).toBe(5)
    expect(await contacts().count(where().gt('age', 30))).toBe(3)
    expect(await contacts().existsBy(where().gt('age', 42))).toBe(true)
    expect(await contacts().existsBy(where().gt('age', 43))).toBe(false)
    expect(names(await contacts().findMany(where().isNotNull('age'), { sort, offset: 3 }))).toEqual(['kevin'])
    db.log.clear()
    expect(await contacts().findMany(where(), { limit: 0 })).toEqual([])
    expect(db.log.texts).toEqual([])
  })

  it('pages and slices what a specification describes', async () => {
    const adults = where().gt('age', 30)
    const page = await contacts().findPage(adults, PageRequest.of<Contact>(0, 2, 'age'))
    expect([names([...page.content]), page.total]).toEqual([['kevin', 'Joachim'], 3])
    const next = await contacts().findPage(adults, PageRequest.of<Contact>(1, 2, 'age'))
    expect([names([...next.content]), next.total]).toEqual([['Dave'], 3])
    const slice = await contacts().findSlice(adults, PageRequest.of<Contact>(0, 2, 'age'))
    expect([names([...slice.content]), slice.hasNext]).toEqual([['kevin', 'Joachim'], true])
    expect((await contacts().findSlice(undefined, PageRequest.of(1, 2))).hasNext).toBe(false)
    expect((await contacts().findPage(undefined, PageRequest.of(3, 2))).total).toBe(4)
  })

  it.each<[string, () => Promise<unknown>, string]>([
    ['findMany', () => contacts().findMany(where().gt('age', 1)), 'SELECT contact'],
    ['findOne', () => contacts().findOne(where().eq('age', 28)), 'SELECT contact'],
    ['getOne', () => contacts().getOne(where().eq('age', 28)), 'SELECT contact'],
    ['findFirst', () => contacts().findFirst(where().gt('age', 1), { sort }), 'SELECT contact'],
    ['count', () => contacts().count(where().gt('age', 1)), 'COUNT contact'],
    ['existsBy', () => contacts().existsBy(where().gt('age', 1)), 'SELECT contact'],
  ])('%s sends one select and nothing else, and joins', async (_, read, command) => {
    await read()
    expect(db.log.commands).toEqual([command])
    db.log.clear()
    await transactional({}, read)
    expect(db.log.commands).toEqual(['BEGIN', command, 'COMMIT'])
  })

  it('makes a statement once, whatever the values', async () => {
    const of = (age: number): Specification<Contact> => where().in('age', [age, 1]).or().startsWith('firstname', 'ke')
    expect(names(await contacts().findMany(of(28), { sort }))).toEqual(['Oliver', 'kevin'])
    const builders = jest.spyOn(running.app.get(ContactRepository).manager, 'createQueryBuilder')
    expect(names(await contacts().findMany(of(35), { sort }))).toEqual(['Joachim', 'kevin'])
    expect(builders).not.toHaveBeenCalled()
    builders.mockRestore()
  })

  it.each<[string, () => Promise<unknown>, string]>([
    ['conditions of TypeORM', () => contacts().findMany({ firstname: 'x' } as never), 'AMBIT_REPOSITORY_SPECIFICATION'],
    ['null', () => contacts().findMany(null as never), 'AMBIT_REPOSITORY_SPECIFICATION'],
    ['nothing, for one', () => contacts().findOne(undefined as never), 'AMBIT_REPOSITORY_SPECIFICATION'],
    ['nothing, to look for', () => contacts().existsBy(undefined as never), 'AMBIT_REPOSITORY_SPECIFICATION'],
    ['an id, to count', () => contacts().count(7 as never), 'AMBIT_REPOSITORY_SPECIFICATION'],
    [
      'an unknown option',
      () => contacts().findMany(where(), { order: 'x' } as never),
      'AMBIT_REPOSITORY_SPECIFICATION',
    ],
    ['a limit for one', () => contacts().findOne(where(), { limit: 1 } as never), 'AMBIT_REPOSITORY_SPECIFICATION'],
    ['no sort', () => contacts().findMany(where(), { sort: 'age' } as never), 'AMBIT_QUERY_INVALID_SORT'],
    ['a limit below zero', () => contacts().findMany(where(), { limit: -1 }), 'AMBIT_QUERY_INVALID_PAGE'],
    ['half a row', () => contacts().findMany(where(), { offset: 0.5 }), 'AMBIT_QUERY_INVALID_PAGE'],
    ['no page', () => contacts().findPage(where(), undefined as never), 'AMBIT_QUERY_PAGE_MISSING'],
    [
      'an unknown property',
      () => contacts().findMany(new QueryBuilder().eq('firstnam', 1)),
      'AMBIT_QUERY_UNKNOWN_PROPERTY',
    ],
    [
      'an unknown key of a sort',
      () => contacts().findMany(where(), { sort: Sort.by('nmae') }),
      'AMBIT_QUERY_UNKNOWN_PROPERTY',
    ],
    [
      'a condition that waits for its value',
      () => contacts().findMany({ predicate: WAITING } as never),
      'AMBIT_REPOSITORY_SPECIFICATION',
    ],
  ])('refuses %s before any SQL', async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code })
    expect(db.log.texts).toEqual([])
  })

  it('reads examples of related and embedded objects', async () => {
    const team = await running.app.get(TeamRepository).save({ name: 'tea' })
    await contacts().save(contact({ firstname: 'Ann', team, address: { city: 'Rome', zip: null } }))
    expect(await found(example(Contact, { team: { name: 'tea' } }))).toEqual(['Ann'])
    expect(await found(example(Contact, { team }))).toEqual(['Ann'])
    expect(
      await found(example(Contact, { address: { city: 'rom' } }, { match: 'contains', ignoreCase: true })),
    ).toEqual(['Ann'])
    expect(await found(example(Contact, { age: null, active: true }, { nulls: 'match' }))).toEqual(['Ann'])
    expect(await found(example(Contact, { age: 28, lastname: 'Arrasz' }, { mode: 'any' }))).toEqual([
      'Oliver',
      'Joachim',
    ])
    expect(await found(example(Contact, { age: 28, lastname: 'x' }, { ignore: ['lastname'] }))).toEqual(['Oliver'])
    const paths = { lastname: { match: 'endsWith' } } as const
    expect(await found(example(Contact, { firstname: 'Dave', lastname: 'thews' }, { paths }))).toEqual(['Dave'])
    expect(await found(example(Contact, { firstname: 'D%' }, { match: 'startsWith' }))).toEqual([])
    expect(await found(example(Contact, { createdAt: FOUR[2]?.createdAt as Date }))).toEqual(['Dave'])
    expect(() => example(Team, { members: [] })).toThrow("is no single value at 'members'")
  })
})

const WAITING = Object.freeze({
  kind: 'comparison',
  operator: 'eq',
  path: 'age',
  value: { kind: 'parameter', name: 'v1' },
  ignoreCase: false,
})
