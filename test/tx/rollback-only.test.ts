import { currentTransaction, transactional } from '../../src/tx'
import { UnexpectedRollbackError } from '../../src/tx/errors'
import { eachTest, outcomeOf, rejection } from './harness'

const t = eachTest()
const E = new Error('inner failed')
const fails = async (): Promise<never> => {
  throw E
}
const swallow = (): void => undefined

describe('an explicit participant that fails', () => {
  it('SP-04 G-05 dooms the transaction: the originator rejects, naming the method and carrying its error', async () => {
    const call = transactional({ label: 'Orders.place' }, async () => {
      await transactional({ label: 'Stock.take' }, async () => {
        await t.app.sql('insert i')
        throw E
      }).catch(swallow)
      await t.app.sql('insert o')
    })
    const error = await rejection(call)
    expect(error).toBeInstanceOf(UnexpectedRollbackError)
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'Stock.take', cause: E })
    expect(error.message).toBe(
      [
        'Orders.place returned normally, but its transaction was rolled back because Stock.take failed in it. [AMBIT_TX_UNEXPECTED_ROLLBACK]',
        '  where: Orders.place',
        "  next:  Let the error of Stock.take propagate, or give Stock.take propagation 'NESTED' to survive its failure.",
      ].join('\n'),
    )
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert i', 'c1 insert o', 'c1 ROLLBACK'])
    expect(t.app.db.rows()).toEqual([])
  })

  it('SP-07 propagates its own error, the same object, where nobody catches it', async () => {
    const call = transactional({}, async () => {
      await t.app.sql('insert o')
      await transactional({}, fails)
    })
    await expect(call).rejects.toBe(E)
    expect(t.app.db.rows()).toEqual([])
  })

  it('is told as rollbackOnly to everyone who asks later, who may go on', async () => {
    const call = transactional({}, async () => {
      await transactional({}, fails).catch(swallow)
      expect(currentTransaction()?.rollbackOnly).toBe(true)
      await transactional({}, () => {
        expect(currentTransaction()?.rollbackOnly).toBe(true)
      })
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
  })

  it('blames the first of several failures', async () => {
    const call = transactional({ label: 'outer' }, async () => {
      await transactional({ label: 'first' }, fails).catch(swallow)
      await transactional({ label: 'second' }, () => Promise.reject(new Error('later'))).catch(swallow)
    })
    expect(await rejection(call)).toMatchObject({ doomedBy: 'first', cause: E })
  })

  it('gives the caller its own error when the originator fails too', async () => {
    const own = new Error('outer failed')
    const call = transactional({}, async () => {
      await transactional({}, fails).catch(swallow)
      throw own
    })
    await expect(call).rejects.toBe(own)
  })

  it('dooms from two levels down', async () => {
    const call = transactional({ label: 'outer' }, () =>
      transactional({ label: 'middle' }, () => transactional({ label: 'deep' }, fails).catch(swallow)),
    )
    expect(await rejection(call)).toMatchObject({ doomedBy: 'deep' })
  })
})

describe('an implicit participant (a repository) that fails', () => {
  const notFound = (): Promise<never> => t.app.implicit('Users.getById', fails)

  it('does not doom when it only read', async () => {
    await transactional({}, async () => {
      await t.app
        .implicit('Users.getById', async () => {
          await t.app.sql('select')
          throw E
        })
        .catch(swallow)
      await t.app.sql('insert o')
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('does not doom when it failed before any statement', async () => {
    await transactional({}, () => notFound().catch(swallow))
  })

  it('dooms when it had written', async () => {
    const call = transactional({}, () =>
      t.app
        .implicit('Users.save', async () => {
          await t.app.sql('insert a')
          throw E
        })
        .catch(swallow),
    )
    expect(await rejection(call)).toMatchObject({ doomedBy: 'Users.save', cause: E })
  })

  it('dooms when the database refused its statement', async () => {
    t.app.db.failNext('select')
    const call = transactional({}, () => t.app.implicit('Users.find', () => t.app.sql('select')).catch(swallow))
    expect(await rejection(call)).toMatchObject({ doomedBy: 'Users.find' })
  })

  it('dooms when an implicit boundary inside it wrote', async () => {
    const call = transactional({}, () =>
      t.app
        .implicit('Users.register', async () => {
          await t.app.implicit('Users.save', () => t.app.sql('insert a'))
          throw E
        })
        .catch(swallow),
    )
    expect(await rejection(call)).toMatchObject({ doomedBy: 'Users.register' })
  })

  it('is not charged with what was written outside it, or in a REQUIRES_NEW inside it', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      await t.app
        .implicit('Users.getById', async () => {
          await transactional({ propagation: 'REQUIRES_NEW' }, () => t.app.sql('insert n'))
          throw E
        })
        .catch(swallow)
    })
    expect(t.app.db.rows()).toEqual(['n', 'o'])
  })

  it('still rolls back a transaction of its own', async () => {
    await expect(notFound()).rejects.toBe(E)
    const call = t.app.implicit('Users.save', async () => {
      await t.app.sql('insert a')
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(t.app.db.rows()).toEqual([])
  })
})

describe('setRollbackOnly', () => {
  it('SP-06 of the originator rolls back without an error and keeps the value', async () => {
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      currentTransaction()?.setRollbackOnly()
      return 7
    })
    expect(await call).toBe(7)
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert a', 'c1 ROLLBACK'])
  })

  it('of a participant dooms the originator, which is told who asked', async () => {
    const call = transactional({ label: 'outer' }, () =>
      transactional({ label: 'Audit.check' }, () => {
        currentTransaction()?.setRollbackOnly()
      }),
    )
    const error = await rejection(call)
    expect(error).toMatchObject({ doomedBy: 'Audit.check', cause: undefined })
    expect(error.message).toContain('because Audit.check asked for it (setRollbackOnly).')
  })

  it('SP-20 of a NESTED block undoes only the block, without an error', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      await transactional({ propagation: 'NESTED' }, async () => {
        await t.app.sql('insert n')
        currentTransaction()?.setRollbackOnly()
      })
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('SP-09 of a REQUIRES_NEW leaves the outer transaction alone', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      await transactional({ propagation: 'REQUIRES_NEW' }, async () => {
        await t.app.sql('insert n')
        currentTransaction()?.setRollbackOnly()
      })
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(t.app.db.commands().filter(one => one === 'COMMIT' || one === 'ROLLBACK')).toEqual(['ROLLBACK', 'COMMIT'])
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('SP-31 is refused on a status that was kept after the end', async () => {
    const status = await transactional({}, () => currentTransaction())
    expect(() => status?.setRollbackOnly()).toThrow(expect.objectContaining({ code: 'AMBIT_TX_ENDED' }))
  })
})

describe('REQUIRES_NEW keeps the two transactions apart', () => {
  it('SP-10 PS-11 commits the inner one for good before the outer one fails', async () => {
    const call = transactional({}, async () => {
      await t.app.sql('insert o')
      await transactional({ propagation: 'REQUIRES_NEW' }, () => t.app.sql('insert n'))
      expect(t.app.db.rows()).toEqual(['n'])
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert o', 'c2 BEGIN', 'c2 insert n', 'c2 COMMIT', 'c1 ROLLBACK'])
    expect(t.app.db.rows()).toEqual(['n'])
  })

  it('SP-11 lets the outer commit when the inner failure is caught, and fails it when it is not', async () => {
    const outer = (handle: (call: Promise<unknown>) => Promise<unknown>, row: string): Promise<void> =>
      transactional({}, async () => {
        await t.app.sql(`insert ${row}`)
        await handle(transactional({ propagation: 'REQUIRES_NEW' }, fails))
      })
    await expect(outer(call => call, 'uncaught')).rejects.toBe(E)
    await outer(call => call.catch(swallow), 'caught')
    expect(t.app.db.rows()).toEqual(['caught'])
  })

  it('PS-W1 commits really after a failure in the same async flow', async () => {
    await transactional({}, fails).catch(swallow)
    await transactional({}, () => t.app.sql('insert a'))
    expect(t.app.db.rows()).toEqual(['a'])
  })
})
