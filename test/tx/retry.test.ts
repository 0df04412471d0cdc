import { afterCompletion, beforeCommit, currentTransaction, transactional } from '../../src/tx'
import { FakeDatabaseError } from '../support/fake-database'
import { eachTest, outcomeOf } from './harness'

const serialization = (): FakeDatabaseError => new FakeDatabaseError('40001', 'could not serialize access')
const deadlock = (): FakeDatabaseError => new FakeDatabaseError('40P01', 'deadlock detected')
const swallow = (): void => undefined

const t = eachTest()

describe('retry of an originator', () => {
  it('repeats the whole call in a fresh transaction, and gives the value of the attempt that worked', async () => {
    const ids: unknown[] = []
    t.app.db.failNext('insert a', 'error', serialization())
    t.app.db.failNext('insert a', 'error', deadlock())
    const value = await transactional({ retry: 3 }, async () => {
      ids.push(currentTransaction()?.id)
      await t.app.sql('insert a')
      return ids.length
    })
    expect(value).toBe(3)
    expect(new Set(ids).size).toBe(3)
    expect(t.app.db.log).toEqual([
      'c1 BEGIN',
      'c1 insert a',
      'c1 ROLLBACK',
      'c2 BEGIN',
      'c2 insert a',
      'c2 ROLLBACK',
      'c3 BEGIN',
      'c3 insert a',
      'c3 COMMIT',
    ])
  })

  it('repeats after a COMMIT that was refused for serialization', async () => {
    t.app.db.failNext('COMMIT', 'error', serialization())
    await transactional({ retry: 1 }, () => t.app.sql('insert a'))
    expect(t.app.db.commands().filter(one => one === 'COMMIT')).toHaveLength(2)
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('repeats when the body swallowed the refusal and COMMIT told of it', async () => {
    t.app.db.failNext('insert a', 'error', serialization())
    let attempts = 0
    await transactional({ retry: 1 }, async () => {
      attempts += 1
      await t.app.sql('insert a').catch(swallow)
    })
    expect(attempts).toBe(2)
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('repeats when the error should not have rolled back, and the database did', async () => {
    t.app.db.failNext('insert a', 'error', serialization())
    await transactional({ retry: 1, noRollbackFor: [Error] }, () => t.app.sql('insert a'))
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('does not repeat what was committed although it failed', async () => {
    const body = jest.fn(async () => {
      await t.app.sql('insert a')
      throw serialization()
    })
    expect(await outcomeOf(transactional({ retry: 3, noRollbackFor: [Error] }, body))).toBe('40001')
    expect(body).toHaveBeenCalledTimes(1)
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('gives the last error when every attempt failed: n repetitions are n + 1 attempts', async () => {
    const errors = [serialization(), serialization(), serialization()]
    for (const error of errors) t.app.db.failNext('insert a', 'error', error)
    const call = transactional({ retry: 2 }, () => t.app.sql('insert a'))
    await expect(call).rejects.toBe(errors[2])
  })

  it.each([
    ['another error of the database', new FakeDatabaseError('23505', 'duplicate')],
    ['an error of the application', new Error('E')],
  ])('does not repeat %s', async (_, error) => {
    const body = jest.fn(() => Promise.reject(error))
    await expect(transactional({ retry: 3 }, body)).rejects.toBe(error)
    expect(body).toHaveBeenCalledTimes(1)
  })

  it('does not repeat without being asked to', async () => {
    t.app.db.failNext('insert a', 'error', serialization())
    expect(await outcomeOf(transactional({}, () => t.app.sql('insert a')))).toBe('40001')
  })

  it('does not repeat when the signal was aborted meanwhile', async () => {
    const controller = new AbortController()
    const body = jest.fn(() => {
      controller.abort()
      return Promise.reject(serialization())
    })
    expect(await outcomeOf(transactional({ retry: 3, signal: controller.signal }, body))).toBe('40001')
    expect(body).toHaveBeenCalledTimes(1)
  })

  it('does not begin another attempt when the deadline has passed: the cause stays visible', async () => {
    const clock = jest.spyOn(performance, 'now')
    const body = jest.fn(() => {
      clock.mockReturnValue(1e12)
      return Promise.reject(serialization())
    })
    const call = transactional({ retry: 3, timeoutMs: 60_000 }, body)
    expect(await outcomeOf(call)).toBe('40001')
    expect(body).toHaveBeenCalledTimes(1)
    clock.mockRestore()
  })

  it('tells the hooks of a failed attempt that it was rolled back, and runs no commit hook of it', async () => {
    const trace: string[] = []
    let attempt = 0
    t.app.db.failNext('insert a', 'error', serialization())
    await transactional({ retry: 1 }, async () => {
      const name = `attempt ${(attempt += 1)}`
      beforeCommit(() => trace.push(`${name} before`))
      afterCompletion(outcome => trace.push(`${name} ${outcome}`))
      await t.app.sql('insert a')
    })
    expect(trace).toEqual(['attempt 1 rolled-back', 'attempt 2 before', 'attempt 2 committed'])
  })

  it('repeats a REQUIRES_NEW inside another transaction without touching that one', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      t.app.db.failNext('insert n', 'error', serialization())
      await transactional({ propagation: 'REQUIRES_NEW', retry: 1 }, () => t.app.sql('insert n'))
    })
    expect(t.app.db.rows()).toEqual(['n', 'o'])
  })
})

describe('retry of one who did not begin the transaction', () => {
  it.each(['REQUIRED', 'NESTED', 'MANDATORY'] as const)('is inert in %s', async propagation => {
    const body = jest.fn(() => Promise.reject(serialization()))
    const call = transactional({}, () => transactional({ propagation, retry: 3 }, body))
    expect(await outcomeOf(call)).toBe('40001')
    expect(body).toHaveBeenCalledTimes(1)
  })

  it('leaves the repetition to the originator', async () => {
    let attempts = 0
    await transactional({ retry: 1 }, async () => {
      await t.app.sql('select')
      await transactional({ retry: 9 }, () => ((attempts += 1) === 1 ? Promise.reject(serialization()) : undefined))
    })
    expect(attempts).toBe(2)
  })
})
