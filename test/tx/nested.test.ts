import { currentTransaction, transactional } from '../../src/tx'
import { UnexpectedRollbackError } from '../../src/tx/errors'
import { FakeDatabaseError } from '../support/fake-database'
import { eachTest, gate, outcomeOf, rejection, settled } from './harness'

const t = eachTest()
const E = new Error('E')
const swallow = (): void => undefined
const insert = (row: string) => (): Promise<string[]> => t.app.sql(`insert ${row}`)
const nested = <T>(fn: () => Promise<T> | T, label = 'block'): Promise<T> =>
  transactional({ propagation: 'NESTED', label }, fn)

describe('a NESTED block', () => {
  it('SP-18a is a plain transaction where none is active', async () => {
    await nested(insert('a'))
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert a', 'c1 COMMIT'])
  })

  it('SP-18b NC-14 sets its savepoint with its first statement, releases it, and goes on in the outer transaction', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      await nested(insert('n1'))
      await nested(insert('n2'))
      await t.app.sql('insert p')
    })
    expect(t.app.db.log).toEqual([
      'c1 BEGIN',
      'c1 insert o',
      'c1 SAVEPOINT ambit_1',
      'c1 insert n1',
      'c1 RELEASE ambit_1',
      'c1 SAVEPOINT ambit_2',
      'c1 insert n2',
      'c1 RELEASE ambit_2',
      'c1 insert p',
      'c1 COMMIT',
    ])
  })

  it('SP-18c loses everything with the outer transaction', async () => {
    const call = transactional({}, async () => {
      await nested(insert('n'))
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(t.app.db.rows()).toEqual([])
  })

  it('NC-15 rolls back to its savepoint and releases it when it fails', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      await nested(async () => {
        await t.app.sql('insert n')
        throw E
      }).catch(swallow)
      await t.app.sql('insert p')
    })
    expect(t.app.db.commands().slice(2, 6)).toEqual([
      'SAVEPOINT ambit_1',
      'insert n',
      'ROLLBACK TO ambit_1',
      'RELEASE ambit_1',
    ])
    expect(t.app.db.rows()).toEqual(['o', 'p'])
  })

  it('SP-19 survives a statement that the database refused', async () => {
    t.app.db.store(['dup'])
    await transactional({}, async () => {
      await t.app.sql('insert o1')
      const error = await rejection(
        nested(async () => {
          await t.app.sql('insert n')
          await t.app.sql('insert dup')
        }),
      )
      expect(error).toMatchObject({ code: '23505' })
      await t.app.sql('insert o2')
    })
    expect(t.app.db.rows()).toEqual(['dup', 'o1', 'o2'])
  })

  it('sends nothing when it fails without a statement', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      await nested(() => Promise.reject(E)).catch(swallow)
    })
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert o', 'c1 COMMIT'])
  })

  it('sets the savepoints of all blocks around its first statement, outermost first', async () => {
    await transactional({}, () => nested(() => nested(insert('n'))))
    expect(t.app.db.commands()).toEqual([
      'BEGIN',
      'SAVEPOINT ambit_1',
      'SAVEPOINT ambit_2',
      'insert n',
      'RELEASE ambit_2',
      'RELEASE ambit_1',
      'COMMIT',
    ])
  })

  it('undoes a deep block without its parent', async () => {
    await transactional({}, () =>
      nested(async () => {
        await t.app.sql('insert n1')
        await nested(async () => {
          await t.app.sql('insert n2')
          throw E
        }).catch(swallow)
      }),
    )
    expect(t.app.db.rows()).toEqual(['n1'])
  })

  it('names its savepoints uniquely within the transaction and never reuses a name', async () => {
    await transactional({}, async () => {
      for (let n = 0; n < 3; n += 1) await nested(insert(`n${n}`))
    })
    const names = t.app.db.commands().filter(one => one.startsWith('SAVEPOINT'))
    expect(new Set(names).size).toBe(3)
  })
})

describe('doom and NESTED', () => {
  it('dooms only the block when a participant fails in it', async () => {
    await transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert o')
      const block = nested(async () => {
        await t.app.sql('insert n')
        await transactional({ label: 'inner' }, () => Promise.reject(E)).catch(swallow)
        expect(currentTransaction()?.rollbackOnly).toBe(true)
      })
      const error = await rejection(block)
      expect(error).toBeInstanceOf(UnexpectedRollbackError)
      expect(error).toMatchObject({ doomedBy: 'inner', cause: E })
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('takes no savepoint in a transaction that is doomed already', async () => {
    const body = jest.fn()
    const call = transactional({ label: 'outer' }, async () => {
      await transactional({ label: 'inner' }, () => Promise.reject(E)).catch(swallow)
      const error = await rejection(nested(body))
      expect(error).toMatchObject({ code: 'AMBIT_TX_DOOMED', cause: E })
      expect(error.message).toContain(
        'block (NESTED) was called in a transaction that can only roll back, because inner failed in it.',
      )
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
    expect(body).not.toHaveBeenCalled()
  })

  it('names the method that doomed it also where a block around it is the doomed one', async () => {
    const started = gate()
    const doomed = gate()
    const call = transactional({ label: 'outer' }, async () => {
      const block = nested(async () => {
        started.open()
        await doomed.opened
        const error = await rejection(nested(() => undefined, 'deep'))
        expect(error.message).toContain('because culprit failed in it')
      })
      await started.opened
      await transactional({ label: 'culprit' }, () => Promise.reject(E)).catch(swallow)
      doomed.open()
      await block
    })
    expect(await rejection(call)).toMatchObject({ doomedBy: 'culprit' })
  })

  it('says who asked for the rollback when nobody failed', async () => {
    await transactional({ label: 'outer' }, async () => {
      currentTransaction()?.setRollbackOnly()
      const error = await rejection(nested(() => undefined))
      expect(error.message).toContain('because outer asked for it (setRollbackOnly)')
    })
  })
})

describe('parallel NESTED blocks', () => {
  it('G-01 G-02 J3 run one after the other: the failing one undoes only itself', async () => {
    await transactional({}, async () => {
      const first = nested(async () => {
        await t.app.sql('insert a1')
        await settled()
        await t.app.sql('insert a2')
        throw E
      }, 'first')
      const second = nested(async () => {
        await t.app.sql('insert b1')
        await t.app.sql('insert b2')
      }, 'second')
      expect(await Promise.all([outcomeOf(first), outcomeOf(second)])).toEqual(['E', 'ok'])
    })
    expect(t.app.db.commands()).toEqual([
      'BEGIN',
      'SAVEPOINT ambit_1',
      'insert a1',
      'insert a2',
      'ROLLBACK TO ambit_1',
      'RELEASE ambit_1',
      'SAVEPOINT ambit_2',
      'insert b1',
      'insert b2',
      'RELEASE ambit_2',
      'COMMIT',
    ])
    expect(t.app.db.rows()).toEqual(['b1', 'b2'])
  })

  it('let their own descendants pass while a plain sibling waits', async () => {
    await transactional({}, async () => {
      const entered = gate()
      const go = gate()
      const block = nested(async () => {
        await t.app.sql('insert n1')
        entered.open()
        await go.opened
        await Promise.all([t.app.sql('insert n2'), nested(insert('n3')), transactional({}, insert('n4'))])
      })
      await entered.opened
      const sibling = t.app.sql('insert s')
      await settled()
      expect(t.app.db.commands()).not.toContain('insert s')
      go.open()
      await Promise.all([block, sibling])
    })
    const commands = t.app.db.commands()
    expect(commands.indexOf('RELEASE ambit_1')).toBeLessThan(commands.indexOf('insert s'))
    expect(t.app.db.rows()).toEqual(['n1', 'n2', 'n3', 'n4', 's'])
  })
})

describe('a savepoint that goes wrong', () => {
  it('undoes the block when RELEASE is refused, so that nothing of the failed call stays', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      t.app.db.failNext('RELEASE ambit_1')
      expect(await outcomeOf(nested(insert('n')))).toBe('XX000')
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('SP-61 rejects a block whose body swallowed a refused statement, with that statement as the cause', async () => {
    const refused = new FakeDatabaseError('22012', 'division by zero')
    await transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert o')
      t.app.db.failNext('insert n', 'error', refused)
      const error = await rejection(nested(() => t.app.sql('insert n').catch(swallow)))
      expect(error).toBeInstanceOf(UnexpectedRollbackError)
      expect(error.cause).toBe(refused)
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('dooms the outer transaction when ROLLBACK TO fails: nobody knows what is left', async () => {
    const call = transactional({ label: 'outer' }, async () => {
      t.app.db.failNext('ROLLBACK TO ambit_1')
      const block = nested(async () => {
        await t.app.sql('insert n')
        throw E
      })
      await expect(block).rejects.toBe(E)
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'block' })
    expect(t.app.db.commands().at(-1)).toBe('ROLLBACK')
  })

  it('dooms the outer transaction when SAVEPOINT is refused', async () => {
    const refused = new FakeDatabaseError('53200', 'out of memory')
    const call = transactional({ label: 'outer' }, async () => {
      t.app.db.failNext('SAVEPOINT ambit_1', 'error', refused)
      await expect(nested(insert('n'))).rejects.toBe(refused)
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', cause: refused })
    expect(t.app.db.rows()).toEqual([])
  })

  it('is refused in an aborted transaction, without blaming the block', async () => {
    const call = transactional({ label: 'outer' }, async () => {
      t.app.db.failNext('insert bad')
      await t.app.sql('insert bad').catch(swallow)
      expect(await outcomeOf(nested(insert('n')))).toBe('25P02')
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', cause: { code: 'XX000' } })
  })
})
