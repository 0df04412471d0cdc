import { betterSqlite3 } from '../../../src/data-source/sqlite/better-sqlite3'
import { Connection, quoted } from '../../../src/data-source/sqlite/connection'
import type { RawConnection } from '../../../src/data-source/sqlite/raw-connection'
import { ReaderPool } from '../../../src/data-source/sqlite/reader-pool'
import { Savepoints } from '../../../src/data-source/sqlite/savepoints'
import { settled } from './harness'

const request = (who: string, timeoutMs = 1_000) => ({ who, timeoutMs, signal: undefined })

/** A connection that remembers what it was told, and fails where it is asked to. */
class FakeRaw implements RawConnection {
  readonly handle = {}
  readonly statements = this.handle
  readonly sent: string[] = []
  open = true
  transaction = false
  failing: string | undefined

  async run(sql: string): Promise<void> {
    this.sent.push(sql)
    if (sql === this.failing) throw new Error(`${sql} fails`)
    if (sql === 'ROLLBACK') this.transaction = false
  }
  async rows(): Promise<readonly Record<string, unknown>[]> {
    return []
  }
  async inTransaction(): Promise<boolean> {
    return this.transaction
  }
  bound(values: readonly unknown[]): readonly unknown[] {
    return values
  }
  send(): never {
    throw new TypeError('no fixed statement is sent here')
  }
  compile(): never {
    throw new TypeError('nothing is compiled here')
  }
  async forget(): Promise<void> {
    // nothing was prepared
  }
  async close(): Promise<void> {
    if (this.failing === 'close') throw new Error('cannot be closed')
    this.open = false
  }
}

class Fakes {
  readonly opened: FakeRaw[] = []
  failNext: Error | undefined

  readonly open = async (): Promise<Connection> => {
    await settled()
    if (this.failNext) {
      const error = this.failNext
      this.failNext = undefined
      throw error
    }
    const raw = new FakeRaw()
    this.opened.push(raw)
    return new Connection('reader', betterSqlite3, raw)
  }
}

describe('a pool of readers', () => {
  it('opens a reader when none is idle, and uses it again', async () => {
    const fakes = new Fakes()
    const pool = new ReaderPool(2, fakes.open)
    const first = await pool.take(request('first'), false)
    await first.give()
    const second = await pool.take(request('second'), false)
    expect(second.connection).toBe(first.connection)
    const third = await pool.take(request('third'), false)
    expect(pool).toMatchObject({ opened: 2, held: 2 })
    await second.give()
    await third.give()
    expect(pool).toMatchObject({ opened: 2, held: 0 })
  })

  it('gives the place back when a reader cannot be opened', async () => {
    const fakes = new Fakes()
    const pool = new ReaderPool(1, fakes.open)
    fakes.failNext = new Error('too many open files')
    await expect(pool.take(request('first'), false)).rejects.toThrow('too many open files')
    expect(pool.held).toBe(0)
    await (await pool.take(request('second'), false)).give()
  })

  it('destroys a reader whose state is in doubt, also one that cannot be closed', async () => {
    const fakes = new Fakes()
    const pool = new ReaderPool(1, fakes.open)
    for (const failing of [undefined, 'close']) {
      const hold = await pool.take(request('a'), false)
      hold.connection.doubtful = true
      const raw = hold.connection.raw as FakeRaw
      raw.failing = failing
      await hold.give()
      expect(pool).toMatchObject({ opened: 0, held: 0 })
    }
    expect(fakes.opened).toHaveLength(2)
  })

  it('opens extra readers for inner transactions, and closes them after use', async () => {
    const fakes = new Fakes()
    const pool = new ReaderPool(1, fakes.open)
    const outer = await pool.take(request('outer'), false)
    const inner = await pool.take(request('inner'), true)
    expect(pool).toMatchObject({ opened: 2, held: 1 })
    await inner.give()
    expect(fakes.opened.map(({ open }) => open)).toEqual([true, false])
    await outer.give()
    const alone = await pool.take(request('inner with room'), true)
    expect(alone.connection).toBe(outer.connection)
    await alone.give()
    expect(pool.opened).toBe(1)
  })

  it('shares one reader among all single statements, opened once', async () => {
    const fakes = new Fakes()
    const pool = new ReaderPool(1, fakes.open)
    const held = await pool.take(request('scope'), false)
    const [one, two] = await Promise.all([pool.shared(), pool.shared()])
    expect(one).toBe(two)
    expect(one).not.toBe(held.connection)
    expect(fakes.opened).toHaveLength(2)
    await held.give()
  })

  it('tries again when the shared reader could not be opened', async () => {
    const fakes = new Fakes()
    const pool = new ReaderPool(1, fakes.open)
    fakes.failNext = new Error('not now')
    await expect(pool.shared()).rejects.toThrow('not now')
    expect(await pool.shared()).toBeInstanceOf(Connection)
  })

  it('closes all of them when its holders are done', async () => {
    const fakes = new Fakes()
    const pool = new ReaderPool(2, fakes.open)
    await pool.shared()
    const hold = await pool.take(request('scope'), false)
    const closing = pool.close(() => new Error('closed'), 60_000)
    await expect((async () => pool.take(request('late'), false))()).rejects.toThrow('closed')
    await expect((async () => pool.take(request('late inner'), true))()).rejects.toThrow('closed')
    await expect((async () => pool.shared())()).rejects.toThrow('closed')
    await settled()
    expect(fakes.opened.every(({ open }) => open)).toBe(true)
    await hold.give()
    await closing
    expect(fakes.opened.map(({ open }) => open)).toEqual([false, false])
  })
})

describe('settling a connection', () => {
  const connection = (role: 'writer' | 'reader'): [Connection, FakeRaw] => {
    const raw = new FakeRaw()
    return [new Connection(role, betterSqlite3, raw), raw]
  }

  it('rolls back what is open, and nothing else', async () => {
    const [idle, untouched] = connection('writer')
    await idle.settle()
    expect(untouched.sent).toEqual([])
    const [busy, raw] = connection('writer')
    raw.transaction = true
    await busy.settle()
    expect(raw.sent).toEqual(['ROLLBACK'])
    expect(busy.doubtful).toBe(false)
  })

  it('lets a writer write again, and a reader never', async () => {
    const [writer, raw] = connection('writer')
    await writer.setQueryOnly(true)
    await writer.setQueryOnly(true)
    await writer.settle()
    expect(raw.sent).toEqual(['PRAGMA query_only = ON', 'PRAGMA query_only = OFF'])
    const [reader, other] = connection('reader')
    await reader.setQueryOnly(true)
    await reader.settle()
    expect(other.sent).toEqual(['PRAGMA query_only = ON'])
  })

  it.each(['ROLLBACK', 'PRAGMA query_only = OFF'])(
    'leaves it doubtful when %s fails, until it works',
    async failing => {
      const [writer, raw] = connection('writer')
      await writer.setQueryOnly(true)
      raw.transaction = true
      raw.failing = failing
      await writer.settle()
      expect(writer.doubtful).toBe(true)
      raw.failing = undefined
      await writer.settle()
      expect(writer.doubtful).toBe(false)
      expect(raw.transaction).toBe(false)
    },
  )
})

describe('open savepoints', () => {
  it('are forgotten from the one that ends, inwards', () => {
    const savepoints = new Savepoints()
    for (const name of ['a', 'b', 'c']) savepoints.set(name, false)
    savepoints.release('b')
    expect(savepoints.names).toEqual(['a'])
    savepoints.set('d', true)
    expect(savepoints.rollbackTo('a')).toBe(false)
    expect(savepoints.names).toEqual(['a'])
  })

  it('of one name are told apart: the innermost is meant', () => {
    const savepoints = new Savepoints()
    savepoints.set('a', false)
    savepoints.set('a', true)
    expect(savepoints.rollbackTo('a')).toBe(true)
    savepoints.release('a')
    expect(savepoints.rollbackTo('a')).toBe(false)
  })

  it('that were never set change nothing', () => {
    const savepoints = new Savepoints()
    savepoints.set('a', false)
    savepoints.release('b')
    expect(savepoints.rollbackTo('b')).toBeUndefined()
    expect(savepoints.names).toEqual(['a'])
  })
})

it('quotes names as SQL does', () => {
  expect(quoted('ambit_1')).toBe('"ambit_1"')
  expect(quoted('a"b')).toBe('"a""b"')
})
