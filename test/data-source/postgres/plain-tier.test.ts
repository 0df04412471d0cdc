import { transactional } from 'ambit'
import fc from 'fast-check'
import pg from 'pg'
import type { StatementTier } from '../../../src/data-source/postgres/wire/wire'
import { poolOf, postgresDatabase, rejection, type World } from '../harness'
import { Query } from './native-query'
import { adoptionOf, behindOurBack, fixed, INSERT_NOTE, SELECT_NOTE, send } from './statements'
import { BINARY, PIPELINE, tierWorld, WIRE } from './tiers'

// Fixed statements as queries of pg's own: when, and what is different about it.

const tierOf = ({ dataSource }: World): StatementTier =>
  (adoptionOf(dataSource).engine as unknown as { readonly statementTier: StatementTier }).statementTier

describe('a client that is not what the wire tier was made for', () => {
  const postgres = postgresDatabase()

  /** pg's client, except that the server seems to refuse some of what it is given. */
  const refusing = (refused: (query: object) => boolean): typeof pg.Client =>
    class extends pg.Client {
      override query(...args: unknown[]): never {
        const [query] = args as [{ handleError?: (error: Error) => void }]
        if (query.handleError === undefined || !refused(query)) return Reflect.apply(super.query, this, args) as never
        const error = Object.assign(new Error('not with me'), { code: '0A000' })
        process.nextTick(() => query.handleError?.(error))
        return query as never
      }
    }

  const started = async (Client: typeof pg.Client): Promise<World> => {
    const world = await postgres.start({ settings: { schema: 'create', typeorm: { extra: { Client } } } })
    await send(world.dataSource, INSERT_NOTE, 'a', 1)
    await transactional({}, () => send(world.dataSource, INSERT_NOTE, 'b', 1))
    expect(await world.rows()).toEqual(['a', 'b'])
    await world.assertClean()
    return world
  }

  it('is sent queries of pg’s own when it fails the self-test with ours', async () => {
    const world = await started(refusing(query => !(query instanceof pg.Query)))
    expect(tierOf(world)).toEqual({
      tier: 'plain',
      reason: "its self-test failed (not with me); queries of pg's own, their rows read by us, passed the self-test",
    })
  })

  it('is left to TypeORM when it fails both', async () => {
    const world = await started(refusing(query => String((query as { text?: unknown }).text).includes('self_test')))
    expect(tierOf(world)).toEqual({ tier: 'runner', reason: 'its self-test failed (not with me)' })
  })

  it('is left to TypeORM when rows come back otherwise', async () => {
    const { handleDataRow } = pg.Query.prototype as unknown as { handleDataRow: (message: unknown) => void }
    const garbling = class extends pg.Client {
      override query(...args: unknown[]): never {
        const [query] = args as [{ handleDataRow?: (message: { fields: unknown[] }) => void }]
        const stock = query.handleDataRow?.bind(query)
        if (stock && query.handleDataRow !== handleDataRow)
          query.handleDataRow = message => stock({ fields: message.fields.map(() => 'x') })
        return Reflect.apply(super.query, this, args) as never
      }
    }
    const world = await started(garbling)
    expect(tierOf(world)).toEqual({ tier: 'runner', reason: 'its self-test came back otherwise than expected' })
  })

  it('is left to TypeORM where its Query is pg-native’s, which knows no messages', async () => {
    const { Pool, Client, defaults } = pg
    const world = await postgres.start({
      settings: { schema: 'create', typeorm: { driver: { Pool, Client, defaults, Query } } },
    })
    await send(world.dataSource, INSERT_NOTE, 'a', 1)
    expect(tierOf(world)).toEqual({ tier: 'runner', reason: "the driver's Query is not pg's" })
  })

  it('decides again with the next connection when the first is lost in the middle of it', async () => {
    let lost = 0
    const losing = class extends pg.Client {
      override query(...args: unknown[]): never {
        const [query] = args as [{ handleError?: unknown }]
        if (query.handleError !== undefined && (lost += 1) === 1) {
          ;(this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
        }
        return Reflect.apply(super.query, this, args) as never
      }
    }
    const world = await postgres.start({ settings: { schema: 'create', typeorm: { extra: { Client: losing } } } })
    await rejection(send(world.dataSource, INSERT_NOTE, 'a', 1))
    expect(tierOf(world).tier).toBe('undecided')
    await send(world.dataSource, INSERT_NOTE, 'b', 1)
    expect(tierOf(world).tier).toBe('wire')
  })
})

describe.each([PIPELINE, BINARY])('on the plain tier, by $how', tier => {
  const on = tierWorld(tier, { settings: { poolSize: 1 } })

  it('the client is given a query of pg’s with text, values and the name by which the wire tier prepares it', async () => {
    const query = jest.spyOn(pg.Client.prototype, 'query')
    const given = [new Date(0), 3]
    await send(on.world.dataSource, fixed('SELECT $1::timestamptz AS t, $2::int AS n', ['t', 'n']), ...given)
    const [[sent]] = query.mock.calls as unknown as [[pg.Query & { values: unknown; text: string; name: string }]]
    query.mockRestore()
    expect(sent).toBeInstanceOf(pg.Query)
    expect(sent.values).toEqual(given)
    expect(sent.text).toBe('SELECT $1::timestamptz AS t, $2::int AS n')
    expect(sent.name).toMatch(/^ambit_[0-9a-f]{40}$/)
    const names = await on.world.dataSource.query<{ name: string }[]>('SELECT name FROM pg_prepared_statements')
    expect(names).toContainEqual({ name: sent.name })
  })

  it('a pool of one serves statements side by side, transactions and streams', async () => {
    const { dataSource } = on.world
    await Promise.all(['a', 'b', 'c'].map(k => send(dataSource, INSERT_NOTE, k, 1)))
    await transactional({}, async () => {
      const seen: unknown[] = []
      const rows = await dataSource.createQueryRunner().stream('SELECT k FROM note ORDER BY k')
      for await (const { k } of rows as AsyncIterable<{ k: string }>) {
        seen.push(k, ...(await send(dataSource, SELECT_NOTE, k)).rows.map(({ n }) => n))
      }
      expect(seen).toEqual(['a', 1, 'b', 1, 'c', 1])
      await Promise.all(['d', 'e'].map(k => send(dataSource, INSERT_NOTE, k, 1)))
    })
    expect(await on.world.rows()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('a deadline goes in front of the statement, and cancels it', async () => {
    const slow = fixed('SELECT pg_sleep(5)::text AS t', ['t'])
    const error = await rejection(transactional({ timeoutMs: 150 }, () => send(on.world.dataSource, slow)))
    expect(error).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    expect(on.world.log.words).toEqual(['BEGIN', expect.stringMatching(/^SET LOCAL/), 'SELECT', 'ROLLBACK'])
  })

  it('a first statement that cannot be parsed behind BEGIN does not stand in the way of its next use', async () => {
    const read = fixed('SELECT v FROM not_yet', ['v'])
    const asked = (): Promise<unknown> => transactional({}, () => send(on.world.dataSource, read))
    expect(await rejection(asked())).toMatchObject({ driverError: { code: '42P01' } })
    await on.database.query('CREATE TABLE not_yet AS SELECT 3 AS v')
    expect(await asked()).toEqual({ rows: [{ v: 3 }], affected: 1 })
    expect(await asked()).toEqual({ rows: [{ v: 3 }], affected: 1 })
    expect(on.world.log.words).toEqual(['ROLLBACK', 'COMMIT', 'COMMIT'].flatMap(end => ['BEGIN', 'SELECT', end]))
    await on.database.query('DROP TABLE not_yet')
  })

  it('a refused BEGIN begins nothing, and its statement has not run', async () => {
    const { dataSource } = on.world
    const client = await (poolOf(dataSource) as unknown as pg.Pool).connect()
    client.release()
    const { query } = client
    client.query = function (this: pg.Client, ...args: unknown[]) {
      // The command in front of the statement is broken on its way.
      const [given] = args as [{ prepare?: (connection: { parse: (config: { text: string }) => void }) => void }]
      if (given.prepare) {
        const prepare = given.prepare.bind(given)
        given.prepare = connection => {
          const { parse } = connection
          connection.parse = config =>
            parse.call(connection, config.text === 'BEGIN' ? { ...config, text: 'BEGI' } : config)
          prepare(connection)
          connection.parse = parse
        }
      }
      return Reflect.apply(query, this, args) as unknown
    } as typeof client.query
    const error = await rejection(transactional({}, () => send(dataSource, INSERT_NOTE, 'a', 1)))
    client.query = query
    expect(error).toMatchObject({ driverError: { code: '42601' } })
    expect(on.world.log.words).toEqual(['BEGIN', 'INSERT'])
    expect(await on.world.rows()).toEqual([])
  })

  it('pg remembers no more statements than the connection has', async () => {
    const pool = poolOf(on.world.dataSource) as unknown as pg.Pool
    for (let at = 0; at < 400; at += 1) await send(on.world.dataSource, fixed(`SELECT ${at} AS n`, ['n']))
    const client = await pool.connect()
    const { parsedStatements } = (client as unknown as { connection: { parsedStatements: object } }).connection
    client.release()
    expect(Object.keys(parsedStatements).length).toBeLessThanOrEqual(260)
  })

  it('values equal those that pg makes of text, whatever their type', async () => {
    const columns = ['i', 'l', 'd', 'm', 't', 'b', 'j', 'at', 'day', 'yes', 'xs', 'nothing']
    const text = `SELECT $1::int AS i, $2::bigint AS l, $3::float8 AS d, $4::numeric AS m, $5::text AS t, $6::bytea AS b,
      $7::jsonb AS j, $8::timestamptz AS at, $8::timestamptz::date AS day, $9::boolean AS yes, $10::int[] AS xs,
      NULL::text AS nothing`
    const read = fixed(text, columns)
    const values = fc.tuple(
      fc.integer(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.tuple(fc.integer(), fc.nat(99)).map(([whole, part]) => `${whole}.${part}`),
      fc.string({ unit: 'grapheme' }).filter(given => !given.includes('\0')),
      fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes)),
      fc.record({ a: fc.integer(), b: fc.constantFrom('x', 'ä') }).map(value => JSON.stringify(value)),
      fc.date({ min: new Date('1970-01-02'), max: new Date('2100-01-01'), noInvalidDate: true }),
      fc.boolean(),
      fc.array(fc.integer({ min: -300, max: 300 }), { maxLength: 4 }),
    )
    const observer = new pg.Client({ connectionString: on.database.url, application_name: 'ambit_test_admin' })
    await observer.connect()
    try {
      await fc.assert(
        fc.asyncProperty(values, async given => {
          const expected = await observer.query<Record<string, unknown>>(text, given)
          expect((await send(on.world.dataSource, read, ...given)).rows).toStrictEqual(
            expected.rows.map(row => ({ ...row })),
          )
        }),
        { numRuns: 60 },
      )
    } finally {
      await observer.end()
    }
  })
})

describe.each([WIRE, PIPELINE])('behind a pooler, on the $tier tier', ({ typeorm }) => {
  const postgres = postgresDatabase()
  const started = async (prepare: 'auto' | 'named' | 'unnamed'): Promise<World> => {
    const world = await postgres.start({ settings: { schema: 'create', poolSize: 1, prepare, typeorm } })
    await send(world.dataSource, fixed('SELECT 1 AS one', ['one']))
    return world
  }
  const named = async ({ dataSource }: World): Promise<number> =>
    (await dataSource.query<unknown[]>("SELECT 1 FROM pg_prepared_statements WHERE name LIKE 'ambit%'")).length

  it.each([
    ['auto', 0],
    ['named', 1],
  ] as const)('prepare: %s sends again what the connection does not have any more', async (prepare, left) => {
    const world = await started(prepare)
    await send(world.dataSource, SELECT_NOTE, 'a')
    await behindOurBack(world.dataSource, 'DEALLOCATE ALL')
    expect(await send(world.dataSource, SELECT_NOTE, 'a')).toEqual({ rows: [], affected: 0 })
    expect(await named(world)).toBe(1)
    expect(tierOf(world).reason).not.toContain('not prepared under names')
    await transactional({}, () => send(world.dataSource, INSERT_NOTE, 'a', 1))
    // Missing although it was prepared anew: 'auto' does without names from then on, and says so.
    await behindOurBack(world.dataSource, 'DEALLOCATE ALL')
    await transactional({}, () => send(world.dataSource, INSERT_NOTE, 'b', 1))
    expect(await named(world)).toBe(left)
    expect(tierOf(world).reason.includes('not prepared under names: sessions lose them')).toBe(prepare === 'auto')
    expect(await world.rows()).toEqual(['a', 'b'])
    await world.assertClean()
  })

  it.each(['auto', 'named'] as const)(
    'prepare: %s takes a name that is there already for what it is',
    async prepare => {
      const world = await started(prepare)
      await send(world.dataSource, SELECT_NOTE, 'a')
      const [found] = await world.dataSource.query<{ name: string }[]>(
        "SELECT name FROM pg_prepared_statements WHERE statement LIKE 'SELECT k, n%'",
      )
      await world.app.close()
      expect(found?.name).toMatch(/^ambit_/)
      const next = await started(prepare)
      await behindOurBack(next.dataSource, `PREPARE "${found?.name}" AS SELECT 'other'`)
      await transactional({}, () => send(next.dataSource, INSERT_NOTE, 'a', 7))
      expect((await send(next.dataSource, SELECT_NOTE, 'a')).rows).toEqual([{ k: 'a', n: 7 }])
      expect((await transactional({}, () => send(next.dataSource, SELECT_NOTE, 'a'))).rows).toEqual([{ k: 'a', n: 7 }])
      await next.assertClean()
    },
  )

  it('prepare: unnamed prepares nothing', async () => {
    const world = await started('unnamed')
    await send(world.dataSource, SELECT_NOTE, 'a')
    await transactional({}, () => send(world.dataSource, fixed('SELECT 2 AS two', ['two'])))
    expect(await named(world)).toBe(0)
    await world.assertClean()
  })
})
