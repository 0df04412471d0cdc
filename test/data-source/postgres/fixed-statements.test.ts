import { transactional } from 'ambit'
import { rejection } from '../harness'
import { adoptionOf, fixed, INSERT_NOTE, INSERT_RETURNING, SELECT_NOTE, send, single } from './statements'
import { BINARY, PIPELINE, TIERS, tierWorld, WIRE } from './tiers'

// What fixed statements send, counted between the client and the server.

/** Round trips; a driver without pg's Query lets BEGIN go ahead. */
const TRIPS = {
  wire: { three: 4, write: 1, together: 2 },
  plain: { three: 4, write: 2, together: 4 },
  runner: { three: 5, write: 3, together: 5 },
} as const

describe.each([...TIERS, BINARY])('a fixed statement on the $tier tier ($how)', tier => {
  const on = tierWorld(tier)
  const trips = TRIPS[tier.tier]

  it('outside every transaction takes one round trip', async () => {
    await on.database.query("INSERT INTO note (k, n) VALUES ('a', 7)")
    expect(await send(on.world.dataSource, SELECT_NOTE, 'a')).toEqual({ rows: [{ k: 'a', n: 7 }], affected: 1 })
    expect(on.proxy.roundTrips).toBe(1)
    expect(on.world.log.words).toEqual(['SELECT'])
  })

  it('in a transaction brings BEGIN along', async () => {
    await transactional({}, async () => {
      for (let at = 0; at < 3; at += 1) await send(on.world.dataSource, SELECT_NOTE, 'a')
    })
    expect(on.proxy.roundTrips).toBe(trips.three)
    expect(on.world.log.words).toEqual(['BEGIN', 'SELECT', 'SELECT', 'SELECT', 'COMMIT'])
  })

  it('that is all of a boundary goes without BEGIN when it reads', async () => {
    await single(on.world.dataSource, 'select', () => send(on.world.dataSource, SELECT_NOTE, 'a'))
    expect(on.proxy.roundTrips).toBe(1)
    expect(on.world.log.words).toEqual(['SELECT'])
  })

  it('that is all of a boundary and writes is committed', async () => {
    const answer = await single(on.world.dataSource, 'write', () => send(on.world.dataSource, INSERT_RETURNING, 'a', 4))
    expect(answer).toEqual({ rows: [{ n: 4 }], affected: 1 })
    expect(on.proxy.roundTrips).toBe(trips.write)
    expect(on.world.log.words).toEqual(['BEGIN', 'INSERT', 'COMMIT'])
    expect(await on.world.rows()).toEqual(['a'])
  })

  it('may be asked for beside others', async () => {
    const work = (): Promise<unknown> =>
      Promise.all(['a', 'b', 'c'].map(k => send(on.world.dataSource, INSERT_NOTE, k, 1)))
    await transactional({}, work)
    expect(on.proxy.roundTrips).toBe(trips.together)
    expect(on.world.log.words).toEqual(['BEGIN', 'INSERT', 'INSERT', 'INSERT', 'COMMIT'])
    expect(await on.world.rows()).toEqual(['a', 'b', 'c'])
  })

  it('counts what it writes, and answers no rows where it has no columns', async () => {
    await on.database.query("INSERT INTO note (k, n) VALUES ('a', 1), ('b', 1)")
    const update = fixed('UPDATE note SET n = n + 1')
    expect(await send(on.world.dataSource, update)).toEqual({ rows: [], affected: 2 })
    expect(await transactional({}, () => send(on.world.dataSource, update))).toEqual({ rows: [], affected: 2 })
  })

  it('that fails is TypeORM’s error', async () => {
    const statement = fixed('SELECT nope', ['nope'])
    for (const work of [
      () => send(on.world.dataSource, statement),
      () => transactional({}, () => send(on.world.dataSource, statement)),
    ]) {
      const error = await rejection(work())
      expect(error.name).toBe('QueryFailedError')
      expect(error).toMatchObject({
        query: 'SELECT nope',
        parameters: [],
        driverError: { code: '42703', position: '8' },
      })
    }
    expect(on.world.log.failures).toEqual(['SELECT nope', 'SELECT nope'])
    expect(on.world.log.words).toEqual(['SELECT', 'BEGIN', 'SELECT', 'ROLLBACK'])
  })

  it('that is slow is called so once, with its own time', async () => {
    Object.assign(on.world.dataSource.options, { maxQueryExecutionTime: 1_000 })
    const slow = fixed('SELECT pg_sleep(1.1)::text AS t', ['t'], { shares: true })
    await transactional({}, async () => {
      await send(on.world.dataSource, SELECT_NOTE, 'a')
      await send(on.world.dataSource, slow)
    })
    await send(on.world.dataSource, slow)
    Object.assign(on.world.dataSource.options, { maxQueryExecutionTime: undefined })
    expect(on.world.log.slow.map(({ text }) => text)).toEqual([slow.text, slow.text])
    for (const { ms } of on.world.log.slow) expect(ms).toBeLessThan(10_000)
  })
})

describe('the messages of a fixed statement', () => {
  describe.each([
    { ...WIRE, alone: 'BES', begins: 'PBEBES', inside: 'BES', write: 'PBEBEPBES' },
    { ...PIPELINE, alone: 'BDES', begins: 'PBEBDES', inside: 'BDES', write: 'PBEBDES' + 'Q' },
  ])('on the $tier tier', ({ alone, begins, inside, write, ...tier }) => {
    const on = tierWorld(tier)
    const types = (): string => on.proxy.messages.map(({ type }) => type).join('')

    it('are those that must be sent once it is prepared', async () => {
      await send(on.world.dataSource, SELECT_NOTE, 'a')
      expect(types()).toBe(alone)
      on.proxy.clear()
      await transactional({}, async () => {
        await send(on.world.dataSource, SELECT_NOTE, 'a')
        await send(on.world.dataSource, SELECT_NOTE, 'b')
      })
      expect(types()).toBe(begins + inside + 'Q')
      on.proxy.clear()
      await single(on.world.dataSource, 'write', () => send(on.world.dataSource, INSERT_RETURNING, 'a', 4))
      expect(types()).toBe(write)
    })
  })
})

describe('the tier', () => {
  const reasons = { wire: 'passed the self-test', plain: 'pipeline refuses', runner: 'Query is not pg' } as const

  describe.each(TIERS)('$tier', tier => {
    const on = tierWorld(tier)

    it('says why it is so', () => {
      const { statementTier } = adoptionOf(on.world.dataSource).engine as unknown as {
        statementTier: { reason: string }
      }
      expect(statementTier).toEqual({ tier: tier.tier, reason: expect.stringContaining(reasons[tier.tier]) as string })
    })
  })
})
