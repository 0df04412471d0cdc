import { afterCommit, transactional, Transactional } from 'ambit'
import { databaseCode } from '../../src/data-source/driver-error'
import { gate, postgresWorld, rejection } from './harness'

// Real serialization failures and deadlocks, made by two services that run beside each other.

const postgres = postgresWorld({ settings: { poolSize: 5 } })

const query = (sql: string, parameters?: unknown[]): Promise<unknown> =>
  postgres.world.dataSource.query(sql, parameters)

beforeEach(() => postgres.world.database.query(`INSERT INTO note (k, n) VALUES ('a', 0), ('b', 0)`))

async function values(): Promise<unknown> {
  const rows = await postgres.world.database.query<{ k: string; n: number }>('SELECT k, n FROM note ORDER BY k')
  return Object.fromEntries(rows.map(({ k, n }) => [k, n]))
}

/** Lets two attempts meet once: each says when it is there, and goes on when both are. Later attempts pass. */
class Meeting {
  readonly #gates = [gate(), gate()] as const
  readonly #seen = new Set<number>()

  async at(who: 0 | 1): Promise<void> {
    if (this.#seen.has(who)) return
    this.#seen.add(who)
    this.#gates[who].open()
    await this.#gates[who === 0 ? 1 : 0].opened
  }
}

/** Reads both numbers and writes their sum + 1 into one of them: write skew, which only SERIALIZABLE refuses. */
class Counter {
  attempts = 0

  constructor(
    readonly who: 0 | 1,
    readonly meeting: Meeting,
  ) {}

  @Transactional({ isolation: 'SERIALIZABLE', retry: 3 })
  async count(): Promise<void> {
    await this.once()
  }

  @Transactional({ isolation: 'SERIALIZABLE' })
  async once(): Promise<void> {
    this.attempts += 1
    const [row] = (await query('SELECT sum(n)::int AS sum FROM note')) as { sum: number }[]
    await this.meeting.at(this.who)
    await query('UPDATE note SET n = $1 WHERE k = $2', [(row?.sum ?? 0) + 1, this.who === 0 ? 'a' : 'b'])
    afterCommit(() => committed.push(this.who))
  }
}

let committed: number[] = []
beforeEach(() => {
  committed = []
})

/** Two transactions that lock the two rows in opposite orders. */
class Locker {
  attempts = 0

  constructor(
    readonly who: 0 | 1,
    readonly meeting: Meeting,
  ) {}

  @Transactional({ retry: 3 })
  async lock(): Promise<void> {
    await this.once()
  }

  @Transactional()
  async once(): Promise<void> {
    this.attempts += 1
    const [first, second] = this.who === 0 ? ['a', 'b'] : ['b', 'a']
    await query('UPDATE note SET n = n + 1 WHERE k = $1', [first])
    await this.meeting.at(this.who)
    await query('UPDATE note SET n = n + 1 WHERE k = $1', [second])
  }
}

describe('two serializable transactions that read what the other writes', () => {
  it('without retry, one of them fails with 40001, and nothing of it is stored', async () => {
    const meeting = new Meeting()
    const results = await Promise.allSettled([new Counter(0, meeting).once(), new Counter(1, meeting).once()])
    const [failed] = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(databaseCode(failed)).toBe('40001')
    expect(Object.values((await values()) as object).sort()).toEqual([0, 1])
    expect(committed).toHaveLength(1)
  })

  it('with retry, both succeed, one of them in a second transaction; hooks run once each', async () => {
    const meeting = new Meeting()
    const counters = [new Counter(0, meeting), new Counter(1, meeting)] as const
    await Promise.all(counters.map(counter => counter.count()))
    expect(counters.map(({ attempts }) => attempts).sort()).toEqual([1, 2])
    // One after the other: 0 + 0 + 1, then 1 + 0 + 1.
    expect(Object.values((await values()) as object).sort()).toEqual([1, 2])
    expect([...committed].sort()).toEqual([0, 1])
    const { log } = postgres.world
    expect(log.words.filter(word => word.startsWith('BEGIN'))).toHaveLength(3)
  })

  it('that fail only at COMMIT fail with a catalogue error of the code 40001, and are repeated too', async () => {
    const meeting = new Meeting()
    const other = new Meeting()
    // Both have written before either commits: PostgreSQL notices the second one's pivot at its COMMIT.
    const call = (who: 0 | 1, retry: number) => {
      let attempts = 0
      return transactional({ isolation: 'SERIALIZABLE', retry, label: 'Shop.count' }, async () => {
        attempts += 1
        const [row] = (await query('SELECT sum(n)::int AS sum FROM note')) as { sum: number }[]
        await meeting.at(who)
        await query('UPDATE note SET n = $1 WHERE k = $2', [(row?.sum ?? 0) + 1, who === 0 ? 'a' : 'b'])
        await other.at(who)
        return attempts
      })
    }
    const results = await Promise.allSettled([call(0, 0), call(1, 0)])
    const failures = results.flatMap(result => (result.status === 'rejected' ? [result.reason as Error] : []))
    expect(failures.map(databaseCode)).toEqual(['40001'])
    expect(failures[0]).toMatchObject({ code: 'AMBIT_DATABASE_SERIALIZATION', name: 'SerializationFailureError' })
  })
})

describe('an update of what another transaction has changed meanwhile', () => {
  it('under REPEATABLE READ fails with 40001, and is repeated on a fresh snapshot', async () => {
    let attempts = 0
    await transactional({ isolation: 'REPEATABLE READ', retry: 2 }, async () => {
      attempts += 1
      await query('SELECT 1 FROM note')
      if (attempts === 1) await postgres.world.database.query(`UPDATE note SET n = 10 WHERE k = 'a'`)
      await query(`UPDATE note SET n = n + 1 WHERE k = 'a'`)
    })
    expect(attempts).toBe(2)
    expect(await values()).toEqual({ a: 11, b: 0 })
  })

  it('gives up after the last repetition, with the database’s error', async () => {
    let attempts = 0
    const error = await rejection(
      transactional({ isolation: 'REPEATABLE READ', retry: 2 }, async () => {
        attempts += 1
        await query('SELECT 1 FROM note')
        await postgres.world.database.query(`UPDATE note SET n = n + 10 WHERE k = 'a'`)
        await query(`UPDATE note SET n = n + 1 WHERE k = 'a'`)
      }),
    )
    expect([attempts, databaseCode(error)]).toEqual([3, '40001'])
    expect(await values()).toEqual({ a: 30, b: 0 })
  })

  it('in a participant is not repeated there: the originator is', async () => {
    let outer = 0
    let inner = 0
    await transactional({ isolation: 'REPEATABLE READ', retry: 2 }, async () => {
      outer += 1
      await query('SELECT 1 FROM note')
      if (outer === 1) await postgres.world.database.query(`UPDATE note SET n = 10 WHERE k = 'a'`)
      await transactional({ retry: 5 }, async () => {
        inner += 1
        await query(`UPDATE note SET n = n + 1 WHERE k = 'a'`)
      })
    })
    expect([outer, inner]).toEqual([2, 2])
  })

  it('is not repeated for other errors', async () => {
    let attempts = 0
    await rejection(
      transactional({ retry: 5 }, async () => {
        attempts += 1
        await query(`INSERT INTO note (k) VALUES ('a')`)
      }),
    )
    expect(attempts).toBe(1)
  })
})

describe('two transactions that lock in opposite orders', () => {
  it('without retry, one of them fails with 40P01, and the other goes on', async () => {
    const meeting = new Meeting()
    const results = await Promise.allSettled([new Locker(0, meeting).once(), new Locker(1, meeting).once()])
    const codes = results.flatMap(result => (result.status === 'rejected' ? [databaseCode(result.reason)] : []))
    expect(codes).toEqual(['40P01'])
    expect(await values()).toEqual({ a: 1, b: 1 })
  })

  it('with retry, both succeed', async () => {
    const meeting = new Meeting()
    const lockers = [new Locker(0, meeting), new Locker(1, meeting)] as const
    await Promise.all(lockers.map(locker => locker.lock()))
    expect(lockers.map(({ attempts }) => attempts).sort()).toEqual([1, 2])
    expect(await values()).toEqual({ a: 2, b: 2 })
  })
})
