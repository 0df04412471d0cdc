import {
  bootstrap,
  CrudRepository,
  PageRequest,
  projection,
  ReadRepository,
  Repository,
  Sort,
  transactional,
  where,
  WindowRequest,
} from 'ambit'
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
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { gate } from '../support/gate'
import { Job, JOBS, JobRepository, Note, NoteRepository, QueueRepository } from './jobs'

class Named {
  constructor(
    readonly first: string,
    readonly age: number | null,
  ) {}
}

@Repository(Contact)
class ContactReader extends ReadRepository<Contact> {}

describe.each(ENGINES)('finding by specifications on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...CONTACTS,
    components: [...CONTACTS.components, ContactReader],
  }))
  const contacts = (): ContactRepository => running.app.get(ContactRepository)
  const grown = where<Contact>().gte('age', 30)
  const commands = (): readonly string[] => db.log.commands
  const selects = (): string[] => db.log.texts.filter(text => /^(SELECT|WITH)/.test(text))

  beforeEach(async () => {
    await contacts().saveAll([...FOUR])
    db.log.clear()
  })

  describe('findWindow()', () => {
    it('walks forwards and backwards, each row once', async () => {
      const request = WindowRequest.first<Contact>(2, 'age')
      const first = await contacts().findWindow(grown, request)
      expect([names(first.content), first.hasNext, first.hasPrevious]).toEqual([['kevin', 'Joachim'], true, false])
      const second = await contacts().findWindow(grown, request.after(first.endCursor ?? ''))
      expect([names(second.content), second.hasNext, second.hasPrevious]).toEqual([['Dave'], false, true])
      const back = await contacts().findWindow(grown, request.before(second.startCursor ?? ''))
      expect(names(back.content)).toEqual(['kevin', 'Joachim'])
      const last = await contacts().findWindow(undefined, WindowRequest.last<Contact>(3, 'age'))
      expect(names(last.content)).toEqual(['kevin', 'Joachim', 'Dave'])
    })

    it('is one select without a transaction, of one text for all values', async () => {
      await contacts().findWindow(grown, WindowRequest.first<Contact>(2, 'age'))
      await contacts().findWindow(where<Contact>().gte('age', 31), WindowRequest.first<Contact>(2, 'age'))
      // SQLite logs numbers in the text.
      const [first, second, third] = selects().map(text => text.replace(/3[01]\.0/g, '?'))
      expect([first !== undefined, second, third]).toEqual([true, first, undefined])
      expect(commands().some(command => command.startsWith('BEGIN'))).toBe(false)
    })

    it.each([
      ['other values', where<Contact>().gte('age', 31), WindowRequest.first<Contact>(2, 'age')],
      ['another condition', where<Contact>().gt('age', 30), WindowRequest.first<Contact>(2, 'age')],
      ['no condition', undefined, WindowRequest.first<Contact>(2, 'age')],
      ['another sort', grown, WindowRequest.first<Contact>(2, Sort.by<Contact>('age').desc())],
    ])('refuses a cursor of %s, before any SQL', async (_, specification, request) => {
      const { endCursor } = await contacts().findWindow(grown, WindowRequest.first<Contact>(2, 'age'))
      db.log.clear()
      const refused = contacts().findWindow(specification, request.after(endCursor ?? ''))
      await expect(refused).rejects.toMatchObject({ code: 'AMBIT_QUERY_INVALID_CURSOR' })
      await expect(
        running.app.get(ContactReader).findWindow(grown, WindowRequest.first<Contact>(2, 'age').after(endCursor ?? '')),
      ).rejects.toMatchObject({ code: 'AMBIT_QUERY_INVALID_CURSOR' })
      expect(db.log.texts).toEqual([])
    })

    it.each<[string, () => Promise<unknown>, string]>([
      ['no request', () => contacts().findWindow(grown, undefined as never), 'AMBIT_QUERY_PAGE_MISSING'],
      ['a page request', () => contacts().findWindow(grown, PageRequest.of(0, 2) as never), 'AMBIT_QUERY_PAGE_MISSING'],
      [
        'no specification',
        () => contacts().findWindow({} as never, WindowRequest.first(2)),
        'AMBIT_REPOSITORY_SPECIFICATION',
      ],
      [
        'a sort by nothing there is',
        () => contacts().findWindow(grown, WindowRequest.first(2, 'agee')),
        'AMBIT_QUERY_UNKNOWN_PROPERTY',
      ],
    ])('refuses %s, before any SQL', async (_, find, code) => {
      await expect(find()).rejects.toMatchObject({ code })
      expect(db.log.texts).toEqual([])
    })
  })

  describe('select()', () => {
    it('answers properties, by their names or by names of yours', async () => {
      const sort = Sort.by<Contact>('age')
      const listed = await contacts().select(['firstname', 'age'], grown, { sort, limit: 2 })
      expect(listed).toStrictEqual([
        { firstname: 'kevin', age: 31 },
        { firstname: 'Joachim', age: 35 },
      ])
      const first: string | undefined = listed[0]?.firstname
      expect(first).toBe('kevin')
      const renamed = await contacts().select({ name: 'firstname', city: 'address.city' }, grown, {
        sort,
        offset: 2,
        limit: 9,
      })
      expect(renamed).toStrictEqual([{ name: 'Dave', city: null }])
      expect(commands().some(command => command.startsWith('BEGIN'))).toBe(false)
    })

    it('answers instances of a class', async () => {
      const people = await contacts().select(projection(Named, ['firstname', 'age']), grown, { sort: Sort.by('age') })
      expect(people[0]).toBeInstanceOf(Named)
      expect(people.map(({ first, age }) => [first, age])).toEqual([
        ['kevin', 31],
        ['Joachim', 35],
        ['Dave', 43],
      ])
    })

    it('reads through relations to one', async () => {
      const team = await running.app.get(TeamRepository).save({ name: 'red' })
      await contacts().save(contact({ firstname: 'Ann', age: 50, team: team }))
      const found = await contacts().select({ name: 'firstname', team: 'team.name' }, where<Contact>().gt('age', 42), {
        sort: Sort.by('age'),
      })
      expect(found).toStrictEqual([
        { name: 'Dave', team: null },
        { name: 'Ann', team: 'red' },
      ])
      // @ts-expect-error the entity says that there may be no team
      const [certain]: { readonly team: string }[] = found
      const [honest]: { readonly name: string; readonly team: string | null }[] = found
      expect(honest).toBe(certain)
    })

    it('answers the key of a relation, and says that it may be one', async () => {
      const team = await running.app.get(TeamRepository).save({ name: 'red' })
      await contacts().save(contact({ firstname: 'Ann', age: 50, team: team }))
      const found = await contacts().select({ key: 'team' }, where<Contact>().gt('age', 42), { sort: Sort.by('age') })
      expect(found).toStrictEqual([{ key: null }, { key: team.id }])
      // @ts-expect-error no team is loaded
      const [loaded]: { readonly key: Team | null }[] = found
      const [honest]: { readonly key: Team | number | null }[] = found
      expect(honest).toBe(loaded)
    })

    it('answers what is distinct, and keeps it apart from the same that is not', async () => {
      await contacts().save(contact({ firstname: 'Dave', age: 30 }))
      const sort = Sort.by<Contact>('firstname')
      const all = await contacts().select(['firstname'], grown, { sort })
      const once = await contacts().select(['firstname'], grown, { sort, distinct: true })
      expect([all.length, once.length]).toEqual([4, 3])
    })

    it('sends nothing for a limit of 0', async () => {
      expect(await contacts().select(['firstname'], grown, { limit: 0 })).toEqual([])
      expect(db.log.texts).toEqual([])
    })

    it.each<[string, () => Promise<unknown>, string]>([
      ['an unknown property', () => contacts().select(['firstnam' as never]), 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
      ['nothing to select', () => contacts().select([]), 'AMBIT_QUERY_OPTION'],
      ['no select at all', () => contacts().select(undefined as never), 'AMBIT_QUERY_OPTION'],
      ['a specification in its place', () => contacts().select(grown as never), 'AMBIT_QUERY_OPTION'],
      [
        'distinct rows in an order that they do not have',
        () => contacts().select(['firstname'], grown, { sort: Sort.by('age'), distinct: true }),
        'AMBIT_QUERY_OPTION',
      ],
      [
        'an unknown option',
        () => contacts().select(['firstname'], grown, { lock: 'update' } as never),
        'AMBIT_REPOSITORY_SPECIFICATION',
      ],
    ])('refuses %s, before any SQL', async (_, find, code) => {
      await expect(find()).rejects.toMatchObject({ code })
      expect(db.log.texts).toEqual([])
    })
  })

  describe('selectPage()', () => {
    it('answers a page in the order of the request, and how many there are', async () => {
      const page = await contacts().selectPage(['firstname'], grown, PageRequest.of<Contact>(0, 2, 'age'))
      expect([page.content, page.total]).toEqual([[{ firstname: 'kevin' }, { firstname: 'Joachim' }], 3])
      const next = await contacts().selectPage(['firstname'], grown, PageRequest.of<Contact>(1, 2, 'age'))
      expect([next.content, next.total]).toEqual([[{ firstname: 'Dave' }], 3])
      const behind = await contacts().selectPage(['firstname'], grown, PageRequest.of<Contact>(7, 2, 'age'))
      expect([behind.content, behind.total]).toEqual([[], 3])
    })

    it('counts distinct rows once', async () => {
      await contacts().save(contact({ firstname: 'Dave', age: 30 }))
      const page = await contacts().selectPage(['firstname'], grown, PageRequest.of(0, 2), { distinct: true })
      expect(page.total).toBe(3)
    })

    it('refuses what is no page request, before any SQL', async () => {
      const refused = contacts().selectPage(['firstname'], grown, { page: 0, size: 2 } as never)
      await expect(refused).rejects.toMatchObject({ code: 'AMBIT_QUERY_PAGE_MISSING' })
      expect(db.log.texts).toEqual([])
    })
  })

  describe('findAllById() with relations', () => {
    it('loads them; missing ones are left out', async () => {
      const team = await running.app.get(TeamRepository).save({ name: 'red' })
      const ann = await contacts().save(contact({ firstname: 'Ann', team: team }))
      const found = await contacts().findAllById([ann.id, 4711], { relations: ['team'] })
      expect(found.map(({ firstname, team }) => [firstname, team?.name])).toEqual([['Ann', 'red']])
      const [red] = await running.app.get(TeamRepository).findAllById([team.id], { relations: ['members'] })
      expect(red && names(red.members)).toEqual(['Ann'])
    })

    it('sends nothing for no identifiers, and refuses half ones and unknown relations', async () => {
      expect(await contacts().findAllById([], { relations: ['team'] })).toEqual([])
      const half = contacts().findAllById([undefined as never], { relations: ['team'] })
      await expect(half).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_NO_ID' })
      const unknown = contacts().findAllById([1], { relations: ['tea' as never] })
      await expect(unknown).rejects.toMatchObject({ code: 'AMBIT_QUERY_UNKNOWN_PROPERTY' })
      expect(db.log.texts).toEqual([])
    })
  })

  describe('ReadRepository', () => {
    it('reads, in read-only transactions where it needs one', async () => {
      const reader = running.app.get(ContactReader)
      expect(names(await reader.findMany(grown, { sort: Sort.by('age') }))).toEqual(['kevin', 'Joachim', 'Dave'])
      expect(await reader.count()).toBe(4)
      expect(await reader.exists(4711)).toBe(false)
    })

    it('has no method that writes', () => {
      const writing = [
        'save',
        'saveAll',
        'insert',
        'insertAll',
        'update',
        'updateMany',
        'upsert',
        'delete',
        'deleteMany',
      ]
      expect(writing.filter(name => name in running.app.get(ContactReader))).toEqual([])
      expect(writing.filter(name => name in CrudRepository.prototype)).toEqual(writing)
    })
  })
})

describe.each(ENGINES)('locking what a specification finds on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => JOBS)
  const jobs = (): JobRepository => running.app.get(JobRepository)
  const fresh = where<Job>().eq('state', 'new')
  const locked = (): string[] => db.log.texts.filter(text => / FOR [A-Z ]+ OF "entity"/.test(text))

  beforeEach(async () => {
    await jobs().insertAll([{ state: 'new' }, { state: 'new' }, { state: 'done' }])
    db.log.clear()
  })

  it('locks the rows until the transaction ends', async () => {
    await transactional({}, async () => {
      expect(await jobs().findMany(fresh, { sort: Sort.by('id'), limit: 5, lock: 'update' })).toHaveLength(2)
      expect(await jobs().findFirst(fresh, { sort: Sort.by('id'), lock: 'share' })).toMatchObject({ state: 'new' })
      expect(await jobs().findOne(where<Job>().eq('state', 'done'), { lock: 'no-key-update' })).not.toBeNull()
      expect(await jobs().getOne(where<Job>().eq('state', 'done'), { lock: 'key-share' })).not.toBeNull()
    })
    expect(locked()).toHaveLength(engine.oneWriter ? 0 : 4)
  })

  it('shares its statements with nobody who does not lock', async () => {
    await transactional({}, async () => {
      await jobs().findMany(fresh, { lock: 'update' })
      await jobs().findMany(fresh)
      await jobs().findMany(fresh, { lock: 'update' })
    })
    expect(locked()).toHaveLength(engine.oneWriter ? 0 : 2)
  })

  if (!engine.oneWriter) {
    it('gives each of two workers jobs of its own', async () => {
      const [taken, done] = [gate(), gate()]
      const claim = () => jobs().findMany(fresh, { sort: Sort.by('id'), limit: 1, lock: 'update', onLocked: 'skip' })
      const first = transactional({}, async () => {
        const mine = await claim()
        taken.open()
        await done.opened
        return mine
      })
      await taken.opened
      const second = await transactional({}, claim)
      const none = await transactional({}, async () => [await claim(), await claim()].map(({ length }) => length))
      done.open()
      const [one] = await first
      expect([one?.id, second[0]?.id, none]).toEqual([1, 2, [1, 1]])
    })

    it('refuses a limit over eager relations, which would have to be a SELECT DISTINCT', async () => {
      const notes = running.app.get(NoteRepository)
      const limited = () => notes.findMany(where<Note>().gt('id', 0), { limit: 1, lock: 'update' })
      await expect(transactional({}, limited)).rejects.toMatchObject({ code: 'AMBIT_QUERY_LOCK' })
      expect(db.log.commands).toEqual([])
    })
  } else {
    it('refuses to skip what it does not lock', async () => {
      const skipping = () => jobs().findMany(fresh, { lock: 'update', onLocked: 'skip' })
      await expect(transactional({}, skipping)).rejects.toMatchObject({ code: 'AMBIT_QUERY_LOCK' })
      expect(db.log.commands).toEqual([])
    })
  }

  it.each<[string, () => Promise<unknown>, string]>([
    ['outside a transaction', () => jobs().findMany(fresh, { lock: 'update' }), 'AMBIT_QUERY_LOCK_SCOPE'],
    [
      'in a read-only one',
      () => transactional({ readOnly: true }, () => jobs().findFirst(fresh, { lock: 'update' })),
      'AMBIT_QUERY_LOCK_SCOPE',
    ],
    [
      'with relations',
      () => transactional({}, () => jobs().findMany(fresh, { lock: 'update', relations: ['queue'] })),
      'AMBIT_QUERY_OPTION',
    ],
    [
      'of a mode that there is not',
      () => transactional({}, () => jobs().findOne(fresh, { lock: 'write' as never })),
      'AMBIT_QUERY_OPTION',
    ],
    [
      'without saying how',
      () => transactional({}, () => jobs().findMany(fresh, { onLocked: 'skip' })),
      'AMBIT_QUERY_OPTION',
    ],
  ])('is refused %s, before any SQL', async (_, find, code) => {
    await expect(find()).rejects.toMatchObject({ code })
    expect(db.log.commands).toEqual([])
  })

  it('a query may not take the name of a method of ReadRepository', async () => {
    const { Query } = await import('ambit')
    class Hiding extends ReadRepository<Job> {}
    Query.unchecked()(Hiding.prototype, 'findWindow')
    Repository(Job)(Hiding)
    const components = [QueueRepository, Hiding]
    const started = bootstrap({ database: db.settings, ...JOBS, components, logger: silentLogger })
    await expect(started).rejects.toMatchObject({ problems: [{ code: 'AMBIT_QUERY_DERIVED_NAME' }] })
    await expect(started).rejects.toThrow('is a method of ReadRepository')
  })
})
