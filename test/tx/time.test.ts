import { afterCompletion, beforeCommit, currentTransaction, Transactional, transactional } from '../../src/tx'
import { TransactionTimedOutError } from '../../src/tx/errors'
import { FakeDatabaseError } from '../support/fake-database'
import { eachTest, outcomeOf, rejection, settled } from './harness'

const t = eachTest()
const E = new Error('E')
const swallow = (): void => undefined

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] })
})
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0)
  jest.useRealTimers()
})

describe('timeoutMs of an originator', () => {
  it('SP-27 rolls back at the next statement after the deadline', async () => {
    const call = transactional({ timeoutMs: 1_000, label: 'Report.build' }, async () => {
      await t.app.sql('insert a')
      jest.advanceTimersByTime(1_500)
      await t.app.sql('insert b')
    })
    const error = await rejection(call)
    expect(error).toBeInstanceOf(TransactionTimedOutError)
    expect(error).toMatchObject({ method: 'Report.build', timeoutMs: 1_000 })
    expect(error.message).toContain('The transaction of Report.build exceeded its 1000 ms. [AMBIT_TX_TIMED_OUT]')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('is checked before COMMIT, so that a slow idle body does not commit', async () => {
    const call = transactional({ timeoutMs: 1_000 }, async () => {
      await t.app.sql('insert a')
      jest.advanceTimersByTime(1_500)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
    expect(t.app.db.rows()).toEqual([])
  })

  it('is checked after beforeCommit hooks', async () => {
    const call = transactional({ timeoutMs: 1_000 }, async () => {
      await t.app.sql('insert a')
      beforeCommit(() => void jest.advanceTimersByTime(1_500))
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
    expect(t.app.db.rows()).toEqual([])
  })

  it('SP-27 lets a fast one commit', async () => {
    await transactional({ timeoutMs: 10_000 }, () => t.app.sql('insert a'))
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('is not swallowed by a body that catches it', async () => {
    const call = transactional({ timeoutMs: 1_000 }, async () => {
      jest.advanceTimersByTime(1_500)
      await t.app.sql('insert a').catch(swallow)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
  })

  it('does not hide an error of the body itself', async () => {
    const call = transactional({ timeoutMs: 1_000 }, () => {
      jest.advanceTimersByTime(1_500)
      throw E
    })
    await expect(call).rejects.toBe(E)
  })

  it('holds for participants and NESTED blocks inside it', async () => {
    const call = transactional({ timeoutMs: 1_000 }, async () => {
      await t.app.sql('insert a')
      jest.advanceTimersByTime(1_500)
      const seen = [
        await outcomeOf(transactional({}, () => t.app.sql('insert b'))),
        await outcomeOf(transactional({ propagation: 'NESTED' }, () => t.app.sql('insert c'))),
      ]
      expect(seen).toEqual(['AMBIT_TX_TIMED_OUT', expect.stringMatching(/AMBIT_TX_(TIMED_OUT|DOOMED)/)])
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('does not hold for a REQUIRES_NEW inside it', async () => {
    const call = transactional({ timeoutMs: 1_000 }, async () => {
      jest.advanceTimersByTime(1_500)
      await transactional({ propagation: 'REQUIRES_NEW' }, () => t.app.sql('insert n'))
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
    expect(t.app.db.rows()).toEqual(['n'])
  })

  it('ends the wait for a turn', async () => {
    const held = t.app.db.holdNext('insert slow')
    const call = transactional({ timeoutMs: 1_000 }, async () => {
      const slow = t.app.sql('insert slow')
      await held.reached
      const waiting = outcomeOf(t.app.sql('insert waiting'))
      jest.advanceTimersByTime(1_000)
      expect(await waiting).toBe('AMBIT_TX_TIMED_OUT')
      held.release()
      await slow
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
  })

  it('gives the resource the time that is left and a signal', async () => {
    await transactional({ timeoutMs: 1_000 }, () => {
      const [request] = t.app.db.requests
      expect(request?.remainingMs()).toBe(1_000)
      jest.advanceTimersByTime(400)
      expect(request?.remainingMs()).toBe(600)
      expect(request?.signal?.aborted).toBe(false)
    })
    await transactional({}, () => {
      expect(t.app.db.requests[1]?.remainingMs()).toBeUndefined()
      expect(t.app.db.requests[1]?.signal).toBeUndefined()
    })
  })

  it("calls the database's own timeout of a statement what it is", async () => {
    const canceled = new FakeDatabaseError('57014', 'canceling statement due to statement timeout')
    const held = t.app.db.holdNext('insert a')
    t.app.db.failNext('insert a', 'error', canceled)
    const call = transactional({ timeoutMs: 1_000 }, async () => {
      const sent = t.app.sql('insert a')
      await held.reached
      // The database's clock may be a little ahead.
      jest.advanceTimersByTime(990)
      held.release()
      await sent
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', cause: canceled })
  })

  it('takes no other cancellation for its deadline', async () => {
    const canceled = new FakeDatabaseError('57014', 'canceling statement due to user request')
    t.app.db.failNext('insert a', 'error', canceled)
    expect(await rejection(transactional({ timeoutMs: 60_000 }, () => t.app.sql('insert a')))).toBe(canceled)
  })

  it("leaves the database's timeout alone where the transaction has no deadline", async () => {
    t.app.db.failNext('insert a', 'error', new FakeDatabaseError('57014', 'canceled'))
    expect(await outcomeOf(transactional({}, () => t.app.sql('insert a')))).toBe('57014')
  })

  it.each([
    ['a statement', 'insert a', 'AMBIT_TX_TIMED_OUT'],
    ['COMMIT', 'COMMIT', 'AMBIT_TX_COMMIT_UNKNOWN'],
  ])('gives up a connection on which %s is not answered', async (_, command, code) => {
    const held = t.app.db.holdNext(command)
    const call = outcomeOf(transactional({ timeoutMs: 1_000 }, () => t.app.sql('insert a')))
    await held.reached
    jest.advanceTimersByTime(1_999)
    expect(t.app.db.openConnections).toHaveLength(1)
    jest.advanceTimersByTime(1)
    expect(await call).toBe(code)
    held.release()
    expect(t.app.db.rows()).toEqual([])
  })

  it('gives up a ROLLBACK that is not answered, long after the deadline too', async () => {
    const held = t.app.db.holdNext('ROLLBACK')
    const call = outcomeOf(
      transactional({ timeoutMs: 1_000 }, async () => {
        await t.app.sql('insert a')
        jest.advanceTimersByTime(5_000)
      }),
    )
    await held.reached
    jest.advanceTimersByTime(1_000)
    expect(await call).toBe('AMBIT_TX_TIMED_OUT')
    expect(t.app.db.openConnections).toEqual([])
    held.release()
  })

  it('leaves a connection alone that is idle at the deadline', async () => {
    const call = transactional({ timeoutMs: 1_000 }, async () => {
      await t.app.sql('insert a')
      jest.advanceTimersByTime(5_000)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('tells hooks that it was rolled back', async () => {
    const trace: string[] = []
    const call = transactional({ timeoutMs: 10 }, () => {
      afterCompletion(outcome => trace.push(outcome))
      jest.advanceTimersByTime(20)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
    expect(trace).toEqual(['rolled-back'])
  })
})

describe('timeoutMs of a participant', () => {
  it.each(['REQUIRED', 'SUPPORTS', 'MANDATORY'] as const)(
    'bounds a %s call and dooms the transaction on expiry',
    async propagation => {
      const call = transactional({ label: 'outer' }, async () => {
        await t.app.sql('insert o')
        const inner = transactional({ propagation, timeoutMs: 100, label: 'inner' }, async () => {
          jest.advanceTimersByTime(150)
          await t.app.sql('insert i')
        })
        expect(await rejection(inner)).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', method: 'inner', timeoutMs: 100 })
      })
      expect(await rejection(call)).toMatchObject({
        code: 'AMBIT_TX_UNEXPECTED_ROLLBACK',
        doomedBy: 'inner',
        cause: { code: 'AMBIT_TX_TIMED_OUT' },
      })
      expect(t.app.db.commands()).toEqual(['BEGIN', 'insert o', 'ROLLBACK'])
    },
  )

  it('rejects a participant that returned too late, and binds the calls inside it', async () => {
    const call = transactional({}, () =>
      transactional({ timeoutMs: 100 }, async () => {
        jest.advanceTimersByTime(150)
        expect(await outcomeOf(transactional({}, () => t.app.sql('insert x')))).toBe('AMBIT_TX_TIMED_OUT')
        return 'too late'
      }),
    )
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
  })

  it('does not bind what comes after it', async () => {
    await transactional({}, async () => {
      await transactional({ timeoutMs: 100 }, () => t.app.sql('insert i'))
      jest.advanceTimersByTime(150)
      await t.app.sql('insert o')
    })
    expect(t.app.db.rows()).toEqual(['i', 'o'])
  })

  it.each(['REQUIRED', 'NESTED'] as const)('is what the resource is told is left: %s', async propagation => {
    const left: (number | undefined)[] = []
    const send = async (text: string): Promise<void> => {
      await t.app.sql(text)
      left.push(t.app.db.requests[0]?.remainingMs())
    }
    await transactional({ timeoutMs: 1_000 }, async () => {
      await send('insert a')
      await transactional({ propagation, timeoutMs: 100 }, async () => {
        await send('insert b')
        jest.advanceTimersByTime(40)
        await transactional({}, () => send('insert c'))
        await transactional({ timeoutMs: 5_000 }, () => send('insert d'))
      })
      await send('insert e')
    })
    expect(left).toEqual([1_000, 100, 60, 60, 960])
  })

  it.each(['REQUIRED', 'NESTED'] as const)('ends the wait for a turn: %s', async propagation => {
    const held = t.app.db.holdNext('insert slow')
    const call = transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert first')
      const inner = transactional({ propagation, timeoutMs: 100, label: 'inner' }, async () => {
        const slow = t.app.sql('insert slow')
        await held.reached
        const waiting = outcomeOf(transactional({}, () => t.app.sql('insert waiting')))
        jest.advanceTimersByTime(100)
        expect(await waiting).toBe('AMBIT_TX_TIMED_OUT')
        held.release()
        await slow
      })
      expect(await rejection(inner)).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', method: 'inner' })
    })
    expect(await outcomeOf(call)).toBe(propagation === 'NESTED' ? 'ok' : 'AMBIT_TX_UNEXPECTED_ROLLBACK')
    expect(t.app.db.rows()).toEqual(propagation === 'NESTED' ? ['first'] : [])
  })

  it('is the cause of a statement that the database gave up for it', async () => {
    const canceled = new FakeDatabaseError('57014', 'canceling statement due to statement timeout')
    const held = t.app.db.holdNext('insert i')
    t.app.db.failNext('insert i', 'error', canceled)
    const call = transactional({}, async () => {
      const inner = transactional({ timeoutMs: 100, label: 'inner' }, async () => {
        const sent = t.app.sql('insert i')
        await held.reached
        jest.advanceTimersByTime(95)
        held.release()
        await sent
      })
      expect(await rejection(inner)).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', method: 'inner', cause: canceled })
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
  })

  it('a signal of its own ends its wait too, and leaves no listener behind', async () => {
    const held = t.app.db.holdNext('insert slow')
    const controller = new AbortController()
    const call = transactional({}, async () => {
      const slow = t.app.sql('insert slow')
      await held.reached
      const waiting = outcomeOf(transactional({ signal: controller.signal }, () => t.app.sql('insert waiting')))
      controller.abort()
      expect(await waiting).toBe('AMBIT_TX_ABORTED')
      held.release()
      await slow
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
  })

  it('of a NESTED block undoes only the block', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      const block = transactional({ propagation: 'NESTED', timeoutMs: 100, label: 'block' }, async () => {
        await t.app.sql('insert n')
        jest.advanceTimersByTime(150)
        await t.app.sql('insert late').catch(swallow)
      })
      expect(await rejection(block)).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', method: 'block' })
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })
})

describe('a timer that comes late, because something keeps the event loop busy', () => {
  const late = { propagation: 'REQUIRED', timeoutMs: 1_000 } as const
  const passAtOnce = (): void => {
    const now = performance.now()
    jest.spyOn(performance, 'now').mockReturnValue(now + 1_500)
  }
  afterEach(() => {
    jest.restoreAllMocks()
  })

  it('does not let the originator commit behind its deadline', async () => {
    const call = transactional(late, async () => {
      await t.app.sql('insert a')
      passAtOnce()
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('sends no statement behind the deadline', async () => {
    const call = transactional(late, async () => {
      await t.app.sql('insert a')
      passAtOnce()
      await t.app.sql('insert b')
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_TIMED_OUT')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it.each(['REQUIRED', 'NESTED'] as const)(
    'does not let a participant succeed behind its own: %s',
    async propagation => {
      const call = transactional({}, async () => {
        await t.app.sql('insert a')
        const inner = transactional({ ...late, propagation }, async () => {
          await t.app.sql('insert b')
          passAtOnce()
        })
        expect(await outcomeOf(inner)).toBe('AMBIT_TX_TIMED_OUT')
      })
      const nested = propagation === 'NESTED'
      expect(await outcomeOf(call)).toBe(nested ? 'ok' : 'AMBIT_TX_UNEXPECTED_ROLLBACK')
      expect(t.app.db.rows()).toEqual(nested ? ['a'] : [])
    },
  )
})

describe('timeoutMs of a generator whose consumer is away', () => {
  const seen: string[] = []
  class Rows {
    @Transactional({ timeoutMs: 1_000, noRollbackFor: [Error], label: 'Rows.all' })
    async *all(): AsyncGenerator<number> {
      yield* this.steps()
    }

    @Transactional({ propagation: 'NESTED', timeoutMs: 1_000, label: 'Rows.nested' })
    async *nested(): AsyncGenerator<number> {
      yield* this.steps()
    }

    async *steps(): AsyncGenerator<number> {
      try {
        await t.app.sql('insert a')
        yield 1
        yield 2
      } catch (error) {
        seen.push((error as { code: string }).code)
        yield 3
      } finally {
        seen.push('finally')
      }
    }
  }
  beforeEach(() => (seen.length = 0))

  it('rolls back without waiting for the consumer, whatever the body makes of it', async () => {
    const rows = new Rows().all()
    expect(await rows.next()).toEqual({ done: false, value: 1 })
    jest.advanceTimersByTime(1_000)
    await settled()
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
    expect(t.app.manager.running.size).toBe(0)
    expect(seen).toEqual(['AMBIT_TX_TIMED_OUT'])
    expect(await rejection(rows.next())).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', method: 'Rows.all' })
    expect(await rows.next()).toEqual({ done: true, value: undefined })
  })

  it.each([
    ['stops, with a normal end', (rows: AsyncGenerator) => rows.return(7), { done: true, value: 7 }],
    ['throws, with its own error', (rows: AsyncGenerator) => rows.throw(E).catch(String), 'Error: E'],
  ])('is over for one who %s', async (_, leave, expected) => {
    const rows = new Rows().all()
    await rows.next()
    jest.advanceTimersByTime(1_000)
    await settled()
    expect(await leave(rows)).toEqual(expected)
    expect(await rows.next()).toEqual({ done: true, value: undefined })
  })

  it('tells those who have asked already', async () => {
    const rows = new Rows().all()
    await rows.next()
    jest.advanceTimersByTime(1_000)
    expect(await Promise.all([outcomeOf(rows.next()), outcomeOf(rows.next())])).toEqual(['AMBIT_TX_TIMED_OUT', 'ok'])
  })

  it('undoes a NESTED one, and gives its turn to the siblings', async () => {
    await transactional({}, async () => {
      const rows = new Rows().nested()
      await rows.next()
      const sibling = t.app.sql('insert b')
      jest.advanceTimersByTime(1_000)
      await sibling
      expect(await rejection(rows.next())).toMatchObject({ code: 'AMBIT_TX_TIMED_OUT', method: 'Rows.nested' })
    })
    expect(t.app.db.rows()).toEqual(['b'])
  })

  it('ends with the application, which does not wait for the consumer', async () => {
    const rows = new Rows().all()
    await rows.next()
    const closed = t.app.manager.close(10)
    await jest.advanceTimersByTimeAsync(10)
    expect(await closed).toMatchObject([{ code: 'AMBIT_TX_FORCED_CLOSE' }])
    expect(await rejection(rows.next())).toMatchObject({ code: 'AMBIT_TX_FORCED_CLOSE' })
  })
})
