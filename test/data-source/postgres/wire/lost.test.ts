import { CrudRepository, Query, Repository, Transactional, transactional } from 'ambit'
import { MessageProxy, PASS } from '../../../support/message-proxy'
import { createTestDatabase, type TestDatabase } from '../../../support/postgres'
import { report } from '../../../support/wire-messages'
import { Note } from '../../entities'
import { maybePoolOf, rejection, until, World } from '../../harness'
import { adoptionOf, INSERT_NOTE, SELECT_NOTE, send } from '../statements'

// A server that ends the session says so (57P01), a pooler too (08P01): whoever runs what it interrupts is told that the
// connection is lost, and what that means for what was stored.

@Repository(Note)
class Notes extends CrudRepository<Note, string> {
  @Query.sql('SELECT count(*)::int AS n FROM note', { result: 'scalar' })
  declare total: () => Promise<number>

  @Query.sql('UPDATE note SET n = 1', { result: 'affected' })
  declare touch: () => Promise<number>

  @Transactional({ propagation: 'NOT_SUPPORTED' })
  async alone(text: string): Promise<unknown> {
    return this.manager.query(text)
  }
}

let database: TestDatabase
let proxy: MessageProxy
let world: World

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await MessageProxy.start(database.url)
})
afterAll(async () => {
  await proxy.close()
  await database.drop()
})
beforeEach(async () => {
  proxy.judge = () => PASS
  world = await World.start(database, {
    settings: { url: proxy.url, schema: 'create', poolSize: 1, typeorm: { poolErrorHandler: () => undefined } },
    bootstrap: { components: [Notes] },
  })
  await world.empty()
  world.log.clear()
})
afterEach(async () => {
  proxy.judge = () => PASS
  try {
    await until('dead connections have left the pool', () => {
      const { totalCount, idleCount } = maybePoolOf(world.dataSource) ?? { totalCount: 0, idleCount: 0 }
      return totalCount === idleCount
    })
    await world.assertClean()
    await transactional({}, () => world.write('afterwards'))
  } finally {
    await world.app.close()
  }
})

const LOST = 'AMBIT_DATA_SOURCE_CONNECTION_LOST'
const UNKNOWN = 'AMBIT_TX_COMMIT_UNKNOWN'

/** TypeORM's own runners give a connection back that is about to end. */
function noticed(): Promise<void> {
  return until('the connection is gone', () => maybePoolOf(world.dataSource)?.totalCount === 0)
}

/** Ends the session at the first statement that has the word. */
function endAt(word: string, code = '57P01'): void {
  proxy.judge = ({ from, type, text }) =>
    from === 'client' && 'QPB'.includes(type) && (text.includes(word) || (type === 'B' && word === 'Bind'))
      ? { do: 'refuse', bytes: report('E', 'FATAL', code, 'terminating connection') }
      : PASS
}

describe.each(['57P01', '08P01'])('a session that is ended with %s', code => {
  const cause = expect.objectContaining({ code, severity: 'FATAL' }) as unknown

  it('under a lone read: lost, it stores nothing', async () => {
    await send(world.dataSource, SELECT_NOTE, 'warm')
    endAt('Bind', code)
    const error = await rejection(send(world.dataSource, SELECT_NOTE, 'a'))
    expect(error).toMatchObject({ code: LOST, cause })
    expect(error.message).toContain('it only reads')
  })

  it('under a lone write: unknown, it commits by itself', async () => {
    await send(world.dataSource, INSERT_NOTE, 'warm', 1)
    endAt('Bind', code)
    const error = await rejection(send(world.dataSource, INSERT_NOTE, 'a', 1))
    expect(error).toMatchObject({ name: 'CommitOutcomeUnknownError', code: UNKNOWN, cause })
  })

  it.each([
    ['a raw statement', () => world.dataSource.query('SELECT 42')],
    [
      'a fixed statement',
      () => send(world.dataSource, { ...SELECT_NOTE, text: `${SELECT_NOTE.text} AND 42 = 42` }, 'a'),
    ],
    [
      'a statement on the raw client',
      async () => {
        const runner = world.dataSource.createQueryRunner()
        const client = (await runner.connect()) as { query(text: string): Promise<unknown> }
        await client.query('SELECT 42')
      },
    ],
    [
      'a stream',
      async () => {
        const rows = await world.dataSource.createQueryRunner().stream('SELECT 42')
        for await (const row of rows) void row
      },
    ],
  ])('under %s of a transaction: lost, also where that is swallowed', async (_name, run) => {
    for (const swallows of [false, true]) {
      let inside: unknown
      const error = await rejection(
        transactional({ label: 'Shop.order' }, async () => {
          await world.write('a')
          endAt('42', code)
          await run().catch((failure: unknown) => {
            inside = failure
            if (!swallows) throw failure
          })
        }),
      )
      expect(inside).toMatchObject({ code: LOST, cause })
      expect(error).toMatchObject({ code: LOST, cause })
      proxy.judge = () => PASS
      expect(world.log.words).not.toContain('COMMIT')
      expect(await world.rows()).toEqual([])
    }
  })

  it('under a repository’s method: the same, read or write, in a transaction of its own or in none', async () => {
    const notes = world.app.get(Notes)
    await notes.total()
    endAt('count(', code)
    expect(await rejection(notes.total())).toMatchObject({ code: LOST, cause })
    endAt('UPDATE', code)
    expect(await rejection(notes.touch())).toMatchObject({ code: LOST, cause })
    endAt('42', code)
    expect(await rejection(notes.alone('SELECT 42'))).toMatchObject({ code: LOST, cause })
    await noticed()
    endAt('UPDATE', code)
    expect(await rejection(notes.alone('UPDATE note SET n = 1'))).toMatchObject({ code: UNKNOWN, cause })
    proxy.judge = () => PASS
  })

  it('while the first connection is tried out: lost, and the next one is tried anew', async () => {
    endAt('ambit_self_test', code)
    const outside = await rejection(send(world.dataSource, INSERT_NOTE, 'a', 1))
    expect(outside).toMatchObject({ code: LOST, cause })
    expect(outside.message).toContain('was not sent')
    const inside = await rejection(transactional({}, () => send(world.dataSource, INSERT_NOTE, 'a', 1)))
    expect(inside).toMatchObject({ code: LOST, cause })
    proxy.judge = () => PASS
    await send(world.dataSource, INSERT_NOTE, 'b', 1)
    expect(adoptionOf(world.dataSource).engine).toMatchObject({ statementTier: { tier: 'wire' } })
    expect(await world.rows()).toEqual(['b'])
  })
})

it('statements of TypeORM’s own, outside every transaction, keep TypeORM’s error', async () => {
  endAt('42')
  const error = await rejection(world.dataSource.query('SELECT 42'))
  await noticed()
  expect(error).toMatchObject({ name: 'QueryFailedError', driverError: { code: '57P01' } })
})
