import { currentContext } from '../../src/core/async-context'
import { afterCompletion, currentTransaction, Transactional, transactional } from '../../src/tx'
import { FakeDatabaseError } from '../support/fake-database'
import { eachTest, outcomeOf } from './harness'

const t = eachTest()
const E = new Error('E')

class Rows {
  readonly seen: unknown[] = []

  @Transactional()
  async *numbers(count: number): AsyncGenerator<number, string, string | undefined> {
    afterCompletion(outcome => this.seen.push(outcome))
    for (let n = 1; n <= count; n += 1) {
      await t.app.sql(`insert r${n}`)
      this.seen.push((yield n) ?? currentTransaction()?.label)
    }
    return 'done'
  }

  @Transactional()
  async *failing(): AsyncGenerator<number> {
    await t.app.sql('insert a')
    yield 1
    throw E
  }

  @Transactional({ noRollbackFor: [Error] })
  async *lenient(): AsyncGenerator<number> {
    await t.app.sql('insert a')
    yield 1
    yield 2
  }

  @Transactional()
  async *careful(): AsyncGenerator<number> {
    try {
      await t.app.sql('insert a')
      yield 1
      yield 2
    } catch (error) {
      this.seen.push(error)
      yield 3
    } finally {
      this.seen.push(`finally in ${currentTransaction()?.label}`)
    }
  }

  @Transactional({ retry: 3 })
  async *unlucky(): AsyncGenerator<number> {
    this.seen.push('started')
    yield 1
    await t.app.sql('insert a')
  }

  @Transactional({ propagation: 'MANDATORY' })
  async *mandatory(): AsyncGenerator<number> {
    yield 1
  }
}

describe('J6 a transactional async generator', () => {
  it('runs every step in its transaction, whoever asks, and commits when it is done', async () => {
    const rows = new Rows()
    const values: number[] = []
    for await (const n of rows.numbers(2)) {
      values.push(n)
      expect(currentTransaction()).toBeUndefined()
      expect(currentContext()).toBeUndefined()
      expect(t.app.db.rows()).toEqual([])
    }
    expect(values).toEqual([1, 2])
    expect(rows.seen).toEqual(['Rows.numbers', 'Rows.numbers', 'committed'])
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert r1', 'insert r2', 'COMMIT'])
  })

  it('begins nothing before the first next()', () => {
    const generator = new Rows().numbers(1)
    expect(generator[Symbol.asyncIterator]()).toBe(generator)
    expect(t.app.db.requests).toEqual([])
  })

  it('passes values in and the return value out', async () => {
    const rows = new Rows()
    const generator = rows.numbers(1)
    expect(await generator.next()).toEqual({ done: false, value: 1 })
    expect(await generator.next('sent in')).toEqual({ done: true, value: 'done' })
    expect(await generator.next()).toEqual({ done: true, value: undefined })
    expect(rows.seen).toEqual(['sent in', 'committed'])
  })

  it('stays in its own transaction when it is asked from inside others', async () => {
    const rows = new Rows()
    const generator = rows.numbers(2)
    await generator.next()
    await transactional({ label: 'second' }, () => t.app.sql('insert s').then(() => generator.next()))
    await transactional({ label: 'third' }, () => generator.next())
    expect(rows.seen).toEqual(['Rows.numbers', 'Rows.numbers', 'committed'])
    expect(t.app.db.log.filter(line => line.includes('insert'))).toEqual([
      'c1 insert r1',
      'c2 insert s',
      'c1 insert r2',
    ])
  })

  it('rolls back when the consumer breaks off, which sees a normal end', async () => {
    const rows = new Rows()
    for await (const n of rows.numbers(3)) if (n === 2) break
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert r1', 'insert r2', 'ROLLBACK'])
    expect(rows.seen).toEqual(['Rows.numbers', 'rolled-back'])
  })

  it('rolls back when the consumer breaks off, whatever the rules say about errors', async () => {
    for await (const _ of new Rows().lenient()) break
    expect(t.app.db.rows()).toEqual([])
  })

  it('runs finally blocks inside the transaction when the consumer breaks off', async () => {
    const rows = new Rows()
    for await (const _ of rows.careful()) break
    expect(rows.seen).toEqual(['finally in Rows.careful'])
  })

  it('answers return() with its value, and everything after it as done', async () => {
    const generator = new Rows().careful()
    await generator.next()
    expect(await generator.return('stop')).toEqual({ done: true, value: 'stop' })
    expect(await generator.next()).toEqual({ done: true, value: undefined })
    expect(await outcomeOf(generator.throw(E))).toBe('E')
  })

  it('rolls back when it fails, and the consumer gets the error', async () => {
    const values: number[] = []
    const call = (async () => {
      for await (const n of new Rows().failing()) values.push(n)
    })()
    await expect(call).rejects.toBe(E)
    expect(values).toEqual([1])
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('may catch what the consumer throws into it, and go on', async () => {
    const rows = new Rows()
    const generator = rows.careful()
    await generator.next()
    expect(await generator.throw(E)).toEqual({ done: false, value: 3 })
    expect(await generator.next()).toEqual({ done: true, value: undefined })
    expect(rows.seen).toEqual([E, 'finally in Rows.careful'])
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('rolls back when what the consumer throws into it goes through', async () => {
    const generator = new Rows().numbers(3)
    await generator.next()
    await expect(generator.throw(E)).rejects.toBe(E)
    expect(t.app.db.rows()).toEqual([])
  })

  it('never begins when the consumer stops or throws first', async () => {
    expect(await new Rows().numbers(1).return('stop')).toEqual({ done: true, value: 'stop' })
    await expect(new Rows().numbers(1).throw(E)).rejects.toBe(E)
    expect(t.app.db.requests).toEqual([])
  })

  it('answers requests in their order when several are made at once', async () => {
    const generator = new Rows().numbers(2)
    const results = await Promise.all([generator.next(), generator.next(), generator.next(), generator.next()])
    expect(results).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: 'done' },
      { done: true, value: undefined },
    ])
    expect(t.app.db.rows()).toEqual(['r1', 'r2'])
  })

  it('gives the error of COMMIT to the request that ended it', async () => {
    t.app.db.failNext('COMMIT')
    const generator = new Rows().numbers(1)
    await generator.next()
    expect(await outcomeOf(generator.next())).toBe('XX000')
    expect(await generator.next()).toEqual({ done: true, value: undefined })
  })

  it('is never repeated: its consumer has seen what the first attempt gave', async () => {
    const rows = new Rows()
    t.app.db.failNext('insert a', 'error', new FakeDatabaseError('40001', 'could not serialize access'))
    const generator = rows.unlucky()
    await generator.next()
    expect(await outcomeOf(generator.next())).toBe('40001')
    expect(rows.seen).toEqual(['started'])
  })

  it('gives a refusal at its start to the first request', async () => {
    const generator = new Rows().mandatory()
    expect(await outcomeOf(generator.next())).toBe('AMBIT_TX_MANDATORY')
    expect(await generator.next()).toEqual({ done: true, value: undefined })
  })

  it('joins the transaction that it is first asked in', async () => {
    await transactional({ label: 'outer' }, async () => {
      for await (const _ of new Rows().numbers(1)) await t.app.sql('insert o')
      for await (const _ of new Rows().mandatory()) await t.app.sql('insert p')
    })
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert r1', 'insert o', 'insert p', 'COMMIT'])
  })

  it('is closed by asynchronous disposal, which rolls back', async () => {
    const generator = new Rows().numbers(3)
    await generator.next()
    await generator[Symbol.asyncDispose]()
    expect(t.app.db.commands().at(-1)).toBe('ROLLBACK')
  })
})
