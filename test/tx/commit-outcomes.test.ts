import { afterCommit, afterCompletion, afterRollback, transactional } from '../../src/tx'
import { CommitOutcomeUnknownError, UnexpectedRollbackError } from '../../src/tx/errors'
import { FakeDatabaseError } from '../support/fake-database'
import { eachTest, outcomeOf, rejection } from './harness'

const t = eachTest()
const E = new Error('E')
const swallow = (): void => undefined

function traceOutcome(trace: string[]): void {
  afterCommit(() => trace.push('afterCommit'))
  afterRollback(() => trace.push('afterRollback'))
  afterCompletion(outcome => trace.push(outcome))
}

describe('COMMIT', () => {
  it('G-04 SP-61 answered with ROLLBACK after a swallowed error is an error that carries the first refusal', async () => {
    const refused = new FakeDatabaseError('23505', 'duplicate key')
    const trace: string[] = []
    const call = transactional({ label: 'Orders.place' }, async () => {
      traceOutcome(trace)
      t.app.db.failNext('insert a', 'error', refused)
      await t.app.sql('insert a').catch(swallow)
      await t.app.sql('insert b').catch(swallow)
    })
    const error = await rejection(call)
    expect(error).toBeInstanceOf(UnexpectedRollbackError)
    expect(error).toMatchObject({ doomedBy: 'Orders.place', cause: refused })
    expect(error.message).toContain(
      'Orders.place returned normally, but the database answered its COMMIT with ROLLBACK: a statement of Orders.place had failed.',
    )
    expect(trace).toEqual(['afterRollback', 'rolled-back'])
    expect(t.app.db.commands().at(-1)).toBe('COMMIT')
    expect(t.app.db.rows()).toEqual([])
  })

  it('names the participant whose statement was refused', async () => {
    const call = transactional({ label: 'outer' }, async () => {
      t.app.db.failNext('insert a')
      await transactional({ label: 'Stock.take' }, () => t.app.sql('insert a').catch(swallow))
    })
    expect(await rejection(call)).toMatchObject({ doomedBy: 'Stock.take' })
  })

  it('succeeds after a swallowed error where the database goes on (SQLite)', async () => {
    Object.assign(t.app.db, { abortsOnError: false })
    await transactional({}, async () => {
      t.app.db.failNext('insert a')
      await t.app.sql('insert a').catch(swallow)
      await t.app.sql('insert b')
    })
    expect(t.app.db.rows()).toEqual(['b'])
  })

  it('answered with an error (a deferred constraint, a serialization failure) rejects with that error', async () => {
    const refused = new FakeDatabaseError('23503', 'deferred foreign key')
    const trace: string[] = []
    t.app.db.failNext('COMMIT', 'error', refused)
    const call = transactional({}, async () => {
      traceOutcome(trace)
      await t.app.sql('insert a')
    })
    await expect(call).rejects.toBe(refused)
    expect(trace).toEqual(['afterRollback', 'rolled-back'])
  })

  it('answered with ROLLBACK for no reason that we saw is an error too', async () => {
    t.app.db.failNext('COMMIT', 'answers-rollback')
    const error = await rejection(transactional({ label: 'outer' }, () => t.app.sql('insert a')))
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'outer', cause: undefined })
  })

  it('whose connection is lost has an unknown outcome: no hook of either kind, only afterCompletion', async () => {
    const trace: string[] = []
    t.app.db.failNext('COMMIT', 'lost')
    const call = transactional({ label: 'Orders.place', retry: 3 }, async () => {
      traceOutcome(trace)
      await t.app.sql('insert a')
    })
    const error = await rejection(call)
    expect(error).toBeInstanceOf(CommitOutcomeUnknownError)
    expect(error).toMatchObject({ code: 'AMBIT_TX_COMMIT_UNKNOWN', cause: { code: 'XX000' } })
    expect(error.message).toContain('The connection was lost while Orders.place was committing')
    expect(trace).toEqual(['unknown'])
    expect(t.app.db.commands().filter(one => one === 'BEGIN')).toHaveLength(1)
  })

  it('with an unknown outcome is never repeated by itself, even where its cause looks transient', async () => {
    t.app.db.failNext('COMMIT', 'lost', new FakeDatabaseError('40001', 'looks transient'))
    const call = transactional({ retry: 3 }, () => t.app.sql('insert a'))
    expect(await outcomeOf(call)).toBe('AMBIT_TX_COMMIT_UNKNOWN')
    expect(t.app.db.commands().filter(one => one === 'BEGIN')).toHaveLength(1)
  })

  it('that breaks the resource itself counts as unknown, and nothing is left behind', async () => {
    t.app.db.failNext('COMMIT', 'throws')
    const call = transactional({ timeoutMs: 60_000 }, () => t.app.sql('insert a'))
    expect(await outcomeOf(call)).toBe('AMBIT_TX_COMMIT_UNKNOWN')
  })

  it('is never sent on a connection that is known to be lost', async () => {
    const call = transactional({}, async () => {
      t.app.db.failNext('insert a', 'lost')
      await t.app.sql('insert a')
    })
    expect(await outcomeOf(call)).toBe('XX000')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a'])
  })
})

describe('ROLLBACK', () => {
  it('SP-02 PS-14 is sent for any throw, and the caller gets the same error object', async () => {
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('has happened before the catch block of the caller runs', async () => {
    const seen = await transactional({}, async () => {
      await t.app.sql('insert a')
      throw E
    }).catch(() => ({ last: t.app.db.commands().at(-1), open: t.app.db.openConnections }))
    expect(seen).toEqual({ last: 'ROLLBACK', open: [] })
  })

  it('that fails does not hide the error, is reported, and gives the connection back', async () => {
    const broken = new FakeDatabaseError('08006', 'gone')
    const trace: string[] = []
    t.app.db.failNext('ROLLBACK', 'error', broken)
    const call = transactional({ label: 'outer' }, async () => {
      traceOutcome(trace)
      await t.app.sql('insert a')
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(trace).toEqual(['afterRollback', 'rolled-back'])
    expect(t.app.reports).toMatchObject([{ method: 'outer', cause: broken }])
    expect(t.app.reports[0]?.message).toContain('The ROLLBACK of outer failed')
  })

  it.each([undefined, null, 'a string', 0])('follows a throw of %p too', async thrown => {
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      throw thrown
    })
    await expect(call).rejects.toBe(thrown)
    expect(t.app.db.rows()).toEqual([])
  })
})
