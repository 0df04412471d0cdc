import { transactional } from 'ambit'
import { createTestDatabase, type TestDatabase } from '../../support/postgres'
import { WireProxy } from '../../support/wire-proxy'
import { rejection, World } from '../harness'
import { adoptionOf, fixed, INSERT_NOTE, INSERT_RETURNING, SELECT_NOTE, send, single } from './statements'

// What fixed statements send, counted between the client and the server.

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
  await world.truncate()
  await send(world.dataSource, SELECT_NOTE, 'warm')
  await send(world.dataSource, INSERT_NOTE, 'warm', 1)
  await send(world.dataSource, INSERT_RETURNING, 'warmer', 1)
  await world.truncate()
  proxy.clear()
  world.log.clear()
})
afterEach(() => world.assertClean())

const types = (): string => proxy.messages.map(({ type }) => type).join('')

describe('a fixed statement', () => {
  it('outside every transaction is Bind, Execute and Sync in one round trip', async () => {
    await database.query("INSERT INTO note (k, n) VALUES ('a', 7)")
    expect(await send(world.dataSource, SELECT_NOTE, 'a')).toEqual({ rows: [{ k: 'a', n: 7 }], affected: 1 })
    expect(types()).toBe('BES')
    expect(world.log.words).toEqual(['SELECT'])
  })

  it('goes over the wire tier, and says so', () => {
    expect(adoptionOf(world.dataSource).engine).toMatchObject({ statementTier: { tier: 'wire' } })
  })

  it('in a transaction brings BEGIN along', async () => {
    await transactional({}, async () => {
      for (let at = 0; at < 3; at += 1) await send(world.dataSource, SELECT_NOTE, 'a')
    })
    expect(types()).toBe('PBEBES' + 'BES' + 'BES' + 'Q')
    expect(world.log.words).toEqual(['BEGIN', 'SELECT', 'SELECT', 'SELECT', 'COMMIT'])
  })

  it('that is all of a boundary goes without BEGIN when it reads', async () => {
    await single(world.dataSource, 'select', () => send(world.dataSource, SELECT_NOTE, 'a'))
    expect(types()).toBe('BES')
    expect(world.log.words).toEqual(['SELECT'])
  })

  it('that is all of a boundary takes COMMIT along when it writes', async () => {
    const answer = await single(world.dataSource, 'write', () => send(world.dataSource, INSERT_RETURNING, 'a', 4))
    expect(answer).toEqual({ rows: [{ n: 4 }], affected: 1 })
    expect(types()).toBe('PBEBEPBES')
    expect(proxy.roundTrips).toBe(1)
    expect(world.log.words).toEqual(['BEGIN', 'INSERT', 'COMMIT'])
    expect(await world.rows()).toEqual(['a'])
  })

  it('shares a round trip with those beside it', async () => {
    await transactional({}, () => Promise.all(['a', 'b', 'c'].map(k => send(world.dataSource, INSERT_NOTE, k, 1))))
    expect(proxy.roundTrips).toBe(2)
    expect(types()).toBe('PBE' + 'BE'.repeat(3) + 'S' + 'Q')
    expect(await world.rows()).toEqual(['a', 'b', 'c'])
  })

  it('that fails is TypeORM’s error', async () => {
    const error = await rejection(send(world.dataSource, fixed('SELECT nope', ['nope'])))
    expect(error.name).toBe('QueryFailedError')
    expect(error).toMatchObject({ query: 'SELECT nope', parameters: [], driverError: { code: '42703' } })
  })
})
