import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  currentTransaction,
  transactional,
} from '../../src/tx'
import { ambientApplication } from '../../src/core/applications'
import { eachTest, gate, outcomeOf, settled } from './harness'

const t = eachTest({ dataSources: ['default', 'other'] })
const E = new Error('E')
const swallow = (): void => undefined

/** Registers one hook of each phase and records what runs. */
function recordAll(trace: string[], name: string): void {
  beforeCommit(() => trace.push(`${name} before`))
  afterCommit(() => trace.push(`${name} committed`))
  afterRollback(() => trace.push(`${name} rolled back`))
  afterCompletion(outcome => trace.push(`${name} completed ${outcome}`))
}

describe('the order of hooks', () => {
  it('SP-32 runs each phase in the order of registration around COMMIT', async () => {
    const trace: string[] = []
    await transactional({}, async () => {
      recordAll(trace, 'a')
      recordAll(trace, 'b')
      await t.app.sql('insert x')
      beforeCommit(() => trace.push(t.app.db.commands().at(-1) ?? ''))
      afterCommit(() => trace.push(t.app.db.commands().at(-1) ?? ''))
    })
    expect(trace).toEqual([
      'a before',
      'b before',
      'insert x',
      'a committed',
      'b committed',
      'COMMIT',
      'a completed committed',
      'b completed committed',
    ])
  })

  it('SP-32 runs only the hooks of a rollback after ROLLBACK', async () => {
    const trace: string[] = []
    const call = transactional({}, async () => {
      await t.app.sql('insert x')
      recordAll(trace, 'a')
      recordAll(trace, 'b')
      afterRollback(() => trace.push(t.app.db.commands().at(-1) ?? ''))
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(trace).toEqual([
      'a rolled back',
      'b rolled back',
      'ROLLBACK',
      'a completed rolled-back',
      'b completed rolled-back',
    ])
  })

  it('SP-32 runs hooks with an order first, lower ones before higher ones, equal ones by registration', async () => {
    const trace: string[] = []
    const register = (name: string, order?: number): void => {
      const options = order === undefined ? {} : { order }
      beforeCommit(() => trace.push(`before ${name}`), options)
      afterCommit(() => trace.push(`committed ${name}`), options)
      afterCompletion(() => trace.push(`completed ${name}`), options)
    }
    await transactional({}, () => {
      register('h')
      register('h30', 30)
      register('h10', 10)
      register('second h')
      register('second h10', 10)
      register('h-1', -1)
    })
    const order = ['h-1', 'h10', 'second h10', 'h30', 'h', 'second h']
    expect(trace).toEqual(['before', 'committed', 'completed'].flatMap(phase => order.map(name => `${phase} ${name}`)))
  })

  it('SP-32 orders the hooks of a rollback too, also across blocks', async () => {
    const trace: string[] = []
    const call = transactional({}, async () => {
      afterRollback(() => trace.push('3'), { order: 3 })
      await transactional({ propagation: 'NESTED' }, () => {
        afterRollback(() => trace.push('1'), { order: 1 })
        throw E
      }).catch(swallow)
      await transactional({ propagation: 'NESTED' }, () => {
        afterRollback(() => trace.push('none'))
        afterRollback(() => trace.push('2'), { order: 2 })
      })
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(trace).toEqual(['1', '2', '3', 'none'])
  })

  it('a hook that is registered by a hook takes its place among those that are left', async () => {
    const trace: string[] = []
    await transactional({}, () => {
      beforeCommit(() => trace.push('5'), { order: 5 })
      beforeCommit(() => trace.push('last'))
      beforeCommit(
        () => {
          trace.push('3')
          beforeCommit(() => trace.push('4'), { order: 4 })
          beforeCommit(() => trace.push('1, late'), { order: 1 })
        },
        { order: 3 },
      )
    })
    expect(trace).toEqual(['3', '1, late', '4', '5', 'last'])
  })

  it('refuses an order that is none, and options that it does not know, without harm to the transaction', async () => {
    const ran = jest.fn()
    const wrong = [{ order: NaN }, { order: Infinity }, { order: '1' }, { ordre: 1 }, { dataSources: 'other' }]
    await transactional({}, async () => {
      await t.app.sql('insert x')
      for (const options of wrong) {
        for (const hook of [beforeCommit, afterCommit, afterRollback, afterCompletion]) {
          expect(() => hook(ran, options as never)).toThrow(
            expect.objectContaining({ code: 'AMBIT_TX_INVALID_OPTIONS' }),
          )
        }
      }
      expect(() => afterCommit(ran, { ordre: 1 } as never)).toThrow(/afterCommit\(\)[^]*Did you mean 'order'\?/)
    })
    expect(ran).not.toHaveBeenCalled()
    expect(t.app.db.rows()).toEqual(['x'])
  })

  it('SP-03 collects the hooks of participants with the originator', async () => {
    const trace: string[] = []
    await transactional({}, async () => {
      recordAll(trace, 'outer')
      await transactional({}, () => recordAll(trace, 'inner'))
      expect(trace).toEqual([])
    })
    expect(trace.filter(line => line.endsWith('committed'))).toEqual([
      'outer committed',
      'inner committed',
      'outer completed committed',
      'inner completed committed',
    ])
  })

  it('keeps the order of registration across a NESTED block that runs beside its parent', async () => {
    const trace: string[] = []
    await transactional({}, async () => {
      const inside = gate()
      const go = gate()
      afterCommit(() => trace.push('1'))
      const block = transactional({ propagation: 'NESTED' }, async () => {
        afterCommit(() => trace.push('2'))
        inside.open()
        await go.opened
        afterCommit(() => trace.push('4'))
      })
      await inside.opened
      afterCommit(() => trace.push('3'))
      go.open()
      await block
      afterCommit(() => trace.push('5'))
    })
    expect(trace).toEqual(['1', '2', '3', '4', '5'])
  })

  it('J8 settles every hook before the caller goes on', async () => {
    const trace: string[] = []
    await transactional({}, () => {
      beforeCommit(async () => {
        await settled()
        trace.push('before')
      })
      afterCommit(async () => {
        await settled()
        trace.push('first')
      })
      afterCommit(() => trace.push('second'))
    })
    expect(trace).toEqual(['before', 'first', 'second'])
  })
})

describe('beforeCommit hooks', () => {
  it('may run SQL, joined methods and NESTED blocks in the transaction', async () => {
    await transactional({}, async () => {
      const id = currentTransaction()?.id
      await t.app.sql('insert a')
      beforeCommit(async () => {
        expect(currentTransaction()?.id).toBe(id)
        await t.app.sql('insert b')
        await transactional({}, () => t.app.sql('insert c'))
        await transactional({ propagation: 'NESTED' }, () => t.app.sql('insert d'))
        await transactional({ propagation: 'NESTED' }, async () => {
          await t.app.sql('insert e')
          throw E
        }).catch(swallow)
      })
    })
    expect(t.app.db.rows()).toEqual(['a', 'b', 'c', 'd'])
    expect(t.app.db.commands().filter(one => one === 'BEGIN' || one === 'COMMIT')).toEqual(['BEGIN', 'COMMIT'])
  })

  it('may register further hooks, which run too, in order', async () => {
    const trace: string[] = []
    await transactional({}, () => {
      beforeCommit(() => {
        trace.push('1')
        beforeCommit(() => {
          trace.push('3')
          afterCommit(() => trace.push('after'))
        })
      })
      beforeCommit(() => trace.push('2'))
    })
    expect(trace).toEqual(['1', '2', '3', 'after'])
  })

  it('run in the frame of their own scope: a transaction of another data source around the registration is gone', async () => {
    const seen: unknown[] = []
    await transactional({}, () =>
      transactional({ dataSource: 'other' }, () => {
        beforeCommit(() => seen.push(currentTransaction('other')?.id, currentTransaction()?.id))
      }),
    )
    expect(seen).toEqual([undefined, expect.stringMatching(/^default#/)])
  })

  it('leave no frame behind for work that they did not wait for', async () => {
    let late: Promise<string> | undefined
    const go = gate()
    await transactional({}, () => {
      beforeCommit(() => {
        late = go.opened.then(() => outcomeOf(t.app.sql('insert late')))
      })
    })
    go.open()
    expect(await late).toBe('AMBIT_TX_ENDED')
  })

  it('find closed doors when they are floating siblings of the body, not hooks', async () => {
    let sibling: Promise<string> | undefined
    const inHook = gate()
    await transactional({}, async () => {
      await t.app.sql('insert a')
      sibling = inHook.opened.then(() => outcomeOf(t.app.sql('insert floating')))
      beforeCommit(async () => {
        inHook.open()
        await settled()
      })
    })
    expect(await sibling).toBe('AMBIT_TX_ENDED')
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('do not run where the transaction cannot commit any more', async () => {
    const hook = jest.fn()
    await transactional({}, () => {
      beforeCommit(hook)
      currentTransaction()?.setRollbackOnly()
    })
    const doomed = transactional({}, async () => {
      beforeCommit(hook)
      await transactional({}, () => Promise.reject(E)).catch(swallow)
    })
    expect(await outcomeOf(doomed)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
    expect(hook).not.toHaveBeenCalled()
  })

  it('stop where one of them asks for a rollback', async () => {
    const later = jest.fn()
    const call = transactional({}, () => {
      beforeCommit(() => currentTransaction()?.setRollbackOnly())
      beforeCommit(later)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
    expect(later).not.toHaveBeenCalled()
  })
})

describe('after-hooks', () => {
  it('run when the connection is back and the context has been left', async () => {
    const seen: unknown[] = []
    await transactional({}, async () => {
      await t.app.sql('insert a')
      afterCommit(() => seen.push(t.app.db.openConnections.length, currentTransaction(), t.app.db.rows()))
    })
    expect(seen).toEqual([0, undefined, ['a']])
  })

  it('SP-39 REQUIRED inside afterCommit begins a transaction of its own', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert a')
      afterCommit(() => transactional({}, () => t.app.sql('insert b')))
    })
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'COMMIT', 'BEGIN', 'insert b', 'COMMIT'])
  })

  it('of a REQUIRES_NEW run in the outer transaction around it', async () => {
    await transactional({}, async () => {
      const outer = currentTransaction()?.id
      await transactional({ propagation: 'REQUIRES_NEW' }, () => {
        afterCommit(async () => {
          expect(currentTransaction()?.id).toBe(outer)
          await t.app.sql('insert o')
        })
      })
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('see the application of their transaction, as the method that registered them did', async () => {
    const seen: unknown[] = []
    await transactional({}, () => {
      beforeCommit(() => seen.push(ambientApplication()))
      afterCommit(() => seen.push(ambientApplication()))
    })
    expect(seen).toEqual([t.app.context, t.app.context])
  })

  it('cannot register further hooks: there is no transaction any more', async () => {
    await transactional({}, () => {
      afterCommit(() => afterCommit(() => undefined))
    })
    expect(t.app.reports).toMatchObject([{ code: 'AMBIT_TX_AFTER_COMMIT', cause: { code: 'AMBIT_TX_NONE' } }])
  })
})
