import {
  bootstrap,
  CrudRepository,
  dataSourceToken,
  projection,
  Query,
  type QueryOptions,
  Repository,
  Sort,
  transactional,
  where,
  type Window,
  WindowRequest,
} from 'ambit'
import { InvalidCursorError } from 'ambit/errors'
import { AfterLoad, Column, DeleteDateColumn, Entity, ManyToOne, PrimaryColumn, SelectQueryBuilder } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'
import { Contact, contact, CONTACTS, FOUR, Team, TeamRepository } from './contacts'

type Names = Pick<Contact, 'firstname'>
type Last = Pick<Contact, 'lastname'>

class Card {
  constructor(
    readonly first: string,
    readonly team: string | null,
  ) {}
}

@Repository(Contact)
class Windows extends CrudRepository<Contact> {
  @Query({ where: 'age > :age order by lastname', select: ['firstname'], result: 'window' })
  declare namesFrom: (age: number, request: WindowRequest) => Promise<Window<Names>>

  @Query({ where: 'age > :age', select: ['lastname'], distinct: true, result: 'window' })
  declare lastnames: (age: number, request: WindowRequest) => Promise<Window<Last>>

  @Query({ where: 'age > :age', select: ['lastname', 'age'], distinct: true, result: 'window' })
  declare agedLastnames: (age: number, request: WindowRequest) => Promise<Window<Pick<Contact, 'lastname' | 'age'>>>

  @Query({ where: 'id > 0', select: projection(Card, ['firstname', 'team.name']), result: 'window' })
  declare cards: (request: WindowRequest) => Promise<Window<Card>>

  @Query({ select: ['firstname'], result: 'window' })
  declare findByLastnameOrderByFirstnameAsc: (last: string | null, request: WindowRequest) => Promise<Window<Names>>

  @Query({ select: ['lastname'], result: 'window' })
  declare findDistinctByAgeGreaterThan: (age: number, request: WindowRequest) => Promise<Window<Last>>
}

/** Read by TypeORM as an entity: it listens, and has an eager relation. */
@Entity('leaf')
class Leaf {
  @PrimaryColumn() id!: number
  @Column() label!: string
  @ManyToOne(() => Team, { nullable: true, eager: true }) team!: Team | null
  @AfterLoad()
  refuse(): void {
    throw new Error('no entity is loaded for a projection')
  }
}

@Entity('exact')
class Exact {
  @PrimaryColumn() id!: number
  @Column({ type: 'numeric' }) amount!: string
  @Column({ type: 'double precision' }) real!: number
}

/** Its key has two columns, and rows are deleted softly. */
@Entity('seat')
class Seat {
  @PrimaryColumn() line!: string
  @PrimaryColumn() place!: number
  @Column() zone!: string
  @DeleteDateColumn() deletedAt!: Date | null
}

@Repository(Leaf)
class Leaves extends CrudRepository<Leaf> {}
@Repository(Exact)
class Exacts extends CrudRepository<Exact> {}
@Repository(Seat)
class Seats extends CrudRepository<Seat> {}

async function walked<T>(find: (request: WindowRequest) => Promise<Window<T>>, start: WindowRequest): Promise<T[]> {
  const found: T[] = []
  let request = start
  for (let time = 0; time < 50; time += 1) {
    const window = await find(request)
    found.push(...window.content)
    if (!window.hasNext || window.endCursor === undefined) return found
    request = start.after(window.endCursor)
  }
  throw new Error('the walk goes round and round')
}

describe.each(ENGINES)('windows of projections on $name', engine => {
  const db = engineDatabase(engine)
  const components = [Windows, TeamRepository, Leaves, Exacts, Seats]
  const entities = [...CONTACTS.entities, Leaf, Exact, Seat]
  const running = runningApplication(db, () => ({ entities, components }))
  const windows = (): Windows => running.app.get(Windows)

  beforeEach(async () => {
    await windows().saveAll([...FOUR, contact({ firstname: 'Zoe', lastname: 'Gierke', age: 5 })])
    db.log.clear()
  })

  it('hold what is selected and no key, in the order of the query, the request, and the key', async () => {
    const sort = Sort.by('firstname', 'desc')
    const first = await windows().namesFrom(1, WindowRequest.first(2, sort))
    expect(first.content).toStrictEqual([{ firstname: 'Joachim' }, { firstname: 'Zoe' }])
    expect([first.hasNext, first.hasPrevious]).toEqual([true, false])
    const next = await windows().namesFrom(1, WindowRequest.first(2, sort).after(first.endCursor ?? ''))
    expect(next.content).toStrictEqual([{ firstname: 'Oliver' }, { firstname: 'Dave' }])
    const back = await windows().namesFrom(1, WindowRequest.last(2, sort).before(next.endCursor ?? ''))
    expect(back.content).toStrictEqual([{ firstname: 'Zoe' }, { firstname: 'Oliver' }])
    const [last] = (await windows().namesFrom(1, WindowRequest.last(1, sort))).content
    expect(last).toStrictEqual({ firstname: 'kevin' })
  })

  it('are one statement, prepared once for all sizes', async () => {
    const one = await windows().namesFrom(1, WindowRequest.first(1))
    await windows().namesFrom(1, WindowRequest.first(1).after(one.endCursor ?? ''))
    await windows().namesFrom(1, WindowRequest.first(3).after(one.endCursor ?? ''))
    expect(db.log.commands).toEqual(['SELECT contact', 'SELECT contact', 'SELECT contact'])
    const [first = '', second = '', third = ''] = db.log.texts
    const key = engine.oneWriter ? /\("entity"."last_name"\) AS "ambit_key_0"/ : /CAST\("entity"."last_name" AS text\)/
    expect(first).toMatch(/^SELECT "entity"."first_name" AS "ambit_0", /)
    expect(first).toMatch(key)
    expect(first).toMatch(/ORDER BY "entity"."last_name" ASC NULLS LAST, "entity"."id" ASC LIMIT/)
    if (!engine.oneWriter) expect(second).toBe(third)
    expect(second.replace(/LIMIT .*/, '')).toBe(third.replace(/LIMIT .*/, ''))
  })

  it('of distinct rows have each once, by grouping', async () => {
    const all = ['Arrasz', 'Gierke', 'Matthews', 'raymond'].map(lastname => ({ lastname }))
    const find = (request: WindowRequest) => windows().lastnames(1, request)
    for (const size of [1, 2, 3, 4, 5]) {
      const found = await walked(find, WindowRequest.first(size))
      expect(found).toHaveLength(4)
      expect(found).toEqual(expect.arrayContaining(all))
    }
    expect(db.log.texts[0]).toMatch(/GROUP BY "entity"."last_name" ORDER BY "entity"."last_name" ASC NULLS LAST LIMIT/)
    const pairs = (request: WindowRequest) => windows().agedLastnames(1, request)
    expect(await walked(pairs, WindowRequest.first(2, Sort.by('age')))).toEqual([
      { lastname: 'Gierke', age: 5 },
      { lastname: 'Gierke', age: 28 },
      { lastname: 'raymond', age: 31 },
      { lastname: 'Arrasz', age: 35 },
      { lastname: 'Matthews', age: 43 },
    ])
    const derived = (request: WindowRequest) => windows().findDistinctByAgeGreaterThan(5, request)
    expect(await walked(derived, WindowRequest.first(1, Sort.by('lastname', 'desc')))).toHaveLength(4)
  })

  it('of distinct rows have those once whose equal values are written in several ways', async () => {
    const exacts = running.app.get(Exacts)
    await db.query("INSERT INTO exact (id, amount, real) VALUES (1, '1.0', 0.0), (2, '1.00', -0.0), (3, '2', 1)")
    const find = (request: WindowRequest) =>
      exacts.selectWindow(['amount', 'real'], undefined, request, { distinct: true })
    for (const size of [1, 2, 5]) {
      const found = await walked(find, WindowRequest.first(size))
      expect(found.map(({ amount, real }) => [Number(amount), Math.abs(real)])).toEqual([
        [1, 0],
        [2, 1],
      ])
    }
  })

  it('of a selected null are of rows, also where all that is selected is null', async () => {
    await windows().saveAll([contact({ firstname: 'a' }), contact({ firstname: 'b' })])
    const find = (request: WindowRequest) =>
      windows().selectWindow(['lastname'], where<Contact>().isNull('lastname'), request)
    expect(await walked(find, WindowRequest.first(1))).toStrictEqual([{ lastname: null }, { lastname: null }])
    const distinct = (request: WindowRequest) =>
      windows().selectWindow(['lastname'], undefined, request, { distinct: true })
    const found = await walked(distinct, WindowRequest.first(1, Sort.by('lastname').nullsFirst()))
    expect(found[0]).toStrictEqual({ lastname: null })
    expect(found).toHaveLength(5)
  })

  it('make instances, and read through relations to one', async () => {
    const red = await running.app.get(TeamRepository).save({ name: 'red' })
    await windows().updateMany(where<Contact>().eq('firstname', 'Dave'), { team: red })
    const find = (request: WindowRequest) => windows().cards(request)
    const cards = await walked(find, WindowRequest.first(2, 'team.name'))
    expect(cards.every(card => card instanceof Card)).toBe(true)
    expect(cards.map(({ first, team }) => [first, team])).toEqual([
      ['Dave', 'red'],
      ['Oliver', null],
      ['Joachim', null],
      ['kevin', null],
      ['Zoe', null],
    ])
  })

  it('take null arguments, and none without a row', async () => {
    await windows().save(contact({ firstname: 'Nemo' }))
    const request = WindowRequest.first(5)
    expect((await windows().findByLastnameOrderByFirstnameAsc(null, request)).content).toEqual([{ firstname: 'Nemo' }])
    const gierkes = await windows().findByLastnameOrderByFirstnameAsc('Gierke', request)
    expect(gierkes.content).toEqual([{ firstname: 'Oliver' }, { firstname: 'Zoe' }])
    const none = await windows().findByLastnameOrderByFirstnameAsc('nobody', request)
    expect([none.content, none.hasNext, none.hasPrevious, none.endCursor]).toEqual([[], false, false, undefined])
  })

  it('load no entity, whatever listens to it', async () => {
    const leaves = running.app.get(Leaves)
    await db.query("INSERT INTO leaf (id, label) VALUES (1, 'b'), (2, 'a'), (3, 'a')")
    const loads = jest.spyOn(SelectQueryBuilder.prototype, 'getRawMany')
    const find = (request: WindowRequest) => leaves.selectWindow(['label'], undefined, request)
    expect(await walked(find, WindowRequest.first(1, 'label'))).toEqual([
      { label: 'a' },
      { label: 'a' },
      { label: 'b' },
    ])
    expect(loads).not.toHaveBeenCalled()
    const { options } = running.app.get(dataSourceToken('default'))
    // Where TypeORM does more than send statements, it sends these as well.
    Object.assign(options, { cache: { alwaysEnabled: true } })
    try {
      expect(await walked(find, WindowRequest.first(2, 'label'))).toHaveLength(3)
      expect(loads).toHaveBeenCalledTimes(2)
    } finally {
      Object.assign(options, { cache: undefined })
      loads.mockRestore()
    }
  })

  it('leave out rows that are deleted softly, and go by keys of several columns', async () => {
    const seats = running.app.get(Seats)
    const keys = ['a', 'b'].flatMap(line => [1, 2, 3].map(place => ({ line, place })))
    await seats.insertAll(keys.map(key => ({ ...key, zone: key.place === 3 ? 'far' : 'near' })))
    await db.query(
      "UPDATE seat SET \"deletedAt\" = '2026-01-01 00:00:00' WHERE place = 3 OR (line = 'a' AND place = 1)",
    )
    const find = (request: WindowRequest) => seats.selectWindow(['line', 'place'], undefined, request)
    expect(await walked(find, WindowRequest.first(1, Sort.by('zone')))).toStrictEqual([
      { line: 'a', place: 2 },
      { line: 'b', place: 1 },
      { line: 'b', place: 2 },
    ])
    const zones = (request: WindowRequest) => seats.selectWindow(['zone'], undefined, request, { distinct: true })
    expect(await walked(zones, WindowRequest.first(1))).toStrictEqual([{ zone: 'near' }])
    for await (const zone of seats.stream(undefined, { select: ['zone'], distinct: true }))
      expect(zone).toStrictEqual({ zone: 'near' })
  })

  it('take any name for what is selected, which is no part of the SQL', async () => {
    const name = `it's "; DROP TABLE contact; --`
    const select = { [name]: 'firstname', again: 'firstname' } as const
    const find = (request: WindowRequest) => windows().selectWindow(select, undefined, request, { distinct: true })
    const found = await walked(find, WindowRequest.first(2, Sort.by('firstname')))
    expect(found[0]).toStrictEqual({ [name]: 'Dave', again: 'Dave' })
    expect(found).toHaveLength(5)
    expect(db.log.texts.join()).not.toContain('DROP')
  })

  it('inside a transaction are statements of it, and see what it wrote', async () => {
    await transactional({}, async () => {
      await windows().deleteMany(where<Contact>().eq('firstname', 'Zoe'))
      expect((await windows().namesFrom(1, WindowRequest.first(9))).content).toHaveLength(4)
    })
    expect(db.log.connections).toBe(1)
  })

  it('selectWindow takes the sort of the request, and that of parameters behind it', async () => {
    const grown = where<Contact>().gt('age', 30)
    const byAge = WindowRequest.first(2, Sort.by<Contact>('age'))
    const first = await windows().selectWindow({ who: 'firstname' }, grown, byAge)
    expect(first.content).toStrictEqual([{ who: 'kevin' }, { who: 'Joachim' }])
    const last = await windows().selectWindow({ who: 'firstname' }, grown, byAge.after(first.endCursor ?? ''))
    expect([last.content, last.hasNext]).toStrictEqual([[{ who: 'Dave' }], false])
  })

  describe('a cursor', () => {
    const request = WindowRequest.first(1)
    const refused = async (work: Promise<unknown>): Promise<void> => {
      db.log.clear()
      await expect(work).rejects.toThrow(InvalidCursorError)
      // Nothing was sent.
      expect(db.log.texts).toEqual([])
    }

    it('is refused by another query, with other values and another sort', async () => {
      const cursor = (await windows().namesFrom(1, request)).endCursor ?? ''
      await refused(windows().namesFrom(2, request.after(cursor)))
      await refused(windows().namesFrom(1, WindowRequest.first(1, 'age').after(cursor)))
      await refused(windows().namesFrom(1, WindowRequest.first(1, Sort.by('age').desc()).after(cursor)))
      await refused(windows().lastnames(1, request.after(cursor)))
      await refused(windows().namesFrom(1, request.after(`${cursor.slice(0, -2)}AA`)))
      await refused(windows().namesFrom(1, request.before("' OR 1 = 1 --")))
      const found = await windows().findWindow(undefined, request)
      await refused(windows().selectWindow(['firstname'], undefined, request.after(found.endCursor ?? '')))
    })

    it('of distinct rows is refused where other properties make them one', async () => {
      const select = (paths: ('lastname' | 'age' | 'id')[], distinct: boolean, from: WindowRequest) =>
        windows().selectWindow(paths, undefined, from, { distinct })
      const sorted = WindowRequest.first(1, Sort.by<Contact>('lastname').and('age').and('id'))
      const once = (await select(['lastname', 'age', 'id'], true, sorted)).endCursor ?? ''
      await select(['lastname', 'age', 'id'], true, sorted.after(once))
      // The order is the same.
      await refused(select(['lastname', 'age', 'id'], false, sorted.after(once)))
      await refused(select(['id', 'lastname', 'age'], true, request.after(once)))
      const one = (await select(['lastname'], true, request)).endCursor ?? ''
      await refused(select(['age'], true, request.after(one)))
      await refused(select(['lastname', 'age'], true, request.after(one)))
    })

    it('of rows that are not distinct is good for other properties of them', async () => {
      const { endCursor = '' } = await windows().selectWindow(['age'], undefined, request)
      const next = await windows().selectWindow(['firstname'], undefined, request.after(endCursor))
      expect(next.content).toEqual([{ firstname: 'Joachim' }])
    })

    it('holds no value, and is for one tenant', async () => {
      let tenant = 'one'
      const app = await bootstrap({
        database: { ...db.settings, schema: 'none' },
        logger: silentLogger,
        entities,
        components,
        cursorKeys: ['a secret that only this test knows, of some length'],
        cursorScope: () => tenant,
      })
      try {
        const find = (at: WindowRequest) => app.run(() => app.get(Windows).lastnames(1, at))
        const { endCursor = '' } = await find(request)
        expect(Buffer.from(endCursor, 'base64url').toString('latin1')).not.toMatch(/Arrasz/)
        expect((await find(request.after(endCursor))).content).toEqual([{ lastname: 'Gierke' }])
        tenant = 'two'
        await refused(find(request.after(endCursor)))
      } finally {
        await app.close()
      }
    })
  })

  describe('are refused', () => {
    it('without a request, with unknown options, and in an order that distinct rows do not have', async () => {
      const wrong: readonly (readonly [() => Promise<unknown>, string])[] = [
        [() => windows().namesFrom(1, undefined as never), 'AMBIT_QUERY_PAGE_MISSING'],
        [() => windows().selectWindow(['age'], undefined, 5 as never), 'AMBIT_QUERY_PAGE_MISSING'],
        [() => windows().lastnames(1, WindowRequest.first(1, 'age')), 'AMBIT_QUERY_OPTION'],
        [() => windows().namesFrom(1, WindowRequest.first(1, 'nothing')), 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
        [() => windows().namesFrom(1, WindowRequest.first(1, 'team.members.age')), 'AMBIT_QUERY_UNSUPPORTED'],
        [
          () => windows().selectWindow(['ag' as never], undefined, WindowRequest.first(1)),
          'AMBIT_QUERY_UNKNOWN_PROPERTY',
        ],
        [() => windows().selectWindow([], undefined, WindowRequest.first(1)), 'AMBIT_QUERY_OPTION'],
        [
          () => windows().selectWindow(['age'], undefined, WindowRequest.first(1), { lock: 'update' } as never),
          'AMBIT_REPOSITORY_SPECIFICATION',
        ],
        [
          () => windows().selectWindow(['age'], undefined, WindowRequest.first(1, 'lastname'), { distinct: true }),
          'AMBIT_QUERY_OPTION',
        ],
      ]
      for (const [call, code] of wrong) await expect(call()).rejects.toMatchObject({ code })
      expect(db.log.texts).toEqual([])
    })

    it.each<[string, string, QueryOptions, string]>([
      [
        'with a lock',
        'find',
        { where: 'age > 1', select: ['age'], result: 'window', lock: 'update' },
        'AMBIT_QUERY_LOCK',
      ],
      [
        'in an order that distinct rows do not have',
        'find',
        { where: 'age > 1 order by id', select: ['age'], distinct: true, result: 'window' },
        'AMBIT_QUERY_OPTION',
      ],
      ['with First', 'findFirst3ByAge', { select: ['age'], result: 'window' }, 'AMBIT_QUERY_KIND_MISMATCH'],
      [
        'with a fetchSize',
        'find',
        { where: 'age > 1', select: ['age'], result: 'window', fetchSize: 5 },
        'AMBIT_QUERY_OPTION',
      ],
    ])('at the start %s', async (_, member, options, code) => {
      class Wrong extends CrudRepository<Contact> {}
      Query.unchecked(options)(Wrong.prototype, member)
      Repository(Contact)(Wrong)
      const started = bootstrap({ database: db.settings, ...CONTACTS, components: [Wrong], logger: silentLogger })
      await expect(started).rejects.toMatchObject({ problems: [{ code }] })
    })

    it('at the start as a method that takes no request', async () => {
      class Wrong extends CrudRepository<Contact> {
        find(): Promise<Window<Names>> {
          throw new Error('it is a query')
        }
      }
      const method = Object.getOwnPropertyDescriptor(Wrong.prototype, 'find')
      Query.unchecked({ where: 'age > 1', select: ['firstname'], result: 'window' })(Wrong.prototype, 'find', method)
      Repository(Contact)(Wrong)
      const started = bootstrap({ database: db.settings, ...CONTACTS, components: [Wrong], logger: silentLogger })
      await expect(started).rejects.toMatchObject({ problems: [{ code: 'AMBIT_QUERY_PAGE_MISSING' }] })
    })
  })
})
