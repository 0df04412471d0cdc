import { Transactional, transactional } from 'ambit'
import { createTestDatabase, type TestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'
import { Note, Team } from './entities'
import { poolOf, rejection, World } from './harness'

// What goes over the wire, counted between the client and the server: one round trip is one wait for the server.

let database: TestDatabase
let proxy: WireProxy
let world: World

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await WireProxy.start(database.url)
  world = await World.start(database, { settings: { url: proxy.url, schema: 'create' } })
})
afterAll(async () => {
  await world.app.close()
  await proxy.close()
  await database.drop()
})
beforeEach(async () => {
  await world.empty()
  // A connection is made once; what follows is counted on a warm pool.
  await world.dataSource.query('SELECT 1')
  proxy.clear()
  world.log.clear()
})
afterEach(() => world.assertClean())

const select = (): Promise<unknown> => world.dataSource.query('SELECT n FROM note WHERE k = $1', ['a'])
const selectSimply = (): Promise<unknown> => world.dataSource.query('SELECT 1')

describe('a transaction', () => {
  it('that runs no statement sends nothing and takes no connection', async () => {
    let acquired = 0
    const pool = poolOf(world.dataSource) as unknown as NodeJS.EventEmitter
    const count = (): void => {
      acquired += 1
    }
    pool.on('acquire', count)
    expect(await transactional({}, () => 7)).toBe(7)
    await transactional({ isolation: 'SERIALIZABLE', readOnly: true, timeoutMs: 1_000 }, async () => {})
    await rejection(transactional({}, () => Promise.reject(new Error('no'))))
    await transactional({}, () => transactional({ propagation: 'NESTED' }, async () => {}))
    pool.off('acquire', count)
    expect({ acquired, sent: proxy.messages, logged: world.log.texts }).toEqual({ acquired: 0, sent: [], logged: [] })
  })

  it.each([
    [1, 'extended', select],
    [3, 'extended', select],
    [1, 'simple', selectSimply],
    [3, 'simple', selectSimply],
  ])(
    'of %i statements (%s protocol) takes one round trip more than its statements',
    async (n, _protocol, statement) => {
      await transactional({}, async () => {
        for (let at = 0; at < n; at += 1) await statement()
      })
      expect(proxy.roundTrips).toBe(n + 1)
      expect(world.log.words).toEqual(['BEGIN', ...Array<string>(n).fill('SELECT'), 'COMMIT'])
    },
  )

  it('costs no more for an isolation level, read-only, or a deadline', async () => {
    await transactional({ isolation: 'SERIALIZABLE' }, select)
    expect(proxy.roundTrips).toBe(2)
    await transactional({ isolation: 'SERIALIZABLE', readOnly: true, timeoutMs: 5_000 }, select)
    expect(proxy.roundTrips).toBe(4)
    await transactional({ timeoutMs: 5_000 }, async () => {
      await select()
      await selectSimply()
    })
    expect(proxy.roundTrips).toBe(7)
  })

  it('whose first statement is a savepoint’s sends BEGIN along with it', async () => {
    await transactional({}, () => transactional({ propagation: 'NESTED' }, select))
    expect(proxy.texts).toEqual([
      'BEGIN;SAVEPOINT ambit_1',
      'SELECT n FROM note WHERE k = $1',
      'RELEASE SAVEPOINT ambit_1',
      'COMMIT',
    ])
    expect(world.log.texts).toEqual([
      'BEGIN',
      'SAVEPOINT ambit_1',
      'SELECT n FROM note WHERE k = $1',
      'RELEASE SAVEPOINT ambit_1',
      'COMMIT',
    ])
  })

  it('sets no savepoint for a NESTED block that runs no statement', async () => {
    await transactional({}, async () => {
      await select()
      await transactional({ propagation: 'NESTED' }, async () => {})
    })
    expect(proxy.roundTrips).toBe(2)
  })

  it('that fails takes one round trip for its statement and one for ROLLBACK', async () => {
    await rejection(
      transactional({}, async () => {
        await select()
        throw new Error('no')
      }),
    )
    expect(proxy.texts).toEqual(['BEGIN', 'SELECT n FROM note WHERE k = $1', 'ROLLBACK'])
    expect(proxy.roundTrips).toBe(2)
  })

  it('joined by others costs what it cost alone', async () => {
    class Shop {
      @Transactional()
      async order(): Promise<void> {
        await this.read()
        await transactional({ propagation: 'SUPPORTS' }, select)
        await transactional({ propagation: 'MANDATORY' }, select)
      }

      @Transactional()
      async read(): Promise<void> {
        await select()
      }
    }
    await new Shop().order()
    expect(proxy.roundTrips).toBe(4)
  })

  it('puts the messages of BEGIN and of its first statement under one Sync', async () => {
    await transactional({}, select)
    expect(proxy.messages.map(({ type }) => type).join('')).toBe('PBEPBDESQ')
  })
})

describe('TypeORM’s own operations in a transaction', () => {
  it('save() of a new entity: two statements, and not its own transaction', async () => {
    await transactional({}, () => world.dataSource.manager.save(Note, { k: 'a', n: 1 }))
    expect(world.log.words).toEqual(['BEGIN', 'SELECT', 'INSERT', 'COMMIT'])
    expect(proxy.roundTrips).toBe(3)
  })

  it('a cascade: a statement each, none of them a savepoint', async () => {
    await transactional({}, () => world.dataSource.manager.save(Team, { name: 't', players: [{ name: 'p' }] }))
    expect(world.log.words).toEqual(['BEGIN', 'INSERT', 'INSERT', 'COMMIT'])
    expect(proxy.roundTrips).toBe(3)
  })

  it('outside a transaction: what TypeORM itself would send', async () => {
    await world.dataSource.manager.save(Note, { k: 'a', n: 1 })
    expect(world.log.words).toEqual(['SELECT', 'START TRANSACTION', 'INSERT', 'COMMIT'])
    expect(proxy.roundTrips).toBe(4)
  })
})
