import { createHook } from 'node:async_hooks'
import { getEventListeners } from 'node:events'
import { runDetached } from '../../src/core/async-context'
import { afterCommit, afterCompletion, beforeCommit, transactional } from '../../src/tx'
import { runStatement } from '../../src/tx/statement'
import type { FakeTransaction } from '../support/fake-transaction'
import { eachTest, gate, outcomeOf, settled } from './harness'

const t = eachTest()
const swallow = (): void => undefined

describe('closing a transaction manager', () => {
  it('returns at once when nothing runs', async () => {
    await t.app.manager.close(1_000)
  })

  it('waits for the transactions that run', async () => {
    const go = gate()
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      await go.opened
    })
    let closed = false
    const closing = t.app.manager.close(5_000).then(() => (closed = true))
    await settled()
    expect(closed).toBe(false)
    go.open()
    await Promise.all([call, closing])
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('rolls back what is left at the deadline, once; the body goes on into refusals', async () => {
    const trace: string[] = []
    const go = gate()
    const call = outcomeOf(
      transactional({}, async () => {
        afterCompletion(outcome => trace.push(outcome))
        await t.app.sql('insert a')
        await go.opened
        await t.app.sql('insert b')
      }),
    )
    await settled()
    await t.app.manager.close(1)
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
    go.open()
    expect(await call).toBe('AMBIT_TX_FORCED_CLOSE')
    expect(trace).toEqual(['rolled-back'])
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('fails a method that returns normally after it was rolled back', async () => {
    const go = gate()
    const call = outcomeOf(transactional({}, () => t.app.sql('insert a').then(() => go.opened)))
    await settled()
    await t.app.manager.close(1)
    go.open()
    expect(await call).toBe('AMBIT_TX_FORCED_CLOSE')
    expect(t.app.db.rows()).toEqual([])
  })

  it('does not send ROLLBACK while COMMIT is under way: it waits for the answer', async () => {
    const held = t.app.db.holdNext('COMMIT')
    const call = outcomeOf(transactional({}, () => t.app.sql('insert a')))
    await held.reached
    const closing = t.app.manager.close(1)
    await new Promise(resolve => setTimeout(resolve, 5))
    held.release()
    await closing
    expect(await call).toBe('ok')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'COMMIT'])
  })

  it('rolls back once when the body fails while it is rolling back', async () => {
    const go = gate()
    const held = t.app.db.holdNext('ROLLBACK')
    const call = outcomeOf(
      transactional({}, async () => {
        await t.app.sql('insert a')
        await go.opened
        throw new Error('E')
      }),
    )
    await settled()
    const closing = t.app.manager.close(1)
    await held.reached
    go.open()
    await settled()
    held.release()
    await closing
    expect(await call).toBe('E')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })
})

describe('statements that run statements (TypeORM subscribers)', () => {
  /** A statement whose sending runs `inside` in the same transaction. */
  const reentrant = async (text: string, inside: () => Promise<unknown>): Promise<unknown> => {
    const { manager } = t.app
    const scope = manager.current
    if (scope === undefined) throw new Error('no scope')
    return runStatement(scope, t.app.environment, {
      text,
      effect: 'write',
      reentrant: manager.key,
      run: async () => {
        const result = await (scope.physical?.resource as FakeTransaction).execute(text)
        await inside()
        return result
      },
    })
  }

  it('get a block of their own instead of waiting for the turn that the outer one holds', async () => {
    await transactional({}, () => reentrant('insert a', () => t.app.sql('insert b')))
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'insert b', 'COMMIT'])
  })

  it('keep the hooks that were registered inside', async () => {
    const trace: string[] = []
    await transactional({}, () =>
      reentrant('insert a', async () => {
        beforeCommit(() => trace.push('before'))
        afterCommit(() => trace.push('after'))
      }),
    )
    expect(trace).toEqual(['before', 'after'])
  })

  it('doom the transaction when a participant inside failed, although it was caught', async () => {
    const call = transactional({}, () =>
      reentrant('insert a', () => transactional({}, () => Promise.reject(new Error('E'))).catch(swallow)),
    )
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
  })

  it('are waited for whole before ROLLBACK, not only up to their last inner statement', async () => {
    const go = gate()
    const inside = gate()
    const call = outcomeOf(
      transactional({}, async () => {
        const statement = reentrant('insert a', async () => {
          await t.app.sql('insert b')
          inside.open()
          await go.opened
        })
        statement.catch(swallow)
        await inside.opened
        throw new Error('E')
      }),
    )
    await settled()
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'insert b'])
    go.open()
    expect(await call).toBe('E')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'insert b', 'ROLLBACK'])
  })
})

describe('work of the resource itself', () => {
  it('is bound to the end of the transaction like any hook, and not undone with a savepoint', async () => {
    const trace: string[] = []
    await transactional({}, async () => {
      const [request] = t.app.db.requests
      await transactional({ propagation: 'NESTED' }, async () => {
        await t.app.sql('insert n')
        request?.addHook('afterCompletion', outcome => trace.push(outcome))
        throw new Error('E')
      }).catch(swallow)
    })
    expect(trace).toEqual(['committed'])
  })
})

describe('what is left when everything has ended', () => {
  it('is no timer and no listener: success, failure, deadline, hooks, waits, retry', async () => {
    // Only those that are made here: earlier ones, of tests or of their runner, end when they like.
    const timers = new Set<number>()
    let made = 0
    const watch = createHook({
      init: (id, type) => {
        if (type !== 'Timeout') return
        timers.add(id)
        made += 1
      },
      destroy: id => void timers.delete(id),
    }).enable()
    const { signal } = new AbortController()
    await transactional({ timeoutMs: 60_000, signal }, async () => {
      afterCommit(() => settled())
      beforeCommit(() => settled())
      await Promise.all(['a', 'b', 'c'].map(row => t.app.sql(`insert ${row}`)))
      await transactional({ timeoutMs: 50_000, signal }, () => t.app.sql('insert d'))
      await transactional({ propagation: 'NESTED', timeoutMs: 50_000, signal }, () => t.app.sql('insert e'))
    })
    await transactional({ timeoutMs: 60_000 }, () => Promise.reject(new Error('E'))).catch(swallow)
    await runDetached(() => transactional({ timeoutMs: 60_000 }, () => undefined))
    t.app.db.failNext('open')
    await transactional({ timeoutMs: 60_000 }, () => undefined).catch(swallow)
    await settled()
    watch.disable()
    expect(made).toBeGreaterThan(5)
    expect(timers.size).toBe(0)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
