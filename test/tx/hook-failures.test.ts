import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  currentTransaction,
  transactional,
} from '../../src/tx'
import { AfterCommitError } from '../../src/tx/errors'
import { eachTest, gate, outcomeOf, rejection } from './harness'

const t = eachTest()
const E = new Error('E')
const H = new Error('hook failed')
const fails = (): Promise<never> => Promise.reject(H)

describe('a beforeCommit hook that fails', () => {
  it('SP-33 rolls back, skips the later ones, and the caller gets its error', async () => {
    const trace: string[] = []
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      beforeCommit(() => {
        throw H
      })
      beforeCommit(() => trace.push('later'))
      afterCommit(() => trace.push('committed'))
      afterRollback(() => trace.push('rolled back'))
      afterCompletion(outcome => trace.push(outcome))
    })
    await expect(call).rejects.toBe(H)
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
    expect(trace).toEqual(['rolled back', 'rolled-back'])
    expect(t.app.reports).toEqual([])
  })

  it('skips what a sibling registered behind it, and not what that registered before', async () => {
    const trace: string[] = []
    const registered = gate()
    const note = (what: string): void => {
      beforeCommit(() => trace.push(what))
    }
    const sibling = async (): Promise<void> => {
      note('before')
      await registered.opened
      await transactional({}, async () => note('behind'))
    }
    const failing = async (): Promise<void> => {
      beforeCommit(() => {
        throw H
      })
      registered.open()
    }
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      await Promise.all([transactional({}, sibling), transactional({}, failing)])
    })
    await expect(call).rejects.toBe(H)
    expect(trace).toEqual(['before'])
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('rolls back when it rejects, or its SQL is refused', async () => {
    await expect(transactional({}, () => beforeCommit(fails))).rejects.toBe(H)
    t.app.db.failNext('insert h')
    const call = transactional({}, () => beforeCommit(() => t.app.sql('insert h')))
    expect(await outcomeOf(call)).toBe('XX000')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert h', 'ROLLBACK'])
  })

  it('rolls back when a participant inside the hook failed, although the hook caught it', async () => {
    const call = transactional({ label: 'outer' }, () => {
      beforeCommit(() => transactional({ label: 'inner' }, fails).catch(() => undefined))
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'inner', cause: H })
  })

  it('keeps the after-hooks that hooks before it registered', async () => {
    const trace: string[] = []
    const call = transactional({}, () => {
      beforeCommit(() => afterRollback(() => trace.push('rolled back')))
      beforeCommit(fails)
    })
    await expect(call).rejects.toBe(H)
    expect(trace).toEqual(['rolled back'])
  })
})

describe('hooks without end', () => {
  const registerMany = (count: number, trace: number[]): void => {
    const again = (n: number): void => {
      beforeCommit(() => {
        trace.push(n)
        if (n < count) again(n + 1)
      })
    }
    again(1)
  }

  it('run up to 100 in one transaction', async () => {
    const trace: number[] = []
    await transactional({}, () => registerMany(100, trace))
    expect(trace).toHaveLength(100)
  })

  it('roll back at the 101st', async () => {
    const trace: number[] = []
    const call = transactional({ label: 'outer' }, () => registerMany(101, trace))
    const error = await rejection(call)
    expect(error.message).toContain('More than 100 beforeCommit hooks ran for one transaction. [AMBIT_TX_HOOKS]')
    expect(trace).toHaveLength(100)
  })
})

describe('an after-hook that fails', () => {
  it('G-12 never turns committed work into a failed call: the error goes to the error listener', async () => {
    const trace: string[] = []
    const call = transactional({ label: 'Users.register' }, async () => {
      await t.app.sql('insert a')
      afterCommit(fails)
      afterCommit(() => {
        throw H
      })
      afterCommit(() => trace.push('third'))
      afterCompletion(() => trace.push('completed'))
      return 7
    })
    expect(await call).toBe(7)
    expect(trace).toEqual(['third', 'completed'])
    expect(t.app.db.rows()).toEqual(['a'])
    expect(t.app.reports).toHaveLength(2)
    const [report] = t.app.reports
    expect(report).toBeInstanceOf(AfterCommitError)
    expect(report).toMatchObject({ method: 'Users.register', phase: 'afterCommit', committed: true, cause: H })
    expect(report?.message).toBe(
      [
        'An afterCommit hook of Users.register failed; the transaction itself was committed. [AMBIT_TX_AFTER_COMMIT]',
        '  where: Users.register',
        '  next:  Repeat or compensate what the hook should have done; what the transaction did stays as it is.',
      ].join('\n'),
    )
  })

  it('does not hide the error that rolled back', async () => {
    const call = transactional({}, () => {
      afterRollback(fails)
      afterCompletion(fails)
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(t.app.reports).toMatchObject([
      { phase: 'afterRollback', committed: false },
      { phase: 'afterCompletion', committed: false },
    ])
  })

  it('does not claim a rollback where nobody knows the outcome', async () => {
    t.app.db.failNext('COMMIT', 'lost')
    const call = transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert a')
      afterCompletion(fails)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_COMMIT_UNKNOWN')
    expect(t.app.reports[0]?.message).toContain(
      'An afterCompletion hook of outer failed; the outcome of the transaction itself is unknown.',
    )
  })

  it('does not touch the outer transaction when it belongs to a REQUIRES_NEW or a NESTED block', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      await transactional({ propagation: 'REQUIRES_NEW' }, () => afterCommit(fails))
      await transactional({ propagation: 'NESTED' }, () => afterCommit(fails))
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(t.app.db.rows()).toEqual(['o'])
    expect(t.app.reports).toHaveLength(2)
  })

  it('survives an error listener that fails itself', async () => {
    t.app.reports.push = () => {
      throw new Error('listener failed')
    }
    expect(await transactional({}, () => (afterCommit(fails), 7))).toBe(7)
  })
})
