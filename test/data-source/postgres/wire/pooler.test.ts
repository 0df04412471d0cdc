import { transactional } from 'ambit'
import type { DataSource } from 'typeorm'
import { databaseCode } from '../../../../src/data-source/driver-error'
import type { PrepareMode } from '../../../../src/data-source/prepare-mode'
import { emptyTables } from '../../../support/empty-tables'
import { startPgBouncer, WHY_NO_PGBOUNCER } from '../../../support/pgbouncer'
import { createTestDatabase, type TestDatabase } from '../../../support/postgres'
import { TransactionPooler } from '../../../support/transaction-pooler'
import { rejection, World } from '../../harness'
import { adoptionOf, fixed, INSERT_NOTE, INSERT_RETURNING, SELECT_NOTE, send, single } from '../statements'

// A pooler in transaction mode gives each transaction whatever server connection is free: what was prepared on one is not
// there on the next.

interface Pooler {
  readonly url: string
  close(): Promise<void>
}

let database: TestDatabase
let pooler: Pooler | undefined
let world: World | undefined

beforeAll(async () => {
  database = await createTestDatabase()
  const creating = await World.start(database, { settings: { schema: 'create' } })
  await creating.app.close()
})
afterAll(() => database.drop())
afterEach(async () => {
  await world?.assertClean()
  await world?.app.close()
  await pooler?.close()
  world = pooler = undefined
  await database.query(emptyTables(['note']))
})

async function through(made: Promise<Pooler>, prepare: PrepareMode | undefined, poolSize: number): Promise<World> {
  pooler = await made
  world = await World.start(database, {
    settings: { url: pooler.url, poolSize, ...(prepare && { prepare }) },
    bootstrap: { waitTimeoutMs: 20_000 },
  })
  return world
}

const own = (hidden = false): Promise<Pooler> => TransactionPooler.start(database.url, { servers: 2, hidden })

/** Calls of all kinds at the same time, each of which stores the keys that it answers. */
function load(dataSource: DataSource, calls: number): Promise<string[]>[] {
  const insert = (k: string): Promise<unknown> => send(dataSource, INSERT_NOTE, k, 1)
  const kinds: ((k: string) => Promise<string[]>)[] = [
    async k => {
      await single(dataSource, 'write', () => send(dataSource, INSERT_RETURNING, k, 1))
      return [k]
    },
    async k => {
      await insert(k)
      return [k]
    },
    k =>
      transactional({}, async () => {
        await insert(`${k}.1`)
        const { rows } = await send(dataSource, SELECT_NOTE, `${k}.1`)
        await transactional({ propagation: 'NESTED' }, () => insert(`${k}.2`))
        return rows.length === 1 ? [`${k}.1`, `${k}.2`] : ['its own row is not there']
      }),
    k =>
      transactional({}, async () => {
        await Promise.all([insert(`${k}.1`), send(dataSource, SELECT_NOTE, k), insert(`${k}.2`)])
        return [`${k}.1`, `${k}.2`]
      }),
    async k => {
      const { rows } = await send(dataSource, SELECT_NOTE, 'seed')
      return rows.length === 1 && rows[0]?.['n'] === 7 ? [] : [`${k} read something else`]
    },
  ]
  return Array.from({ length: calls }, async (_, at) => (await kinds[at % kinds.length]?.(`k${at}`)) ?? [])
}

const seed = (): Promise<unknown> => database.query("INSERT INTO note (k, n) VALUES ('seed', 7)")
const stored = async (): Promise<string[]> => ((await world?.rows()) ?? []).filter(k => k !== 'seed')

const POOLERS: readonly (readonly [string, (() => Promise<Pooler>) | undefined])[] = [
  ['a pooler of two servers', () => own()],
  [`PgBouncer${WHY_NO_PGBOUNCER ? ` (skipped: ${WHY_NO_PGBOUNCER})` : ''}`, startable()],
]

function startable(): (() => Promise<Pooler>) | undefined {
  return WHY_NO_PGBOUNCER === undefined ? () => startPgBouncer(database.url) : undefined
}

describe.each(POOLERS)('through %s', (_name, start) => {
  const test = start === undefined ? it.skip : it

  test.each(['unnamed', 'auto'] as const)('%s: every call is right under load', async prepare => {
    await seed()
    const { dataSource } = await through((start ?? own)(), prepare, 6)
    const answers = await Promise.all(load(dataSource, 100))
    expect(await stored()).toEqual(answers.flat().sort())
    expect(adoptionOf(dataSource).engine).toMatchObject({ statementTier: { tier: 'wire' } })
  })

  test("auto finds the pooler with the first connection, by the server's own number", async () => {
    const { dataSource } = await through((start ?? own)(), undefined, 1)
    await send(dataSource, SELECT_NOTE, 'seed')
    expect(adoptionOf(dataSource).engine).toMatchObject({
      statementTier: { reason: expect.stringContaining('not prepared under names') },
    })
    await send(dataSource, SELECT_NOTE, 'seed')
    const [row] = await dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM pg_prepared_statements')
    expect(row?.n).toBe(0)
  })
})

describe('through a pooler that nothing tells of', () => {
  it('auto: a lone statement is sent again, once, and is done once', async () => {
    const { dataSource } = await through(own(true), 'auto', 1)
    for (const k of ['a', 'b', 'c', 'd']) await send(dataSource, INSERT_NOTE, k, 1)
    expect(await stored()).toEqual(['a', 'b', 'c', 'd'])
    const again = await send(dataSource, SELECT_NOTE, 'a')
    expect(again.rows).toEqual([{ k: 'a', n: 1 }])
  })

  it('auto: a single write with its COMMIT is sent again, and is done once', async () => {
    const { dataSource } = await through(own(true), 'auto', 1)
    const write = (k: string): Promise<unknown> =>
      single(dataSource, 'write', () => send(dataSource, INSERT_RETURNING, k, 1))
    for (const k of ['a', 'b', 'c']) await write(k)
    expect(await stored()).toEqual(['a', 'b', 'c'])
  })

  it('auto: a transaction whose first statement is missing begins once more', async () => {
    const { dataSource, log } = await through(own(true), 'auto', 1)
    await send(dataSource, INSERT_NOTE, 'a', 1)
    log.clear()
    await transactional({}, async () => {
      await send(dataSource, INSERT_NOTE, 'b', 1)
      await send(dataSource, SELECT_NOTE, 'b')
    })
    expect(await stored()).toEqual(['a', 'b'])
    expect(log.words).toEqual(['BEGIN', 'INSERT', 'ROLLBACK', 'BEGIN', 'INSERT', 'SELECT', 'COMMIT'])
  })

  it('auto: one in which a later statement is missing fails as a whole, and the next one is right', async () => {
    const { dataSource } = await through(own(true), 'auto', 1)
    const insert = fixed('INSERT INTO note (k) VALUES ($1)')
    await send(dataSource, INSERT_NOTE, 'a', 1)
    const work = (): Promise<unknown> =>
      transactional({}, async () => {
        await send(dataSource, insert, 'b')
        await send(dataSource, INSERT_NOTE, 'c', 1)
      })
    expect(databaseCode(await rejection(work()))).toBe('26000')
    expect(await stored()).toEqual(['a'])
    await work()
    expect(await stored()).toEqual(['a', 'b', 'c'])
  })

  it('named: a call is right, or an error that names the cause', async () => {
    await seed()
    const { dataSource } = await through(own(), 'named', 6)
    const results = await Promise.allSettled(load(dataSource, 100))
    const told: string[] = []
    const failures: unknown[] = []
    for (const result of results) {
      if (result.status === 'fulfilled') told.push(...result.value)
      else failures.push(databaseCode(result.reason))
    }
    expect(await stored()).toEqual(told.sort())
    for (const code of failures) expect(['26000', '42P05']).toContain(code)
  })
})
