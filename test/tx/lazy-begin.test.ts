import { afterCommit, beforeCommit, transactional } from '../../src/tx'
import { eachTest, outcomeOf } from './harness'

const t = eachTest()

describe('a lazy transaction (the default)', () => {
  it('sends nothing and takes no connection when no statement runs', async () => {
    expect(await transactional({}, () => 7)).toBe(7)
    expect(t.app.db.log).toEqual([])
  })

  it('sends nothing when an untouched body fails', async () => {
    expect(await outcomeOf(transactional({}, () => Promise.reject(new Error('E'))))).toBe('E')
    expect(t.app.db.log).toEqual([])
  })

  it('sends nothing for untouched NESTED, joined and REQUIRES_NEW blocks either', async () => {
    await transactional({}, async () => {
      await transactional({ propagation: 'NESTED' }, () => transactional({ propagation: 'NESTED' }, () => undefined))
      await transactional({}, () => undefined)
      await transactional({ propagation: 'REQUIRES_NEW' }, () => undefined)
    })
    expect(t.app.db.log).toEqual([])
  })

  it('still runs its hooks when it was untouched', async () => {
    const ran: string[] = []
    await transactional({}, () => {
      beforeCommit(() => ran.push('before'))
      afterCommit(() => ran.push('after'))
    })
    expect(ran).toEqual(['before', 'after'])
    expect(t.app.db.log).toEqual([])
  })

  it('is begun by the SQL of a beforeCommit hook', async () => {
    await transactional({}, () => {
      beforeCommit(() => t.app.sql('insert h'))
    })
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert h', 'c1 COMMIT'])
  })

  it('SP-01 sends BEGIN with the first statement and gives the value back', async () => {
    const seen = await transactional({}, async () => {
      expect(t.app.db.log).toEqual([])
      await t.app.sql('insert a')
      expect(t.app.db.rows()).toEqual([])
      return t.app.sql('select')
    })
    expect(seen).toEqual(['a'])
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert a', 'c1 select', 'c1 COMMIT'])
  })

  it('begins once for parallel first statements', async () => {
    await transactional({}, () => Promise.all([t.app.sql('insert a'), t.app.sql('insert b')]))
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert a', 'c1 insert b', 'c1 COMMIT'])
  })

  it('rejects the statement when BEGIN is refused, and keeps no connection', async () => {
    t.app.db.failNext('BEGIN')
    expect(await outcomeOf(transactional({}, () => t.app.sql('insert a')))).toBe('XX000')
    expect(t.app.db.log).toEqual(['c1 BEGIN'])
  })

  it('asks for isolation and read-only with BEGIN', async () => {
    await transactional({ isolation: 'SERIALIZABLE', readOnly: true }, () => t.app.sql('select'))
    expect(t.app.db.log[0]).toBe('c1 BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY')
  })
})

describe("begin: 'eager'", () => {
  it('sends BEGIN before the body', async () => {
    await transactional({ begin: 'eager' }, () => {
      expect(t.app.db.log).toEqual(['c1 BEGIN'])
    })
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 COMMIT'])
  })

  it('never enters the body when BEGIN fails', async () => {
    t.app.db.failNext('BEGIN')
    const body = jest.fn()
    expect(await outcomeOf(transactional({ begin: 'eager' }, body))).toBe('XX000')
    expect(body).not.toHaveBeenCalled()
    expect(t.app.db.log).toEqual(['c1 BEGIN'])
  })

  it('of a NESTED block begins the transaction around it', async () => {
    await transactional({}, () =>
      transactional({ propagation: 'NESTED', begin: 'eager' }, () => {
        expect(t.app.db.log).toEqual(['c1 BEGIN'])
      }),
    )
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 COMMIT'])
  })

  it('of a NESTED block whose BEGIN fails fails that block before its body', async () => {
    t.app.db.failNext('BEGIN')
    const body = jest.fn()
    await transactional({}, async () => {
      expect(await outcomeOf(transactional({ propagation: 'NESTED', begin: 'eager' }, body))).toBe('XX000')
    })
    expect(body).not.toHaveBeenCalled()
  })

  it('rolls back an eager transaction whose body failed without a statement', async () => {
    expect(await outcomeOf(transactional({ begin: 'eager' }, () => Promise.reject(new Error('E'))))).toBe('E')
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
  })

  it('begins an untouched transaction for a participant that asks for it', async () => {
    await transactional({}, () =>
      transactional({ begin: 'eager' }, () => {
        expect(t.app.db.log).toEqual(['c1 BEGIN'])
      }),
    )
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 COMMIT'])
  })
})
