import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { afterRollback, transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Note, seen, write } from '../notes'
import { control, failureOf, gate, identity, POOL_SIZE, repeated, stageOn } from '../stage'

const POSTGRES = ENGINES.filter(({ oneWriter }) => !oneWriter)
const SQLITE = ENGINES.filter(({ oneWriter }) => oneWriter)

describe.each(ENGINES)('connections, as no peer tests them, on $name', engine => {
  const stage = stageOn(engine, { waitTimeoutMs: 2_000 })
  const { db } = stage

  repeated(
    stage,
    'G-11 as many outer calls as connections, each wanting a second: all settle, none hangs',
    async () => {
      const call = (k: string): Promise<unknown> =>
        stage.in.required(async () => {
          await seen()
          await stage.in.requiresNew(() => write(k))
        })
      const results = await Promise.allSettled(Array.from({ length: 2 * POOL_SIZE }, (_, at) => call(`k${at}`)))
      for (const result of results) {
        if (result.status === 'rejected') {
          expect(result.reason).toMatchObject({ code: 'AMBIT_DATA_SOURCE_POOL_STARVATION' })
        }
      }
      // What failed stored nothing, and what succeeded did: nobody is told the wrong thing.
      const stored = await committed(db)
      expect(stored).toEqual(results.flatMap(({ status }, at) => (status === 'fulfilled' ? [`k${at}`] : [])))
      expect(stored.length).toBeGreaterThan(0)
    },
  )

  it('G-11 every connection held by callers that wait for each other: the newest fails at once, explained', async () => {
    if (engine.oneWriter) return expect(await depthOnSqlite()).toBe(7)
    const error = await failureOf(nestedToTheEnd(POOL_SIZE + 1))
    expect(error).toMatchObject({ name: 'PoolStarvationError', code: 'AMBIT_DATA_SOURCE_POOL_STARVATION', poolSize: 4 })
    expect(error.message).toContain('Boundaries.requiresNew')
    expect(await committed(db)).toEqual([])
  })

  /** One REQUIRES_NEW inside another, each with a connection in its hands. */
  const nestedToTheEnd = (depth: number): Promise<number> =>
    stage.in.requiresNew(async () => {
      await seen()
      return depth > 1 ? 1 + (await nestedToTheEnd(depth - 1)) : 1
    })

  /** There is one connection to lend there, and it may be lent on: no depth is too deep. */
  const depthOnSqlite = (): Promise<number> => nestedToTheEnd(7)
})

describe.each(SQLITE)('the one writer, as no peer tests it, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage

  repeated(stage, 'G-15 REQUIRES_NEW in a transaction that has written is refused at once, and explained', async () => {
    const body = jest.fn(() => write('n'))
    await stage.in.required(async () => {
      await write('o')
      const error = await failureOf(stage.in.requiresNew(body))
      expect(error).toMatchObject({ name: 'SqliteSecondWriterError', code: 'AMBIT_SQLITE_NEW_AFTER_WRITE' })
      expect(error.message).toMatch(/SQLite[\s\S]*next:/)
      await write('later')
    })
    expect(body).not.toHaveBeenCalled()
    expect(await committed(db)).toEqual(['later', 'o'])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
  })

  repeated(stage, 'G-15 a write of NOT_SUPPORTED in one that has written is refused at once', async () => {
    await stage.in.required(async () => {
      await write('o')
      await stage.in.notSupported(async () => {
        expect(await seen()).toEqual([])
        expect(await failureOf(write('n'))).toMatchObject({ code: 'AMBIT_SQLITE_OUTSIDE_AFTER_WRITE' })
      })
      await write('later')
    })
    expect(await committed(db)).toEqual(['later', 'o'])
  })

  it('G-15 before the outer has written, both work', async () => {
    await stage.in.required(async () => {
      await stage.in.requiresNew(() => write('new'))
      await stage.in.notSupported(() => write('plain'))
      await seen()
      await stage.in.requiresNew(() => write('lent'))
      await write('o')
    })
    expect(await committed(db)).toEqual(['lent', 'new', 'o', 'plain'])
  })

  it('G-19 a read that is left early gives its reader back: there are three, and this is done ten times', async () => {
    await write('a')
    for (let time = 0; time < 10; time += 1) {
      const abandoned = stage.in.reading(async () => {
        await seen()
        throw new Error('left early')
      })
      await expect(abandoned).rejects.toThrow('left early')
    }
    expect(await stage.in.reading(seen)).toEqual(['a'])
  })

  // The relative of MySQL's deadlock, which the server answers by rolling everything back.
  repeated(stage, 'G-20 a transaction that SQLite ended by itself: what comes later is refused', async () => {
    await db.query("INSERT INTO note (k) VALUES ('dup')")
    const error = await failureOf(
      stage.in.required(async () => {
        await write('a')
        await stage.dataSource.query("INSERT OR ROLLBACK INTO note (k) VALUES ('dup')").catch(() => undefined)
        await expect(write('later')).rejects.toMatchObject({ code: 'AMBIT_SQLITE_TRANSACTION_LOST' })
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_SQLITE_TRANSACTION_LOST' })
    expect(await committed(db)).toEqual(['dup'])
  })
})

describe.each(POSTGRES)('the server, as no peer tests it, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage

  repeated(stage, 'G-16 a backend that dies in a transaction: the cause is told, and the pool is whole', async () => {
    const told: string[] = []
    const error = await failureOf(
      stage.in.required(async () => {
        afterRollback(() => told.push('afterRollback'))
        await write('a')
        await killBackend()
        await write('b')
      }),
    )
    expect(error).toMatchObject({ name: 'ConnectionLostError', code: 'AMBIT_DATA_SOURCE_CONNECTION_LOST' })
    expect(error.message).toContain('Boundaries.required')
    expect(told).toEqual(['afterRollback'])
    expect(await committed(db)).toEqual([])
    await stage.in.required(() => write('next'))
    expect(await committed(db)).toEqual(['next'])
  })

  /** Kills the backend of the running transaction, and waits until the driver has noticed. */
  const killBackend = async (): Promise<void> => {
    const pool = (stage.dataSource.driver as unknown as { readonly master: { readonly totalCount: number } }).master
    const [pid] = (await identity(stage)).split('/')
    const before = pool.totalCount
    await db.query(`SELECT pg_terminate_backend(${pid})`)
    while (pool.totalCount === before) await new Promise(resolve => setImmediate(resolve))
  }

  const stream = (): Promise<Readable> =>
    stage.dataSource.getRepository(Note).createQueryBuilder('note').orderBy('note.k').stream()
  const filled = (): Promise<unknown> =>
    db.query("INSERT INTO note (k) SELECT 'k' || (10000 + i) FROM generate_series(1, 2500) i")

  const ends: Readonly<Record<string, (rows: Readable) => Promise<void>>> = {
    'left early': async rows => {
      for await (const _ of rows) break
    },
    destroyed: async rows => {
      await once(rows, 'readable')
      rows.destroy()
      await once(rows, 'close')
    },
    'never consumed': async () => {},
    'read a little, and forgotten': async rows => void (await once(rows, 'readable')),
  }

  it.each(Object.keys(ends))('G-19 a stream that is %s: the connection comes back, time and again', async end => {
    await filled()
    for (let time = 0; time < 3 * POOL_SIZE; time += 1) {
      await stage.in.required(async () => ends[end]?.(await stream()))
    }
    expect(await stage.in.required(() => stage.notes.count())).toBe(2_500)
    expect(db.log.connections).toBe(1)
  })

  it('G-19 a query in the transaction of a stream, while that is read, works', async () => {
    await filled()
    let counted = 0
    await stage.in.required(async () => {
      for await (const _ of await stream()) {
        if ((counted += 1) % 1_000 === 0) expect(await stage.notes.count()).toBe(2_500)
      }
    })
    expect(counted).toBe(2_500)
    expect(db.log.connections).toBe(1)
  })

  // The relative of MySQL's deadlock: PostgreSQL aborts the transaction, and refuses what comes later by itself.
  it('G-20 a deadlock that one of two swallows: its later statements are refused, and it does not succeed', async () => {
    for (const k of ['a', 'b']) await db.query(`INSERT INTO note (k) VALUES ('${k}')`)
    const here = { a: gate(), b: gate() }
    const lock = (k: string): Promise<unknown> =>
      stage.dataSource.query(`SELECT k FROM note WHERE k = '${k}' FOR UPDATE`)
    const later: unknown[] = []
    const call = (own: 'a' | 'b', other: 'a' | 'b'): Promise<void> =>
      transactional({}, async () => {
        await lock(own)
        here[own].open()
        await here[other].opened
        try {
          await lock(other)
        } catch {
          later.push(await failureOf(write('later')))
        }
        await write(`${own} done`).catch(() => undefined)
      })
    const results = await Promise.allSettled([call('a', 'b'), call('b', 'a')])
    const failed = results.filter((result): result is PromiseRejectedResult => result.status === 'rejected')
    expect(failed).toHaveLength(1)
    expect(failed[0]?.reason).toMatchObject({
      code: 'AMBIT_TX_UNEXPECTED_ROLLBACK',
      cause: { driverError: { code: '40P01' } },
    })
    expect(later).toEqual([expect.objectContaining({ driverError: expect.objectContaining({ code: '25P02' }) })])
    const rows = await committed(db)
    expect(rows.filter(row => row.endsWith('done'))).toHaveLength(1)
    expect(rows).not.toContain('later')
  })
})
