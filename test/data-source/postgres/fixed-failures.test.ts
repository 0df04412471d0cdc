import { transactional } from 'ambit'
import { CommitOutcomeUnknownError } from 'ambit/errors'
import { createTestDatabase, type TestDatabase } from '../../support/postgres'
import { WireProxy } from '../../support/wire-proxy'
import { poolOf, rejection, World } from '../harness'
import { adoptionOf, fixed, INSERT_NOTE, INSERT_RETURNING, SELECT_NOTE, send, single } from './statements'

// How fixed statements fail: on their own, beside others, with COMMIT in the same write, and with the connection.

let database: TestDatabase
let proxy: WireProxy
let world: World

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await WireProxy.start(database.url)
  world = await World.start(database, { settings: { url: proxy.url, schema: 'create', poolSize: 2 } })
  await database.query('CREATE TABLE parent (id int PRIMARY KEY)')
  await database.query(
    'CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)',
  )
})
afterAll(async () => {
  await world.app.close()
  await proxy.close()
  await database.drop()
})
beforeEach(async () => {
  await world.truncate()
  await send(world.dataSource, SELECT_NOTE, 'warm')
  proxy.clear()
  world.log.clear()
  world.reports.length = 0
})
afterEach(() => world.assertClean())

const settled = (work: readonly Promise<unknown>[]): Promise<string[]> =>
  Promise.all(
    work.map(each =>
      each.then(
        () => 'ok',
        (error: unknown) => (error as { driverError?: { code?: string } }).driverError?.code ?? String(error),
      ),
    ),
  )

const DIVIDE = fixed('SELECT 1 / $1::int AS n', ['n'], { shares: true })
const ORPHAN = fixed('INSERT INTO child (id, parent) VALUES ($1, 99)')

describe('statements that share a turn', () => {
  it.each([0, 1, 2])('answer as one after the other when number %i of three fails', async at => {
    const outcomes: string[] = []
    const error = await rejection(
      transactional({}, async () => {
        const work = [0, 1, 2].map(index =>
          index === at ? send(world.dataSource, DIVIDE, 0) : send(world.dataSource, INSERT_NOTE, `k${index}`, 1),
        )
        outcomes.push(...(await settled(work)))
      }),
    )
    const expected = [0, 1, 2].map(index => (index < at ? 'ok' : index === at ? '22012' : '25P02'))
    expect(outcomes).toEqual(expected)
    expect(error.name).toBe('UnexpectedRollbackError')
    expect(await world.rows()).toEqual([])
  })

  it('overtake nobody who stands in the line between them', async () => {
    await transactional({}, () =>
      Promise.all([
        send(world.dataSource, INSERT_NOTE, 'a', 1),
        world.dataSource.query("UPDATE note SET n = 5 WHERE k = 'a'"),
        send(world.dataSource, fixed("UPDATE note SET n = n * 2 WHERE k = 'a'", [], { shares: true })),
      ]),
    )
    expect(world.log.words).toEqual(['BEGIN', 'INSERT', 'UPDATE', 'UPDATE', 'COMMIT'])
    expect((await send(world.dataSource, SELECT_NOTE, 'a')).rows).toEqual([{ k: 'a', n: 10 }])
  })

  it('are refused when the scope ends before their turn', async () => {
    let late: Promise<unknown> | undefined
    await rejection(
      transactional({}, () => {
        late = rejection(send(world.dataSource, INSERT_NOTE, 'late', 1))
        return Promise.reject(new Error('no'))
      }),
    )
    await expect(late).resolves.toMatchObject({ code: 'AMBIT_TX_ENDED' })
    expect(await world.rows()).toEqual([])
  })

  it('in a NESTED block stand behind its savepoint', async () => {
    await transactional({}, async () => {
      await rejection(
        transactional({ propagation: 'NESTED' }, () =>
          Promise.all([send(world.dataSource, INSERT_NOTE, 'a', 1), send(world.dataSource, DIVIDE, 0)]),
        ),
      )
      await send(world.dataSource, INSERT_NOTE, 'b', 1)
    })
    expect(await world.rows()).toEqual(['b'])
  })
})

describe('a single write with COMMIT in the same write', () => {
  const write = (): Promise<unknown> =>
    single(world.dataSource, 'write', () => send(world.dataSource, INSERT_RETURNING, 'a', 1))

  it('is rolled back when its statement fails', async () => {
    await database.query("INSERT INTO note (k) VALUES ('a')")
    expect(await rejection(write())).toMatchObject({ driverError: { code: '23505' } })
    expect(world.log.words).toEqual(['BEGIN', 'INSERT', 'ROLLBACK'])
  })

  it('fails when COMMIT does, and the connection is fit for the next', async () => {
    const error = await rejection(single(world.dataSource, 'write', () => send(world.dataSource, ORPHAN, 1)))
    expect(error).toMatchObject({ code: 'AMBIT_DATABASE_FOREIGN_KEY' })
    expect(world.log.words).toEqual(['BEGIN', 'INSERT', 'COMMIT'])
    expect(await database.query('SELECT * FROM child')).toEqual([])
  })

  it.each(['before', 'after'] as const)('has an unknown outcome when the connection is cut %s it', async when => {
    // The server needs no Sync to commit: only in front of everything a cut keeps the row away.
    const cut = proxy.cut(when, ({ type, text }) => (when === 'after' ? type === 'S' : text === 'BEGIN'))
    const error = await rejection(write())
    await cut
    expect(error).toBeInstanceOf(CommitOutcomeUnknownError)
    expect(await world.rows()).toEqual(when === 'after' ? ['a'] : [])
  })

  it('refuses a second statement behind the commit', async () => {
    const error = await rejection(
      single(world.dataSource, 'write', async () => {
        await send(world.dataSource, INSERT_NOTE, 'a', 1)
        await send(world.dataSource, INSERT_NOTE, 'b', 1)
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_AFTER_COMMIT', committed: true })
    expect(await world.rows()).toEqual(['a'])
  })

  it('says that it is stored when its answer cannot be read', async () => {
    const unreadable = {
      ...INSERT_RETURNING,
      reader: () => () => {
        throw new Error('cannot read this')
      },
    }
    const error = await rejection(single(world.dataSource, 'write', () => send(world.dataSource, unreadable, 'a', 1)))
    expect(error).toMatchObject({ code: 'AMBIT_TX_AFTER_COMMIT', committed: true })
    expect(await world.rows()).toEqual(['a'])
  })

  it('waits with COMMIT where a beforeCommit hook may refuse', async () => {
    const { manager } = adoptionOf(world.dataSource)
    await rejection(
      single(world.dataSource, 'write', async () => {
        manager.current?.addHook('beforeCommit', () => Promise.reject(new Error('veto')))
        await send(world.dataSource, INSERT_NOTE, 'a', 1)
      }),
    )
    expect(world.log.words).toEqual(['BEGIN', 'INSERT', 'ROLLBACK'])
    expect(await world.rows()).toEqual([])
  })
})

describe('a prepared statement', () => {
  it('is prepared anew when somebody has dropped it, in a transaction too when it is the first', async () => {
    await world.dataSource.query('DEALLOCATE ALL')
    expect((await send(world.dataSource, SELECT_NOTE, 'a')).rows).toEqual([])
    await transactional({}, () => send(world.dataSource, SELECT_NOTE, 'a'))
    await transactional({}, async () => {
      await world.dataSource.query('DEALLOCATE ALL')
      await send(world.dataSource, SELECT_NOTE, 'a')
    })
  })

  it('is prepared anew when the type of a column has changed', async () => {
    await database.query('CREATE TABLE changing (v int)')
    await database.query('INSERT INTO changing VALUES (7)')
    const read = fixed('SELECT v FROM changing', ['v'])
    expect((await send(world.dataSource, read)).rows).toEqual([{ v: 7 }])
    await database.query('ALTER TABLE changing ALTER COLUMN v TYPE text')
    expect((await send(world.dataSource, read)).rows).toEqual([{ v: '7' }])
    await database.query('ALTER TABLE changing ALTER COLUMN v TYPE int USING v::int')
    expect((await transactional({}, () => send(world.dataSource, read))).rows).toEqual([{ v: 7 }])
    await database.query('DROP TABLE changing')
  })

  it('is closed when there are too many, and comes back', async () => {
    for (let at = 0; at < 300; at += 1) await send(world.dataSource, fixed(`SELECT ${at} AS n`, ['n']))
    const [row] = await world.dataSource.query<{ n: number }[]>(
      "SELECT count(*)::int AS n FROM pg_prepared_statements WHERE name LIKE 'ambit%'",
    )
    expect(row?.n).toBeLessThanOrEqual(257)
    expect((await send(world.dataSource, fixed('SELECT 0 AS n', ['n']))).rows).toEqual([{ n: 0 }])
  })

  it('that could not be parsed does not stand in the way of its next use', async () => {
    const read = fixed('SELECT v FROM not_yet', ['v'])
    expect(await rejection(send(world.dataSource, read))).toMatchObject({ driverError: { code: '42P01' } })
    await database.query('CREATE TABLE not_yet AS SELECT 3 AS v')
    expect((await send(world.dataSource, read)).rows).toEqual([{ v: 3 }])
    await database.query('DROP TABLE not_yet')
  })
})

describe('values', () => {
  it('that pg cannot map, or that are too many, fail their own statement only', async () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const work = [
      send(world.dataSource, SELECT_NOTE, circular),
      send(world.dataSource, SELECT_NOTE, ...Array.from({ length: 65_536 }, () => 1)),
      send(world.dataSource, SELECT_NOTE, 'a'),
    ]
    const [mapped, many, fine] = await Promise.allSettled(work)
    expect(mapped).toMatchObject({ status: 'rejected', reason: { name: 'QueryFailedError' } })
    expect(many).toMatchObject({ status: 'rejected', reason: { name: 'QueryFailedError' } })
    expect(fine?.status).toBe('fulfilled')
  })
})

describe('single reads on a full pool', () => {
  it('share a round trip, and each has its own answer when one fails', async () => {
    await database.query("INSERT INTO note (k, n) VALUES ('a', 1), ('b', 2)")
    await Promise.all(Array.from({ length: 4 }, () => send(world.dataSource, SELECT_NOTE, 'a')))
    proxy.clear()
    const reads = Array.from({ length: 20 }, (_, at) => send(world.dataSource, SELECT_NOTE, at % 2 ? 'a' : 'b'))
    const answers = await Promise.all(reads)
    expect(answers.map(({ rows }) => rows[0]?.['n'])).toEqual(reads.map((_, at) => (at % 2 ? 1 : 2)))
    expect(proxy.roundTrips).toBeLessThanOrEqual(3)
    const mixed = Array.from({ length: 12 }, (_, at) => send(world.dataSource, DIVIDE, at % 5))
    const outcomes = await settled(mixed)
    expect(outcomes).toEqual(mixed.map((_, at) => (at % 5 === 0 ? '22012' : 'ok')))
    expect(poolOf(world.dataSource).totalCount).toBeLessThanOrEqual(2)
  })
})
