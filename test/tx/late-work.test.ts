import { type ContextNode, currentContext, runInContext } from '../../src/core/async-context'
import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  currentTransaction,
  detached,
  type Propagation,
  transactional,
} from '../../src/tx'
import { TransactionEndedError } from '../../src/tx/errors'
import { eachTest, gate, outcomeOf, rejection } from './harness'

const t = eachTest()
const E = new Error('E')
const swallow = (): void => undefined

/** Runs a transaction that ends in some way, and gives the frame it ran in. */
const ENDINGS = {
  'a commit': async () => {
    let frame: ContextNode | undefined
    await transactional({ label: 'Users.register' }, async () => {
      await t.app.sql('insert before')
      frame = currentContext()
    })
    return frame
  },
  'a failure': async () => {
    let frame: ContextNode | undefined
    await transactional({ label: 'Users.register' }, async () => {
      await t.app.sql('insert before')
      frame = currentContext()
      throw E
    }).catch(swallow)
    return frame
  },
  'a joined call in it': async () => {
    let frame: ContextNode | undefined
    await transactional({}, () =>
      transactional({ label: 'Users.register' }, () => {
        frame = currentContext()
      }),
    )
    return frame
  },
} as const satisfies Record<string, () => Promise<ContextNode | undefined>>

describe.each(Object.entries(ENDINGS))('J5 work in the frame of a transaction that ended with %s', (_, ended) => {
  it('is refused as a statement: nothing is sent, the method is named, and the error listener is told', async () => {
    const frame = await ended()
    const sent = t.app.db.log.length
    const error = await rejection(runInContext(frame, () => t.app.sql('insert late')))
    expect(error).toBeInstanceOf(TransactionEndedError)
    expect(error.message).toBe(
      [
        'The transaction of Users.register has ended, but work that started in it is still going on. [AMBIT_TX_ENDED]',
        '  where: Users.register',
        '  next:  Await every promise before the method returns, or start work that should outlive it with detached(() => …).',
      ].join('\n'),
    )
    expect(t.app.db.log).toHaveLength(sent)
    expect(t.app.reports).toEqual([error])
  })

  it.each(['REQUIRED', 'SUPPORTS', 'MANDATORY', 'NESTED'] as const)(
    'is refused as a %s call, and reported',
    async propagation => {
      const frame = await ended()
      const body = jest.fn()
      const error = await rejection(runInContext(frame, () => transactional({ propagation }, body)))
      expect(error).toMatchObject({ code: 'AMBIT_TX_ENDED', method: 'Users.register' })
      expect(body).not.toHaveBeenCalled()
      expect(t.app.reports).toEqual([error])
    },
  )

  it.each(['REQUIRES_NEW', 'NOT_SUPPORTED', 'NEVER'] as const)(
    'acts as with no transaction in a %s call',
    async propagation => {
      const frame = await ended()
      await runInContext(frame, () => transactional({ propagation }, () => t.app.sql('insert late')))
      expect(t.app.db.rows()).toContain('late')
      expect(t.app.reports).toEqual([])
    },
  )

  it.each(Object.entries({ beforeCommit, afterCommit, afterRollback, afterCompletion }))(
    'is refused as an %s hook, and reported',
    async (_name, hook) => {
      const frame = await ended()
      const late = (): void => runInContext(frame, () => hook(() => undefined))
      expect(late).toThrow(expect.objectContaining({ code: 'AMBIT_TX_ENDED' }))
      expect(t.app.reports).toMatchObject([{ code: 'AMBIT_TX_ENDED', method: 'Users.register' }])
    },
  )

  it('knows no active transaction', async () => {
    const frame = await ended()
    expect(runInContext(frame, () => currentTransaction())).toBeUndefined()
  })

  it('goes on as detached work', async () => {
    const frame = await ended()
    await runInContext(frame, () => detached(() => transactional({}, () => t.app.sql('insert late'))))
    expect(t.app.db.rows()).toContain('late')
  })
})

describe('floating work', () => {
  it('NC-17 of a joined method that nobody awaited is refused when it comes too late', async () => {
    const go = gate()
    let floating: Promise<string> | undefined
    await transactional({}, async () => {
      await t.app.sql('insert a')
      floating = outcomeOf(
        transactional({}, async () => {
          await t.app.sql('insert b')
          await go.opened
          await t.app.sql('insert c')
        }),
      )
    })
    go.open()
    expect(await floating).toBe('AMBIT_TX_ENDED')
    expect(t.app.db.rows()).toEqual(['a', 'b'])
    expect(t.app.db.commands().at(-1)).toBe('COMMIT')
  })

  it('does not change the outcome of a transaction that is over', async () => {
    const go = gate()
    let floating: Promise<string> | undefined
    const value = await transactional({}, async () => {
      await t.app.sql('insert a')
      floating = outcomeOf(
        transactional({}, async () => {
          await go.opened
          throw E
        }),
      )
      return 7
    })
    go.open()
    expect(await floating).toBe('E')
    expect(value).toBe(7)
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('in a NESTED block that has failed is refused, although the transaction lives on', async () => {
    const go = gate()
    let floating: Promise<string> | undefined
    await transactional({}, async () => {
      await t.app.sql('insert o')
      await transactional({ propagation: 'NESTED', label: 'block' }, async () => {
        floating = go.opened.then(() => outcomeOf(t.app.sql('insert late')))
        await t.app.sql('insert n')
        throw E
      }).catch(swallow)
      go.open()
      expect(await floating).toBe('AMBIT_TX_ENDED')
      expect(t.app.reports).toMatchObject([{ method: 'block' }])
      await t.app.sql('insert p')
    })
    expect(t.app.db.rows()).toEqual(['o', 'p'])
  })

  it('in a NESTED block that has ended well is refused too: its savepoint is gone', async () => {
    let frame: ContextNode | undefined
    await transactional({}, async () => {
      await transactional({ propagation: 'NESTED' }, () => {
        frame = currentContext()
      })
      expect(await outcomeOf(runInContext(frame, () => t.app.sql('insert late')))).toBe('AMBIT_TX_ENDED')
      await t.app.sql('insert o')
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it.each(['REQUIRES_NEW', 'NOT_SUPPORTED'] as const)(
    'may start a %s call late, in the frame of a NESTED block that ended',
    async (propagation: Propagation) => {
      let frame: ContextNode | undefined
      await transactional({}, async () => {
        await t.app.sql('insert o')
        await transactional({ propagation: 'NESTED' }, () => {
          frame = currentContext()
        })
        await runInContext(frame, () => transactional({ propagation }, () => t.app.sql('insert n')))
        expect(t.app.db.rows()).toEqual(['n'])
      })
      expect(t.app.db.rows()).toEqual(['n', 'o'])
    },
  )

  it('G-03 of a Promise.all whose sibling failed is refused statement by statement', async () => {
    const go = gate()
    const seen: string[] = []
    let slow: Promise<void> | undefined
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      slow = (async () => {
        await go.opened
        seen.push(await outcomeOf(t.app.sql('insert b')))
        seen.push(await outcomeOf(transactional({}, () => t.app.sql('insert c'))))
        seen.push(await outcomeOf(transactional({ propagation: 'NESTED' }, () => t.app.sql('insert d'))))
      })()
      await Promise.all([slow, Promise.reject(E)])
    })
    await expect(call).rejects.toBe(E)
    go.open()
    await slow
    expect(seen).toEqual(['AMBIT_TX_ENDED', 'AMBIT_TX_ENDED', 'AMBIT_TX_ENDED'])
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })
})

describe('detached work', () => {
  it('started inside a transaction has one of its own and outlives it', async () => {
    let background: Promise<unknown> | undefined
    const go = gate()
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      background = detached(async () => {
        expect(currentTransaction()).toBeUndefined()
        await go.opened
        await transactional({}, () => t.app.sql('insert b'))
      })
      throw E
    })
    await expect(call).rejects.toBe(E)
    go.open()
    await background
    expect(t.app.db.rows()).toEqual(['b'])
    expect(t.app.reports).toEqual([])
  })
})
