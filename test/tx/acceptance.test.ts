import { currentTransaction, Transactional, transactional } from '../../src/tx'
import { eachTest, outcomeOf } from './harness'

const t = eachTest()
const E = new Error('E')
const idNow = (): string | undefined => currentTransaction()?.id

/** The small rows of the acceptance lists, one test each, so that a missing one is seen. */
describe('propagation, one fact at a time', () => {
  it('PS-02 MANDATORY in a transaction has the same one', async () => {
    await transactional({}, async () => {
      expect(await transactional({ propagation: 'MANDATORY' }, idNow)).toBe(idNow())
    })
  })

  it.each([
    ['PS-03', 'NEVER'],
    ['PS-06', 'NOT_SUPPORTED'],
    ['PS-08', 'SUPPORTS'],
  ] as const)('%s %s without a transaction runs, and its statements are stored at once', async (_, propagation) => {
    await transactional({ propagation }, async () => {
      await t.app.sql('insert a')
      expect(t.app.db.rows()).toEqual(['a'])
      expect(idNow()).toBeUndefined()
    })
  })

  it('PS-07 SUPPORTS in a transaction joins it', async () => {
    const call = transactional({}, async () => {
      expect(await transactional({ propagation: 'SUPPORTS' }, idNow)).toBe(idNow())
      await transactional({ propagation: 'SUPPORTS' }, () => t.app.sql('insert a'))
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(t.app.db.rows()).toEqual([])
  })

  it('PS-W5 a mode without a transaction is not active: REQUIRED inside begins, MANDATORY refuses, NEVER passes', async () => {
    await transactional({ propagation: 'NOT_SUPPORTED' }, async () => {
      expect(await transactional({}, idNow)).toBeDefined()
      expect(await outcomeOf(transactional({ propagation: 'MANDATORY' }, idNow))).toBe('AMBIT_TX_MANDATORY')
      expect(await outcomeOf(transactional({ propagation: 'NEVER' }, idNow))).toBe('ok')
    })
  })

  it('PS-15 SERIALIZABLE is taken, asked of the database, and told', async () => {
    await transactional({ isolation: 'SERIALIZABLE' }, async () => {
      await t.app.sql('select')
      expect(currentTransaction()?.isolation).toBe('SERIALIZABLE')
    })
    expect(t.app.db.log[0]).toBe('c1 BEGIN ISOLATION LEVEL SERIALIZABLE')
  })

  it('SP-13 NOT_SUPPORTED stores at once, and what it wrote survives the outer rollback', async () => {
    const call = transactional({}, async () => {
      await t.app.sql('insert o')
      const before = idNow()
      await transactional({ propagation: 'NOT_SUPPORTED' }, () => t.app.sql('insert n'))
      expect(t.app.db.rows()).toEqual(['n'])
      expect(idNow()).toBe(before)
      throw E
    })
    await expect(call).rejects.toBe(E)
    expect(t.app.db.rows()).toEqual(['n'])
  })

  it('SP-13 a failing NOT_SUPPORTED that is caught does not doom the outer transaction', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      const inner = transactional({ propagation: 'NOT_SUPPORTED' }, async () => {
        await t.app.sql('insert n')
        throw E
      })
      await expect(inner).rejects.toBe(E)
    })
    expect(t.app.db.rows()).toEqual(['n', 'o'])
  })
})

describe('a service over a repository', () => {
  class Users {
    save(row: string): Promise<string[]> {
      return t.app.implicit('Users.save', () => t.app.sql(`insert ${row}`))
    }
    all(): Promise<string[]> {
      return t.app.implicit('Users.all', () => t.app.sql('select'), { readOnly: true })
    }
  }
  class Registration {
    readonly users = new Users()
    @Transactional()
    async twice(fail: boolean): Promise<void> {
      await this.users.save('first')
      await this.users.save('second')
      if (fail) throw E
    }
  }

  it('PS-21 shares one transaction with it: both rows or none', async () => {
    await expect(new Registration().twice(true)).rejects.toBe(E)
    expect(t.app.db.rows()).toEqual([])
    await new Registration().twice(false)
    expect(t.app.db.rows()).toEqual(['first', 'second'])
    expect(t.app.db.commands().filter(one => one === 'BEGIN')).toHaveLength(2)
  })

  it('PS-22 its rows are visible afterwards in a read-only transaction', async () => {
    await new Registration().twice(false)
    expect(await new Users().all()).toEqual(['first', 'second'])
    expect(t.app.db.commands().slice(-3)).toEqual(['BEGIN READ ONLY', 'select', 'COMMIT'])
  })

  it('a reading repository inside a writing service joins it, and the service goes on writing', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert a')
      expect(await new Users().all()).toEqual(['a'])
      await new Users().save('b')
    })
    expect(t.app.db.rows()).toEqual(['a', 'b'])
  })
})

describe('after every scenario', () => {
  it('the same thing works again, any number of times, with nothing left open', async () => {
    for (let round = 0; round < 30; round += 1) {
      const call = transactional({}, async () => {
        await t.app.sql(`insert o${round}`)
        await transactional({ propagation: 'REQUIRES_NEW' }, () => t.app.sql(`insert n${round}`))
        await transactional({ propagation: 'NESTED' }, () => Promise.reject(E)).catch(() => undefined)
        if (round % 2 === 0) throw E
      })
      await call.catch(() => undefined)
      expect(t.app.db.openConnections).toEqual([])
      expect(t.app.manager.running.size).toBe(0)
    }
    expect(t.app.db.rows()).toHaveLength(45)
  })
})
