import {
  bootstrap,
  type BootstrapOptions,
  CrudRepository,
  Query,
  Repository,
  Sort,
  transactional,
  type Window,
  WindowRequest,
} from 'ambit'
import { InvalidCursorError, type StartUpError } from 'ambit/errors'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'
import { Contact, contact, CONTACTS, Team } from './contacts'

@Repository(Contact)
class Windows extends CrudRepository<Contact> {
  @Query({ where: 'id > 0', result: 'window' })
  declare all: (request: WindowRequest) => Promise<Window<Contact>>

  @Query({ where: 'age >= :age order by age desc', result: 'window' })
  declare fromAge: (age: number, request: WindowRequest) => Promise<Window<Contact>>

  @Query({ result: 'window' })
  declare findByLastnameOrderByFirstnameAsc: (last: string | null, request: WindowRequest) => Promise<Window<Contact>>
}

@Repository(Team)
class Squads extends CrudRepository<Team> {
  @Query({ where: 'id > 0', result: 'window' })
  declare all: (request: WindowRequest) => Promise<Window<Team>>
}

const mails = (window: Window<Contact>): string[] => window.content.map(({ email }) => email.split('@')[0] ?? '')

describe.each(ENGINES)('windows on $name', engine => {
  const db = engineDatabase(engine)
  const components = [...CONTACTS.components, Windows, Squads]
  const running = runningApplication(db, () => ({ ...CONTACTS, components }))
  const windows = (): Windows => running.app.get(Windows)
  const k4 = async (): Promise<void> => {
    await windows().saveAll(
      ['john1', 'john2', 'jane1', 'jane2'].map(name =>
        contact({
          firstname: name.startsWith('john') ? 'John' : 'Jane',
          lastname: 'Doe',
          email: `${name}@example.com`,
        }),
      ),
    )
    db.log.clear()
  }

  it('SP-53, S11: windows go forwards and backwards from any row', async () => {
    await k4()
    const sort = Sort.by('firstname').and('email')
    const first = await windows().all(WindowRequest.first(1, sort))
    expect([mails(first), first.hasNext, first.hasPrevious]).toEqual([['jane1'], true, false])
    const second = await windows().all(WindowRequest.first(2, sort).after(first.cursorAt(0)))
    expect([mails(second), second.hasNext, second.hasPrevious]).toEqual([['jane2', 'john1'], true, true])
    const three = await windows().all(WindowRequest.first(3, sort))
    expect(mails(three)).toEqual(['jane1', 'jane2', 'john1'])
    const back = await windows().all(WindowRequest.first(3, sort).before(three.cursorAt(2)))
    expect([mails(back), back.hasPrevious]).toEqual([['jane1', 'jane2'], false])
    const one = await windows().all(WindowRequest.first(1, sort).before(three.cursorAt(2)))
    expect([mails(one), one.hasPrevious]).toEqual([['jane2'], true])
    const last = await windows().all(WindowRequest.last(2, sort))
    expect([mails(last), last.hasNext, last.hasPrevious]).toEqual([['john1', 'john2'], false, true])
    const rest = await windows().all(WindowRequest.last(2, sort).before(last.cursorAt(0)))
    expect([mails(rest), rest.hasPrevious]).toEqual([['jane1', 'jane2'], false])
  })
  it('the order of the query comes first, then the sort of the request, then the key', async () => {
    await windows().saveAll(
      [3, 1, 3, 2, 3].map((age, at) => contact({ firstname: at % 2 ? 'b' : 'a', age, email: `m${at}@x` })),
    )
    const found: string[] = []
    let request = WindowRequest.first(2, Sort.by('firstname', 'desc'))
    for (;;) {
      const window = await windows().fromAge(1, request)
      found.push(...mails(window))
      if (!window.hasNext || window.endCursor === undefined) break
      request = request.after(window.endCursor)
    }
    expect(found).toEqual(['m0', 'm2', 'm4', 'm3', 'm1'])
  })

  it('rows that come and go between windows are neither repeated nor lost', async () => {
    await windows().saveAll(['b', 'd', 'f', 'h'].map(firstname => contact({ firstname })))
    const request = WindowRequest.first(2, 'firstname')
    const first = await windows().all(request)
    expect(first.content.map(({ firstname }) => firstname)).toEqual(['b', 'd'])
    // In front, behind, and the very row of the cursor.
    await db.query("DELETE FROM contact WHERE first_name = 'd'")
    await windows().saveAll(['a', 'c', 'e'].map(firstname => contact({ firstname })))
    const second = await windows().all(request.after(first.endCursor ?? ''))
    expect(second.content.map(({ firstname }) => firstname)).toEqual(['e', 'f'])
    const back = await windows().all(request.before(second.startCursor ?? ''))
    expect(back.content.map(({ firstname }) => firstname)).toEqual(['b', 'c'])
  })

  it('behind the last row there is nothing, and no cursor', async () => {
    await k4()
    const all = await windows().all(WindowRequest.first(9))
    expect([all.hasNext, all.hasPrevious]).toEqual([false, false])
    const none = await windows().all(WindowRequest.first(9).after(all.endCursor ?? ''))
    expect({ ...none.toJSON() }).toEqual({
      content: [],
      hasNext: false,
      hasPrevious: true,
      startCursor: null,
      endCursor: null,
    })
    expect(() => none.cursorAt(0)).toThrow('AMBIT_QUERY_INVALID_PAGE')
    const empty = await windows().fromAge(99, WindowRequest.last(9))
    expect([empty.content, empty.hasNext, empty.hasPrevious]).toEqual([[], false, false])
  })

  it('a window is one statement, prepared once for all windows of a sort and its null pattern', async () => {
    await k4()
    const request = WindowRequest.first(1, Sort.by('lastname').and('email'))
    const one = await windows().all(request)
    await windows().all(request.after(one.endCursor ?? ''))
    expect(db.log.commands).toEqual(['SELECT contact', 'SELECT contact'])
    db.log.clear()
    const [two, three] = [
      await windows().all(WindowRequest.first(2, 'email')),
      await windows().all(WindowRequest.first(3, 'email')),
    ]
    const plain = WindowRequest.first(2, 'email')
    await windows().all(plain.after(two.endCursor ?? ''))
    await windows().all(plain.before(three.endCursor ?? ''))
    const [, , forwards, backwards] = db.log.texts
    expect(forwards).toContain('("entity"."email", "entity"."id") > (')
    expect(forwards).toMatch(/ORDER BY "entity"."email" ASC, "entity"."id" ASC LIMIT/)
    expect(backwards).toMatch(/ORDER BY "entity"."email" DESC, "entity"."id" DESC LIMIT/)
    expect(db.log.texts[0]?.replace(/LIMIT .*/, '')).toBe(db.log.texts[1]?.replace(/LIMIT .*/, ''))
  })

  it('inside a transaction it is one statement of it', async () => {
    await k4()
    await transactional({}, () => windows().all(WindowRequest.first(2)))
    expect(db.log.commands.filter(command => !/BEGIN|COMMIT/.test(command))).toEqual(['SELECT contact'])
  })

  describe('a cursor', () => {
    const request = WindowRequest.first(1, 'email')
    const refused = async (work: Promise<unknown>): Promise<void> => {
      db.log.clear()
      await expect(work).rejects.toThrow(InvalidCursorError)
      // Nothing was sent.
      expect(db.log.texts).toEqual([])
    }

    it('is refused by another query, with other arguments and another sort', async () => {
      await k4()
      const doe = await windows().findByLastnameOrderByFirstnameAsc('Doe', request)
      const cursor = doe.endCursor ?? ''
      await windows().findByLastnameOrderByFirstnameAsc('Doe', request.after(cursor))
      await refused(windows().findByLastnameOrderByFirstnameAsc('Dow', request.after(cursor)))
      await refused(windows().findByLastnameOrderByFirstnameAsc(null, request.after(cursor)))
      await refused(windows().findByLastnameOrderByFirstnameAsc('Doe', WindowRequest.first(1).after(cursor)))
      await refused(
        windows().findByLastnameOrderByFirstnameAsc(
          'Doe',
          WindowRequest.first(1, Sort.by('email').desc()).after(cursor),
        ),
      )
      await refused(windows().all(request.after(cursor)))
      await refused(windows().all(request.after(`${cursor.slice(0, -2)}AA`)))
      await refused(windows().all(request.before("' OR 1 = 1 --")))
    })

    it('is taken with another size, and in the other direction', async () => {
      await k4()
      const window = await windows().all(WindowRequest.first(2, 'email'))
      const next = WindowRequest.first(5, 'email').after(window.endCursor ?? '')
      expect(mails(await windows().all(next))).toEqual(['john1', 'john2'])
      const previous = WindowRequest.last(5, 'email').before(window.endCursor ?? '')
      expect(mails(await windows().all(previous))).toEqual(['jane1'])
    })

    it('holds no value of its row', async () => {
      await k4()
      const cursor = (await windows().all(request)).endCursor ?? ''
      expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toMatch(/jane|example/)
      expect(cursor).not.toMatch(/jane/i)
    })

    it('is for one tenant, and for whoever has the key', async () => {
      await k4()
      let tenant = 'one'
      const key = 'a secret that only this test knows, of some length'
      const start = (cursorKeys: BootstrapOptions['cursorKeys']): ReturnType<typeof bootstrap> =>
        bootstrap({
          database: { ...db.settings, schema: 'none' },
          logger: silentLogger,
          ...CONTACTS,
          components: [...CONTACTS.components, Windows],
          ...(cursorKeys && { cursorKeys }),
          cursorScope: () => tenant,
        })
      const [one, two, other] = [
        await start([key]),
        await start(['a newer one, in front of the other: 0123', key]),
        await start(undefined),
      ]
      try {
        const cursor = (await one.run(() => one.get(Windows).all(request))).endCursor ?? ''
        const next = (app: typeof one): Promise<Window<Contact>> =>
          app.run(() => app.get(Windows).all(request.after(cursor)))
        expect(mails(await next(one))).toEqual(['jane2'])
        expect(mails(await next(two))).toEqual(['jane2'])
        await refused(next(other))
        tenant = 'two'
        await refused(next(one))
      } finally {
        for (const app of [one, two, other]) await app.close()
      }
    })
  })

  describe('are refused', () => {
    it('at the start, where the query cannot have any', async () => {
      class Wrong extends CrudRepository<Team> {
        @Query.unchecked({ where: 'id > 0 order by members.age', result: 'window' })
        declare byMembers: (request: WindowRequest) => Promise<Window<Team>>
        @Query.unchecked({ result: 'window' })
        declare findFirst3ByName: (name: string, request: WindowRequest) => Promise<Window<Team>>
      }
      Query.sql('SELECT 1 AS one', { result: 'window' as never })(Wrong.prototype, 'bySql')
      Repository(Team)(Wrong)
      const start = bootstrap({ database: db.settings, logger: silentLogger, ...CONTACTS, components: [Wrong] })
      const error = (await start.catch((refusal: unknown) => refusal)) as StartUpError
      expect(error.problems.map(({ code }) => code).sort()).toEqual([
        'AMBIT_QUERY_KIND_MISMATCH',
        'AMBIT_QUERY_KIND_MISMATCH',
        'AMBIT_QUERY_UNSUPPORTED',
      ])
    })

    it('without a request, or with one of pages', async () => {
      const call = windows().all as (request?: unknown) => Promise<unknown>
      for (const wrong of [undefined, null, 5, {}, { size: 5, from: 'start' }]) {
        await expect(call.call(windows(), wrong)).rejects.toMatchObject({ code: 'AMBIT_QUERY_PAGE_MISSING' })
      }
    })

    it('by a property that the entity does not have, or that lies behind a collection', async () => {
      await expect(windows().all(WindowRequest.first(1, 'nonsense'))).rejects.toMatchObject({
        code: 'AMBIT_QUERY_UNKNOWN_PROPERTY',
      })
      const teams = WindowRequest.first(1, 'members.age')
      await expect(running.app.get(Squads).all(teams)).rejects.toMatchObject({ code: 'AMBIT_QUERY_UNSUPPORTED' })
      expect(db.log.texts).toEqual([])
    })
  })
})
