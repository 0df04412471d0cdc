import { afterCommit, beforeCommit, transactional } from '../../src/tx'
import { TransactionHookError } from '../../src/tx/errors'
import { eachTest, gate, outcomeOf, rejection, settled } from './harness'

const t = eachTest({ hookTimeoutMs: 20 })

afterEach(() => {
  jest.useRealTimers()
})

describe('a beforeCommit hook that takes too long', () => {
  it('is given up after hookTimeoutMs, and what it does then is refused', async () => {
    const go = gate()
    let late: Promise<string> | undefined
    const call = transactional({ label: 'Orders.place' }, async () => {
      await t.app.sql('insert a')
      beforeCommit(async () => {
        late = go.opened.then(() => outcomeOf(t.app.sql('insert late')))
        await late
      })
    })
    const error = await rejection(call)
    expect(error).toBeInstanceOf(TransactionHookError)
    expect(error.message).toBe(
      [
        'The beforeCommit hook of Orders.place took longer than 20 ms. [AMBIT_TX_HOOKS]',
        '  where: Orders.place',
        '  next:  Hand slow work to a queue inside the hook, or raise hookTimeoutMs.',
      ].join('\n'),
    )
    go.open()
    expect(await late).toBe('AMBIT_TX_ENDED')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('waits for the statement that a slow hook has on the connection before it rolls back', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'performance'] })
    const held = t.app.db.holdNext('insert slow')
    const call = outcomeOf(transactional({}, () => beforeCommit(() => t.app.sql('insert slow'))))
    await held.reached
    jest.advanceTimersByTime(20)
    await settled()
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert slow'])
    held.release()
    expect(await call).toBe('AMBIT_TX_HOOKS')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert slow', 'ROLLBACK'])
  })
})

describe('an after-hook that takes too long', () => {
  it('is given up after hookTimeoutMs, reported, and the next one runs', async () => {
    const trace: string[] = []
    await transactional({}, () => {
      afterCommit(() => new Promise(() => undefined))
      afterCommit(() => trace.push('next'))
    })
    expect(trace).toEqual(['next'])
    expect(t.app.reports).toMatchObject([{ code: 'AMBIT_TX_AFTER_COMMIT', cause: { code: 'AMBIT_TX_HOOKS' } }])
  })
})
