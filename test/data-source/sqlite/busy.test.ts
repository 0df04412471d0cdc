import { betterSqlite3 } from '../../../src/data-source/sqlite/better-sqlite3'
import { retryWhileLocked } from '../../../src/data-source/sqlite/busy'
import { SqliteFileLockedError } from '../../../src/data-source/sqlite/errors'
import { Item, testBeds, type TestBed } from './harness'

const open = testBeds()

/** Counts timers while something else is under way: they stop when the event loop does. */
async function ticksDuring(work: Promise<unknown>, atLeast: number, then: () => Promise<void>): Promise<number> {
  let ticks = 0
  let done: Promise<void> | undefined
  const timer = setInterval(() => {
    ticks += 1
    if (ticks === atLeast) done = then()
  }, 1)
  try {
    await work
  } finally {
    clearInterval(timer)
  }
  await done
  return ticks
}

async function locked(bed: TestBed): Promise<{ release: () => Promise<void> }> {
  const foreign = await bed.foreign()
  await foreign.exec('BEGIN IMMEDIATE')
  return {
    release: async () => {
      await foreign.exec('COMMIT')
      await foreign.close()
    },
  }
}

describe('a file that another process has locked', () => {
  it('lets the event loop run while a transaction waits to begin', async () => {
    const bed = await open()
    const lock = await locked(bed)
    const writing = bed.scope({}, scope => scope.insert('a'))
    const ticks = await ticksDuring(writing, 15, lock.release)
    expect(ticks).toBeGreaterThanOrEqual(15)
    expect(await bed.names()).toEqual(['a'])
    expect(bed.log.lines.filter(line => line === 'BEGIN IMMEDIATE')).toHaveLength(1)
    expect(bed.log.errors).toEqual([])
  })

  it('lets readers read meanwhile', async () => {
    const bed = await open()
    const lock = await locked(bed)
    const writing = bed.scope({}, scope => scope.insert('a'))
    for (let read = 0; read < 50; read += 1) expect(await bed.names()).toEqual([])
    await lock.release()
    await writing
  })

  it('makes a statement outside every transaction wait, and lands it once', async () => {
    const bed = await open()
    const lock = await locked(bed)
    const writing = bed.dataSource.query('INSERT INTO "item"("name") VALUES (\'a\')')
    const ticks = await ticksDuring(writing, 15, lock.release)
    expect(ticks).toBeGreaterThanOrEqual(15)
    expect(await bed.names()).toEqual(['a'])
    // The first attempt is told, the many after it are not.
    expect(bed.log.errors).toHaveLength(1)
  })

  it('makes save() outside every scope wait, and lands it', async () => {
    const bed = await open()
    const lock = await locked(bed)
    const writing = bed.dataSource.manager.save(Item, { name: 'a' })
    await ticksDuring(writing, 15, lock.release)
    expect(await bed.names()).toEqual(['a'])
  })

  it('gives a transaction up at the bound, and gives the writer back', async () => {
    const bed = await open({ settings: { waitTimeoutMs: 30 } })
    const lock = await locked(bed)
    const failing = bed.scope({ label: 'Orders.place' }, scope => scope.insert('a'))
    await expect(failing).rejects.toBeInstanceOf(SqliteFileLockedError)
    await expect(failing).rejects.toMatchObject({
      code: 'AMBIT_SQLITE_FILE_LOCKED',
      waiter: 'Orders.place',
      cause: { code: 'SQLITE_BUSY' },
    })
    await bed.expectIdle()
    await lock.release()
    await bed.scope({}, scope => scope.insert('b'))
    expect(await bed.names()).toEqual(['b'])
  })

  it('gives a statement and a hand-made transaction up at the bound', async () => {
    const bed = await open({ settings: { waitTimeoutMs: 30 } })
    const lock = await locked(bed)
    await expect(bed.dataSource.query('DELETE FROM "item"')).rejects.toBeInstanceOf(SqliteFileLockedError)
    const runner = bed.dataSource.createQueryRunner()
    await expect(runner.startTransaction()).rejects.toBeInstanceOf(SqliteFileLockedError)
    expect(runner.isTransactionActive).toBe(false)
    await expect(bed.dataSource.manager.save(Item, { name: 'a' })).rejects.toBeInstanceOf(SqliteFileLockedError)
    await bed.expectIdle()
    await lock.release()
    await runner.startTransaction()
    await runner.query('INSERT INTO "item"("name") VALUES (\'a\')')
    await runner.commitTransaction()
    expect(await bed.names()).toEqual(['a'])
  })

  it('lets a transaction leave on its signal', async () => {
    const bed = await open()
    const lock = await locked(bed)
    const stop = new AbortController()
    const reason = new Error('deadline')
    const writing = bed.scope({ signal: stop.signal }, scope => scope.insert('a'))
    await Promise.all([
      expect(writing).rejects.toBe(reason),
      ticksDuring(
        writing.catch(() => undefined),
        10,
        async () => stop.abort(reason),
      ),
    ])
    await bed.expectIdle()
    await lock.release()
  })

  it('can try again in the same scope', async () => {
    const bed = await open({ settings: { waitTimeoutMs: 20 } })
    const lock = await locked(bed)
    await bed.scope({}, async scope => {
      await expect(scope.insert('a')).rejects.toBeInstanceOf(SqliteFileLockedError)
      expect(scope.transaction.begun).toBe(false)
      await lock.release()
      await scope.insert('b')
    })
    expect(await bed.names()).toEqual(['b'])
  })
})

describe('COMMIT with a rollback journal', () => {
  it('waits for a foreign reader, and succeeds', async () => {
    const bed = await open({ typeorm: { enableWAL: false } })
    const reader = await bed.foreign()
    await reader.exec('BEGIN')
    await reader.query('SELECT * FROM "item"')
    const writing = bed.scope({}, scope => scope.insert('a'))
    const ticks = await ticksDuring(writing, 15, async () => {
      await reader.exec('COMMIT')
      await reader.close()
    })
    expect(ticks).toBeGreaterThanOrEqual(15)
    expect(await bed.names()).toEqual(['a'])
    expect(bed.log.lines.filter(line => line === 'COMMIT')).toHaveLength(1)
  })

  it('rolls back when the reader never leaves', async () => {
    const bed = await open({ typeorm: { enableWAL: false }, settings: { waitTimeoutMs: 30 } })
    const reader = await bed.foreign()
    await reader.exec('BEGIN')
    await reader.query('SELECT * FROM "item"')
    await expect(bed.scope({}, scope => scope.insert('a'))).rejects.toBeInstanceOf(SqliteFileLockedError)
    await bed.expectIdle()
    await reader.exec('COMMIT')
    await reader.close()
    expect(await bed.names()).toEqual([])
  })

  it('waits for a foreign reader also after startTransaction()', async () => {
    const bed = await open({ typeorm: { enableWAL: false } })
    const reader = await bed.foreign()
    await reader.exec('BEGIN')
    await reader.query('SELECT * FROM "item"')
    const saving = bed.dataSource.manager.save(Item, { name: 'a' })
    await ticksDuring(saving, 15, async () => {
      await reader.exec('COMMIT')
      await reader.close()
    })
    expect(bed.log.errors).toEqual(['COMMIT'])
    expect(await bed.names()).toEqual(['a'])
  })

  it('makes a read wait while a foreign writer commits', async () => {
    const bed = await open({ typeorm: { enableWAL: false } })
    const foreign = await bed.foreign()
    await foreign.exec('BEGIN EXCLUSIVE; INSERT INTO "item"("name") VALUES (\'theirs\')')
    const reading = bed.names()
    const inScope = bed.scope({ readOnly: true }, scope => scope.names())
    await ticksDuring(Promise.all([reading, inScope]), 15, async () => {
      await foreign.exec('COMMIT')
      await foreign.close()
    })
    expect(await Promise.all([reading, inScope])).toEqual([['theirs'], ['theirs']])
  })
})

describe('retryWhileLocked', () => {
  const request = { who: 'Test', timeoutMs: 1_000, signal: undefined }
  const failure = (code: string): Error => Object.assign(new Error(code), { code })

  it.each(['SQLITE_BUSY_SNAPSHOT', 'SQLITE_CONSTRAINT', 'SQLITE_LOCKED'])('never repeats after %s', async code => {
    let attempts = 0
    const trying = retryWhileLocked(betterSqlite3, request, () => {
      attempts += 1
      return Promise.reject(failure(code))
    })
    await expect(trying).rejects.toThrow(code)
    expect(attempts).toBe(1)
  })

  it.each(['SQLITE_BUSY', 'SQLITE_BUSY_RECOVERY'])('repeats after %s until it works', async code => {
    let attempts = 0
    const result = await retryWhileLocked(betterSqlite3, request, () => {
      attempts += 1
      return attempts < 4 ? Promise.reject(failure(code)) : Promise.resolve('done')
    })
    expect([result, attempts]).toEqual(['done', 4])
  })

  it('tries once before it looks at the signal, and stops at it', async () => {
    const reason = new Error('stop')
    let attempts = 0
    const trying = retryWhileLocked(betterSqlite3, { ...request, signal: AbortSignal.abort(reason) }, () => {
      attempts += 1
      return Promise.reject(failure('SQLITE_BUSY'))
    })
    await expect(trying).rejects.toBe(reason)
    expect(attempts).toBe(1)
  })
})
