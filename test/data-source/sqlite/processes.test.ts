import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fixed } from './fixed-statements'
import { settled, testBeds, type TestBed, type TestScope } from './harness'

// Two real processes on one file: locks between them are the operating system's, not a model's.

const open = testBeds()
const children = new Set<ChildProcess>()

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

/** Starts another process on the file and waits for its first word. */
async function other(bed: TestBed, mode: 'bump' | 'transfer' | 'hold'): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'other-process.mjs'), [bed.database, mode], { execArgv: [] })
  children.add(child)
  await once(child, 'message')
  return child
}

/** Asks it to stop; returns how many transactions it knows to be committed. */
async function stopped(child: ChildProcess): Promise<number> {
  const exit = once(child, 'exit')
  child.send('stop')
  const [{ acknowledged }] = (await once(child, 'message')) as [{ acknowledged: number }]
  await exit
  children.delete(child)
  return acknowledged
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
  children.delete(child)
}

/** Repeats a transaction as the engine's owner does, for what the engine calls transient. */
async function retried(bed: TestBed, body: (scope: TestScope) => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await bed.scope({ label: 'Outer' }, body)
      return
    } catch (error) {
      if (!bed.engine.isTransient(error)) throw error
    }
  }
}

async function counter(bed: TestBed): Promise<number> {
  const [row]: { n: number }[] = await bed.dataSource.query('SELECT n FROM counter')
  return row?.n ?? NaN
}

const PATIENT = { settings: { waitTimeoutMs: 20_000, synchronous: 'NORMAL' } } as const

describe('two processes on one file', () => {
  it('lose no update of a counter that both read and write', async () => {
    const bed = await open(PATIENT)
    await bed.dataSource.query('CREATE TABLE counter (n integer)')
    await bed.dataSource.query('INSERT INTO counter VALUES (0)')
    const child = await other(bed, 'bump')
    const worker = async (): Promise<void> => {
      for (let round = 0; round < 20; round += 1) {
        await bed.scope({}, async scope => {
          const [row] = await scope.query<{ n: number }[]>('SELECT n FROM counter')
          await settled()
          await scope.query('UPDATE counter SET n = ?', [(row?.n ?? NaN) + 1])
        })
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    const theirs = await stopped(child)
    expect(theirs).toBeGreaterThan(0)
    expect(await counter(bed)).toBe(160 + theirs)
  })

  it('lose no update either past the runner, and see no uncommitted one', async () => {
    const bed = await open(PATIENT)
    await bed.dataSource.query('CREATE TABLE counter (n integer)')
    await bed.dataSource.query('INSERT INTO counter VALUES (0)')
    const count = fixed('SELECT n FROM counter', 'read', ['n'])
    const set = fixed('UPDATE counter SET n = ?', 'write')
    const child = await other(bed, 'bump')
    const increment = (): Promise<void> =>
      bed.scope({}, async scope => {
        const { rows } = await scope.fixed(count)
        const before = Number(rows[0]?.[0])
        await scope.fixed(set, [-1])
        await settled()
        await scope.fixed(set, [before + 1])
      })
    let working = true
    const smallest = async (): Promise<number> => {
      let least = Infinity
      for (; working; await settled()) least = Math.min(least, Number((await bed.fixed(count)).rows[0]?.[0]))
      return least
    }
    const reading = smallest()
    await Promise.all(Array.from({ length: 64 }, increment))
    working = false
    expect(await reading).toBeGreaterThanOrEqual(0)
    const theirs = await stopped(child)
    expect(theirs).toBeGreaterThan(0)
    expect(await counter(bed)).toBe(64 + theirs)
  })

  it('lose no update either when the connection is lent in between', async () => {
    const bed = await open(PATIENT)
    await bed.dataSource.query('CREATE TABLE counter (n integer)')
    await bed.dataSource.query('INSERT INTO counter VALUES (0)')
    const child = await other(bed, 'bump')
    let attempts = 0
    for (let round = 0; round < 60; round += 1) {
      await retried(bed, async outer => {
        attempts += 1
        const [row] = await outer.query<{ n: number }[]>('SELECT n FROM counter')
        await bed.scope({ label: 'Audit', outer }, inner => inner.insert(`attempt ${attempts}`))
        await outer.query('UPDATE counter SET n = ?', [(row?.n ?? NaN) + 1])
      })
    }
    const theirs = await stopped(child)
    expect(await counter(bed)).toBe(60 + theirs)
    // What was committed inside stays, whatever became of the attempt around it.
    expect(await bed.names()).toHaveLength(attempts)
  })

  it('see no half-done transfer, while one of them is killed again and again', async () => {
    const bed = await open(PATIENT)
    await bed.dataSource.query('CREATE TABLE account (id integer primary key, balance integer)')
    for (let id = 1; id <= 10; id += 1) await bed.dataSource.query('INSERT INTO account VALUES (?, 100)', [id])
    let working = true
    const transfers = async (): Promise<number> => {
      let done = 0
      for (; working; done += 1) {
        await bed.scope({}, async scope => {
          await scope.query('UPDATE account SET balance = balance - 1 WHERE id = ?', [1 + (done % 10)])
          await settled()
          await scope.query('UPDATE account SET balance = balance + 1 WHERE id = ?', [1 + ((done * 7) % 10)])
        })
      }
      return done
    }
    const sums = async (): Promise<Set<number>> => {
      const seen = new Set<number>()
      while (working) {
        const [row]: { sum: number }[] = await bed.dataSource.query('SELECT sum(balance) AS sum FROM account')
        seen.add(row?.sum ?? NaN)
        await settled()
      }
      return seen
    }
    const all = [transfers(), transfers(), transfers()]
    const reading = sums()
    for (let kill = 0; kill < 4; kill += 1) {
      const child = await other(bed, 'transfer')
      for (let turn = 0; turn < 20; turn += 1) await settled()
      await killed(child)
    }
    working = false
    expect(Math.min(...(await Promise.all(all)))).toBeGreaterThan(0)
    expect([...(await reading)]).toEqual([1_000])
    expect(await bed.dataSource.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  })

  it('give the lock of a killed holder on, without its rows, and without stalling the event loop', async () => {
    const bed = await open(PATIENT)
    const child = await other(bed, 'hold')
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    let landed = false
    const writing = bed
      .scope({}, scope => scope.insert('ours'))
      .then(() => {
        landed = true
      })
    const saving = bed.dataSource.query('INSERT INTO "item"("name") VALUES (\'plain\')')
    for (let read = 0; read < 30; read += 1) {
      await settled()
      expect(await bed.names()).toEqual([])
    }
    expect(landed).toBe(false)
    await killed(child)
    await Promise.all([writing, saving])
    delay.disable()
    expect((await bed.names()).sort()).toEqual(['ours', 'plain'])
    // SQLite's own wait would have stopped everything for as long as the lock was held.
    expect(delay.percentile(50) / 1e6).toBeLessThan(200)
  })
})
