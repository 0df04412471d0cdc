import { afterCommit, detached, transactional } from 'ambit'
import { Client } from 'pg'
import { DataSource } from 'typeorm'
import { PoolStarvationError } from '../../src/errors'
import { ENTITIES } from './entities'
import { gate, maybePoolOf, poolOf, postgresDatabase, rejection, until, type World } from './harness'

// Connections are few: who holds them, who waits, and that no wait is for ever.

const postgres = postgresDatabase()

interface Small {
  readonly poolSize?: number
  readonly waitTimeoutMs?: number
  readonly connectTimeoutMs?: number
}

async function start({ poolSize = 1, waitTimeoutMs = 300, connectTimeoutMs = 5_000 }: Small = {}): Promise<World> {
  const settings = { poolSize, connectTimeoutMs, schema: 'create' } as const
  const world = await postgres.start({ settings, bootstrap: { waitTimeoutMs } })
  world.log.clear()
  return world
}

/** Takes a connection as a query runner made by hand does, outside every transaction; returns what gives it back. */
async function occupy(world: World): Promise<() => Promise<void>> {
  const runner = world.dataSource.createQueryRunner()
  await runner.connect()
  return () => runner.release()
}

/** Takes an advisory lock from outside; returns what lets it go. */
async function holdLock(world: World, key: number): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: world.database.urlAs('ambit_test_lock') })
  await client.connect()
  await client.query('SELECT pg_advisory_lock($1)', [key])
  return () => client.end()
}

const INSERT = 'INSERT INTO note (k) VALUES ($1)'

const select = (world: World): Promise<unknown> => world.dataSource.query('SELECT 1')

describe('a pool of one', () => {
  it('G-11: REQUIRES_NEW in a transaction that holds the connection fails at once, and says who holds it', async () => {
    const world = await start({ waitTimeoutMs: 60_000 })
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        await world.write('a')
        await transactional({ propagation: 'REQUIRES_NEW', label: 'Shop.audit' }, () => world.write('b'))
      }),
    )
    expect(error).toBeInstanceOf(PoolStarvationError)
    expect(error).toMatchObject({
      holders: ['Shop.order'],
      held: [{ method: 'Shop.order', runs: undefined, awaits: 'Shop.audit', sentMsAgo: expect.any(Number) }],
      wanted: INSERT,
      waiting: 1,
      poolSize: 1,
    })
    expect(error.message).toBe(
      [
        `Shop.audit could never get a connection of the data source 'default' for '${INSERT}': 1 of 1 are held by transactions (Shop.order waits for Shop.audit). [AMBIT_DATA_SOURCE_POOL_STARVATION]`,
        '  where: Shop.audit',
        '  next:  Raise poolSize, or avoid REQUIRES_NEW: each call of it holds one more connection while the outer one waits.',
      ].join('\n'),
    )
    expect(await world.rows()).toEqual([])
    await world.assertClean()
  })

  it('and the outer transaction may survive that', async () => {
    const world = await start({ waitTimeoutMs: 60_000 })
    await transactional({}, async () => {
      await world.write('a')
      await rejection(transactional({ propagation: 'REQUIRES_NEW' }, () => world.write('b')))
      await world.write('c')
    })
    expect(await world.rows()).toEqual(['a', 'c'])
    await world.assertClean()
  })

  it('REQUIRES_NEW in a transaction that has not run a statement yet works: it takes no connection before', async () => {
    const world = await start()
    await transactional({}, async () => {
      await transactional({ propagation: 'REQUIRES_NEW' }, () => world.write('new'))
      await world.write('outer')
    })
    expect(await world.rows()).toEqual(['new', 'outer'])
    await world.assertClean()
  })

  it('a plain call in NOT_SUPPORTED, while the transaction holds the connection, fails in time', async () => {
    const world = await start()
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        await world.write('a')
        await transactional({ propagation: 'NOT_SUPPORTED' }, () => select(world))
      }),
    )
    expect(error).toBeInstanceOf(PoolStarvationError)
    await world.assertClean()
  })

  it('a query runner made with detached() fails in time too', async () => {
    const world = await start({ connectTimeoutMs: 100 })
    const error = await rejection(
      transactional({}, async () => {
        await world.write('a')
        await detached(() => select(world))
      }),
    )
    expect(error.message).toMatch(/timeout|connection/)
    await world.assertClean()
  })

  it('serves many transactions, one after the other', async () => {
    const world = await start({ waitTimeoutMs: 5_000 })
    const keys = Array.from({ length: 20 }, (_, at) => `k${String(at).padStart(2, '0')}`)
    await Promise.all(keys.map(k => transactional({}, () => world.write(k))))
    expect(await world.rows()).toEqual(keys)
    expect(world.log.pids).toHaveLength(1)
    await world.assertClean()
  })

  it('gives the connection back before afterCommit hooks run: they may use it', async () => {
    const world = await start()
    await transactional({}, async () => {
      await world.write('a')
      afterCommit(() => transactional({}, () => world.write('b')))
    })
    expect(await world.rows()).toEqual(['a', 'b'])
    await world.assertClean()
  })
})

describe('a transaction that waits for a connection', () => {
  it('behind another transaction, fails after waitTimeoutMs, and says who holds it', async () => {
    const world = await start({ waitTimeoutMs: 100 })
    const { opened, open } = gate()
    const holder = transactional({ label: 'Shop.slow' }, async () => {
      await select(world)
      await opened
    })
    await until('the connection is held', () => maybePoolOf(world.dataSource)?.idleCount === 0)
    const error = await rejection(transactional({ label: 'Shop.order' }, () => world.write('a')))
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_POOL_STARVATION', holders: ['Shop.slow'], poolSize: 1 })
    expect(error.message.replace(/\d+ ms/, 'N ms')).toContain(
      `Shop.order waited in vain for a connection of the data source 'default' for '${INSERT}': 1 of 1 are held by transactions (Shop.slow has sent nothing for N ms).`,
    )
    open()
    await holder
    await transactional({}, () => world.write('b'))
    expect(await world.rows()).toEqual(['b'])
    await world.assertClean()
  })

  it('is told of the last connection, which a transaction inside no other never gets', async () => {
    const world = await start({ poolSize: 2, waitTimeoutMs: 100 })
    const { opened, open } = gate()
    const holder = transactional({ label: 'Shop.slow' }, async () => {
      await select(world)
      await opened
    })
    await until('the connection is held', () => maybePoolOf(world.dataSource)?.idleCount === 0)
    const error = await rejection(transactional({ label: 'Shop.order' }, () => world.write('a')))
    expect(error.message.replace(/\d+ ms/, 'N ms')).toContain(
      `1 of 2 are held by transactions (Shop.slow has sent nothing for N ms), and the last one is kept for transactions inside others.`,
    )
    open()
    await holder
    await world.assertClean()
  })

  it('is told what the holder runs, without the values that are written into it', async () => {
    const world = await start({ waitTimeoutMs: 100 })
    const key = 4_711_001
    const release = await holdLock(world, key)
    const holder = transactional({ label: 'Shop.slow' }, () =>
      world.dataSource.query(`SELECT pg_advisory_xact_lock(${key})`),
    )
    await until('the connection is held', () => maybePoolOf(world.dataSource)?.idleCount === 0)
    const errors = await Promise.all([
      rejection(transactional({ label: 'Shop.order' }, () => world.write('a'))),
      rejection(transactional({ label: 'Shop.list', readOnly: true }, () => select(world))),
    ])
    const runs = 'SELECT pg_advisory_xact_lock(?)'
    for (const error of errors) {
      expect(error).toMatchObject({ held: [{ method: 'Shop.slow', runs, awaits: undefined }] })
      expect(error.message).toMatch(/\(Shop\.slow has run 'SELECT pg_advisory_xact_lock\(\?\)' for \d+ ms\)/)
    }
    expect(errors.map(({ wanted }) => wanted)).toEqual([INSERT, 'SELECT ?'])
    await release()
    await holder
    await world.assertClean()
  })

  it('behind a query runner, fails after waitTimeoutMs, and the connection that comes later is not lost', async () => {
    const world = await start({ waitTimeoutMs: 100 })
    const giveBack = await occupy(world)
    const error = await rejection(transactional({ label: 'Shop.order' }, () => world.write('a')))
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_POOL_STARVATION', holders: [] })
    await giveBack()
    await until('the late connection is given back', () => world.pool.idleCount === 1)
    await transactional({}, () => world.write('b'))
    expect(await world.rows()).toEqual(['b'])
    await world.assertClean()
  })

  it('may go on with the connection that came after its first statement had given up', async () => {
    const world = await start({ waitTimeoutMs: 100 })
    const giveBack = await occupy(world)
    await transactional({}, async () => {
      await rejection(world.write('a'))
      await giveBack()
      await world.write('b')
    })
    expect(await world.rows()).toEqual(['b'])
    await world.assertClean()
  })

  it.each(['a transaction', 'a query runner'])('behind %s, gives up at its deadline', async kind => {
    const world = await start({ waitTimeoutMs: 60_000 })
    const { opened, open } = gate()
    const giveBack = kind === 'a query runner' ? await occupy(world) : () => Promise.resolve()
    const holder = kind === 'a query runner' ? undefined : transactional({}, () => select(world).then(() => opened))
    await until('the connection is held', () => maybePoolOf(world.dataSource)?.idleCount === 0)
    const error = await rejection(transactional({ timeoutMs: 60 }, () => world.write('a')))
    expect(error).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    open()
    await Promise.all([holder, giveBack()])
    await until('the late connection is given back', () => world.pool.idleCount === 1)
    await world.assertClean()
  })

  it.each(['a transaction', 'a query runner'])('behind %s, gives up when its signal is aborted', async kind => {
    const world = await start({ waitTimeoutMs: 60_000 })
    const { opened, open } = gate()
    const giveBack = kind === 'a query runner' ? await occupy(world) : () => Promise.resolve()
    const holder = kind === 'a query runner' ? undefined : transactional({}, () => select(world).then(() => opened))
    await until('the connection is held', () => maybePoolOf(world.dataSource)?.idleCount === 0)
    const controller = new AbortController()
    const asked = gate()
    const waiting = rejection(
      transactional({ signal: controller.signal }, async () => {
        const written = world.write('a')
        asked.open()
        await written
      }),
    )
    await asked.opened
    controller.abort(new Error('the client has gone'))
    expect(await waiting).toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: { message: 'the client has gone' } })
    open()
    await Promise.all([holder, giveBack()])
    await until('the late connection is given back', () => world.pool.idleCount === 1)
    await world.assertClean()
  })

  it('fails in time also on a DataSource of the user’s whose pool waits for ever', async () => {
    const dataSource = new DataSource({
      type: 'postgres',
      url: postgres.database.url,
      entities: [...ENTITIES],
      poolSize: 1,
    })
    await dataSource.initialize()
    try {
      await dataSource.synchronize()
      const world = await postgres.start({ settings: { dataSource }, bootstrap: { waitTimeoutMs: 100 } })
      for (const inner of ['REQUIRES_NEW', 'NOT_SUPPORTED'] as const) {
        const error = await rejection(
          transactional({}, async () => {
            await world.write('a')
            await transactional({ propagation: inner }, () => world.write('b'))
          }),
        )
        expect([inner, error['code']]).toEqual([inner, 'AMBIT_DATA_SOURCE_POOL_STARVATION'])
        await until('all is given back', () => poolOf(dataSource).idleCount === 1)
      }
      await world.app.close()
    } finally {
      await dataSource.destroy()
    }
  })
})

describe('a pool of five', () => {
  it('64 transactions, each with parallel statements, a quarter of them failing: 48 commits, and all given back', async () => {
    const world = await start({ poolSize: 5, waitTimeoutMs: 20_000 })
    const results = await Promise.allSettled(
      Array.from({ length: 64 }, (_, at) =>
        transactional({}, async () => {
          await Promise.all([select(world), world.write(`k${at}`), select(world)])
          if (at % 4 === 0) throw new Error('on purpose')
        }),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(48)
    expect(await world.rows()).toHaveLength(48)
    expect(world.log.words.filter(word => word === 'COMMIT')).toHaveLength(48)
    expect(world.log.words.filter(word => word === 'ROLLBACK')).toHaveLength(16)
    expect(world.pool.totalCount).toBeLessThanOrEqual(5)
    await world.assertClean()
  })

  it('64 callers that each want REQUIRES_NEW: none fails, for the pool keeps one connection back for them', async () => {
    const world = await start({ poolSize: 5, waitTimeoutMs: 20_000 })
    await Promise.all(
      Array.from({ length: 64 }, (_, at) =>
        transactional({ label: `Shop.order${at}` }, async () => {
          await world.write(`outer${at}`)
          await transactional({ propagation: 'REQUIRES_NEW' }, () => world.write(`inner${at}`))
        }),
      ),
    )
    expect(await world.rows()).toHaveLength(128)
    await world.assertClean()
  })

  it('64 callers that want one REQUIRES_NEW inside another: each settles, and what fails is told why', async () => {
    const world = await start({ poolSize: 5, waitTimeoutMs: 20_000 })
    const inner = (work: () => Promise<unknown>): Promise<unknown> =>
      transactional({ propagation: 'REQUIRES_NEW' }, work)
    const results = await Promise.allSettled(
      Array.from({ length: 64 }, (_, at) =>
        transactional({ label: `Shop.order${at}` }, async () => {
          await world.write(`outer${at}`)
          await inner(async () => {
            await world.write(`inner${at}`)
            await inner(() => world.write(`innermost${at}`))
          })
        }),
      ),
    )
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(PoolStarvationError)
    }
    const committed = results.filter(({ status }) => status === 'fulfilled').length
    expect((await world.rows()).filter(k => k.startsWith('outer'))).toHaveLength(committed)
    await world.assertClean()
  })

  it('transactions that run inside no other take four of the five connections', async () => {
    const world = await start({ poolSize: 5, waitTimeoutMs: 20_000 })
    let running = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 20 }, () =>
        transactional({}, async () => {
          await select(world)
          running += 1
          most = Math.max(most, running)
          await world.dataSource.query('SELECT pg_sleep(0.01)')
          running -= 1
        }),
      ),
    )
    expect(most).toBe(4)
    await world.assertClean()
  })

  it('one that gives up in the line leaves its place to the next', async () => {
    const world = await start({ poolSize: 2, waitTimeoutMs: 20_000 })
    const { opened, open } = gate()
    const holder = transactional({}, async () => {
      await select(world)
      await opened
    })
    await until('the connection is held', () => world.pool.totalCount > world.pool.idleCount)
    const impatient = rejection(transactional({ timeoutMs: 50 }, () => world.write('impatient')))
    const patient = transactional({}, () => world.write('patient'))
    expect(await impatient).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    open()
    await Promise.all([holder, patient])
    expect(await world.rows()).toEqual(['patient'])
    await world.assertClean()
  })

  it('two REQUIRES_NEW in parallel stay what they are across awaits (G-07, SP J2)', async () => {
    const world = await start({ poolSize: 5 })
    const branch = (k: string): Promise<readonly [number, number, number]> =>
      transactional({ propagation: 'REQUIRES_NEW' }, async () => {
        const first = (await world.place()).pid
        await world.write(`${k}1`)
        const second = (await world.place()).pid
        await world.write(`${k}2`)
        if (k === 'a') throw new Error('on purpose')
        return [first, second, (await world.place()).pid] as const
      })
    await transactional({}, async () => {
      const outer = await world.place()
      const [a, b] = await Promise.allSettled([branch('a'), branch('b')])
      expect(a.status).toBe('rejected')
      expect(b).toMatchObject({ status: 'fulfilled' })
      if (b.status === 'fulfilled') {
        expect(new Set(b.value).size).toBe(1)
        expect(b.value[0]).not.toBe(outer.pid)
      }
      expect(await world.place()).toEqual(outer)
    })
    expect(await world.rows()).toEqual(['b1', 'b2'])
    await world.assertClean()
  })
})

describe('five thousand transactions', () => {
  it('leave no listener, timer, runner, connection or frame behind', async () => {
    const world = await start({ poolSize: 4, waitTimeoutMs: 20_000 })
    const controller = new AbortController()
    await transactional({}, () => select(world))
    const before = footprint(world, controller.signal)
    for (let round = 0; round < 250; round += 1) {
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => {
          const options = at % 3 === 0 ? { timeoutMs: 30_000, signal: controller.signal } : {}
          const call = transactional(options, async () => {
            await select(world)
            if (at % 5 === 0) await transactional({ propagation: 'NESTED' }, () => select(world))
            if (at % 7 === 0) throw new Error('on purpose')
          })
          return at % 7 === 0 ? rejection(call) : call
        }),
      )
    }
    expect(footprint(world, controller.signal)).toEqual({ ...before, connections: expect.any(Number) })
    expect(world.pool.totalCount).toBeLessThanOrEqual(4)
    await world.assertClean()
  }, 120_000)
})

function footprint(world: World, signal: AbortSignal): object {
  const pool = poolOf(world.dataSource) as unknown as { _idle: { client: NodeJS.EventEmitter }[] }
  const timers = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const listeners = pool._idle.map(({ client }) =>
    client
      .eventNames()
      .map(name => `${String(name)} ${client.listenerCount(name)}`)
      .join(', '),
  )
  return {
    connections: poolOf(world.dataSource).totalCount,
    // The pool has a timer for each idle connection.
    timers: timers - pool._idle.length,
    listeners: [...new Set(listeners)],
    aborts: (signal as unknown as Record<symbol, { size?: number }>)[kEvents(signal)]?.size ?? 0,
    processListeners: process.eventNames().length,
  }
}

function kEvents(signal: AbortSignal): symbol {
  const found = [
    ...Object.getOwnPropertySymbols(signal),
    ...Object.getOwnPropertySymbols(Object.getPrototypeOf(signal) as object),
  ].find(symbol => symbol.description === 'kEvents')
  return found ?? Symbol('none')
}
