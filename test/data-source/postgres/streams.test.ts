import { CrudRepository, Query, Repository, Sort, Transactional, transactional } from 'ambit'
import { ConnectionLostError, ForcedCloseError, PoolStarvationError } from '../../../src/errors'
import { EventSubscriber, type EntitySubscriberInterface } from 'typeorm'
import { Note } from '../entities'
import { poolOf, postgresDatabase, postgresWorld, rejection, until, type World } from '../harness'
import { type Tier, TIERS, tierWorld, WIRE } from './tiers'

@Repository(Note)
class Notes extends CrudRepository<Note, string> {
  @Query({ where: 'n >= :n order by k', result: 'stream', fetchSize: 10 })
  declare from: (n: number) => AsyncGenerator<Note>

  @Query.sql('SELECT k, n * 2 AS twice FROM note WHERE n >= :n ORDER BY k', { result: 'stream', fetchSize: 10 })
  declare twice: (n: number) => AsyncGenerator<{ k: string; twice: number }>

  @Transactional({ readOnly: true, timeoutMs: 150 })
  @Query({ where: 'n >= 0 order by k', result: 'stream', fetchSize: 10 })
  declare limited: () => AsyncGenerator<Note>

  @Query.sql('SELECT 100 / (n - 15) AS v FROM note ORDER BY k', { result: 'stream', fetchSize: 5 })
  declare failing: () => AsyncGenerator<object>
}

const ROWS = 25
const components = [Notes]

async function fill(world: World): Promise<void> {
  await world.database.query(
    `INSERT INTO note (k, n) SELECT 'k' || lpad(i::text, 3, '0'), i FROM generate_series(0, ${ROWS - 1}) i`,
  )
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

describe.each(TIERS)('streams where $how', ({ tier, typeorm }: Tier) => {
  const running = tierWorld({ tier, how: '', typeorm }, { bootstrap: { components, waitTimeoutMs: 2_000 } })
  const notes = (): Notes => running.world.app.get(Notes)
  beforeEach(async () => {
    await fill(running.world)
    running.proxy.clear()
  })

  it('give the same entities, and the same rows of raw SQL', async () => {
    const stock = await notes().orm.find({ order: { k: 'ASC' } })
    expect(await all(notes().from(0))).toStrictEqual(stock)
    expect(await all(notes().stream(undefined, { sort: Sort.by('k'), fetchSize: 1 }))).toStrictEqual(stock)
    expect(await all(notes().twice(20))).toEqual(stock.slice(20).map(({ k, n }) => ({ k, twice: n * 2 })))
  })

  it('let statements of their transaction run between two batches', async () => {
    await transactional({}, async () => {
      for await (const note of notes().from(0)) await notes().save({ ...note, n: -note.n - 1 })
      for await (const { k } of notes().twice(-100)) await notes().update(k, { secret: 'seen' })
    })
    expect(await notes().orm.countBy({ secret: 'seen' })).toBe(ROWS)
  })

  it('leave nothing open on the server when they are left', async () => {
    await transactional({}, async () => {
      for await (const _ of notes().from(0)) break
      for await (const _ of notes().twice(0)) break
      await notes().count()
      // What is sent first behind a portal closes it.
      expect(await running.world.dataSource.query('SELECT name FROM pg_cursors')).toEqual([])
    })
  })

  it('a batch that fails on the server is the stream’s error, translated; the connection is whole', async () => {
    const error = await rejection(all(notes().failing()))
    expect(error).toMatchObject({ code: 'AMBIT_DATABASE_INTEGRITY', databaseCode: '22012' })
    expect(error.message).toContain('Notes.failing')
    expect(await notes().count()).toBe(ROWS)
  })

  it('a connection that dies between two batches ends them', async () => {
    const rows = notes().from(0)
    await rows.next()
    running.proxy.goAway()
    running.proxy.comeBack()
    const error = await rejection(all(rows))
    expect(error).toBeInstanceOf(ConnectionLostError)
    expect(await rows.next()).toEqual({ done: true, value: undefined })
    await until('the dead connection has left the pool', () => {
      const { idleCount, totalCount } = poolOf(running.world.dataSource)
      return idleCount === totalCount
    })
    expect(await all(notes().from(0))).toHaveLength(ROWS)
  })

  it('a deadline of their own gives the connection back, though nobody asks for a row', async () => {
    const rows = notes().limited()
    await rows.next()
    await until('the connection is back', () => {
      const { idleCount, totalCount } = poolOf(running.world.dataSource)
      return idleCount === totalCount
    })
    expect(await rejection(rows.next())).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    expect(await rows.next()).toEqual({ done: true, value: undefined })
  })

  it('left behind their deadline, say nothing more of it', async () => {
    const rows = notes().limited()
    await rows.next()
    await until('the connection is back', () => {
      const { idleCount, totalCount } = poolOf(running.world.dataSource)
      return idleCount === totalCount
    })
    expect(await rows.return(undefined)).toEqual({ done: true, value: undefined })
  })
})

describe('what goes over the wire', () => {
  const running = tierWorld(WIRE, { bootstrap: { components } })
  const notes = (): Notes => running.world.app.get(Notes)
  const types = (): string => running.proxy.messages.map(({ type }) => type).join('')
  beforeEach(async () => {
    await fill(running.world)
    running.proxy.clear()
  })

  it('BEGIN with the first batch, a portal that is executed once for each, COMMIT', async () => {
    await all(notes().from(0))
    expect(types()).toBe('PBEPBDESESESQ')
    expect(running.proxy.texts.map(text => text.split(' ', 2).join(' '))).toEqual([
      'BEGIN READ',
      'SELECT "entity"."k"',
      'COMMIT',
    ])
    expect(running.proxy.roundTrips).toBe(4)
    expect(running.world.log.words).toEqual(['BEGIN READ ONLY', 'SELECT', 'COMMIT'])
  })

  it('never more than one batch ahead', async () => {
    const rows = notes().from(0)
    await rows.next()
    await until('the second batch has been asked for', () => types().endsWith('SES'))
    await rows.next()
    expect(types()).toBe('PBEPBDESES')
    await rows.return(undefined)
  })

  it('a portal that is left is closed with what the transaction sends next', async () => {
    await transactional({}, async () => {
      await notes().exists('nobody')
      for await (const _ of notes().from(0)) break
      running.proxy.clear()
      await notes().exists('nobody')
      expect(types()).toBe('CBES')
    })
  })
})

describe('streams and the pool', () => {
  const running = tierWorld(WIRE, {
    settings: { poolSize: 1 },
    bootstrap: { components, waitTimeoutMs: 200, closeTimeoutMs: 50 },
  })
  const notes = (): Notes => running.world.app.get(Notes)
  beforeEach(() => fill(running.world))

  it('one outside a transaction holds the only connection; who waits in vain is told by whom', async () => {
    const loop = async (): Promise<void> => {
      for await (const note of notes().from(0)) await notes().save(note)
    }
    const error = await rejection(loop())
    expect(error).toBeInstanceOf(PoolStarvationError)
    expect(error['holders']).toEqual(['Notes.from'])
    expect(error.message).toContain('Notes.from')
  })

  it('whose rows fit into one batch gives it back before the loop has begun', async () => {
    for await (const note of notes().from(20)) await notes().save({ ...note, n: 0 })
    expect(await notes().orm.countBy({ n: 0 })).toBe(6)
  })

  it('the loop in a transaction needs no second one', async () => {
    await transactional({}, async () => {
      for await (const note of notes().from(0)) await notes().save({ ...note, n: 0 })
    })
    expect(await notes().orm.countBy({ n: 0 })).toBe(ROWS)
  })
})

describe('closing an application', () => {
  const databases = postgresDatabase()

  it('waits for a stream until its deadline, then ends it, which is what the loop is told', async () => {
    const world = await databases.start({
      settings: { schema: 'create' },
      bootstrap: { components, closeTimeoutMs: 50 },
    })
    await fill(world)
    const rows = world.app.get(Notes).from(0)
    await rows.next()
    await rejection(world.app.close())
    const error = await rejection(rows.next())
    expect(error).toBeInstanceOf(ForcedCloseError)
    expect(error.message).toContain('Notes.from')
    expect(await rows.next()).toEqual({ done: true, value: undefined })
  })

  it('waits for one that is read to its end', async () => {
    const world = await databases.start({ settings: { schema: 'create' }, bootstrap: { components } })
    await fill(world)
    const rows = world.app.get(Notes).from(0)
    await rows.next()
    const closed = world.app.close()
    expect(await all(rows)).toHaveLength(ROWS - 1)
    await closed
  })
})

describe('subscribers that hear of statements', () => {
  const told: string[] = []
  @EventSubscriber()
  class Listener implements EntitySubscriberInterface {
    beforeQuery({ query }: { query: string }): void {
      told.push(
        query
          .replace(/ambit_cursor_\d+/, 'c')
          .split(' ', 3)
          .join(' '),
      )
    }

    async afterQuery({
      query,
      manager,
    }: {
      query: string
      manager: { query(text: string): Promise<unknown> }
    }): Promise<void> {
      if (query.startsWith('FETCH')) await manager.query('SELECT 1')
    }
  }
  const running = postgresWorld({
    settings: { typeorm: { subscribers: [Listener] } },
    bootstrap: { components, waitTimeoutMs: 1_000 },
  })

  it('hear of a stream as of a cursor, and may send some of their own', async () => {
    await fill(running.world)
    told.length = 0
    expect(await all(running.world.app.get(Notes).from(10))).toHaveLength(15)
    expect(told).toEqual(['DECLARE c NO', 'FETCH 10 FROM', 'SELECT 1', 'FETCH 10 FROM', 'SELECT 1', 'CLOSE c'])
  })
})
