import { ambientApplication } from '../../src/core/applications'
import { afterCommit, beforeCommit, currentTransaction, Transactional, transactional } from '../../src/tx'
import { outcomeOf, TestApp } from './harness'

const running: TestApp[] = []
function start(application: string): TestApp {
  const app = new TestApp({ application })
  running.push(app)
  return app
}
afterEach(() => {
  for (const app of running.splice(0)) {
    app.close()
    app.assertClean()
  }
})

class Users {
  @Transactional()
  async where(): Promise<string | undefined> {
    return ambientApplication()?.name
  }
  @Transactional()
  async call<T>(fn: () => Promise<T>): Promise<T> {
    return fn()
  }
}

describe('the application of a call', () => {
  it('is the only running one for an object that no container built', async () => {
    start('one')
    expect(await new Users().where()).toBe('one')
    expect(await transactional({}, () => ambientApplication()?.name)).toBe('one')
  })

  it('is a rejection, not a throw, when none runs', async () => {
    const call = new Users().where()
    expect(await outcomeOf(call)).toBe('AMBIT_APP_NONE')
    expect(await outcomeOf(transactional({}, () => undefined))).toBe('AMBIT_APP_NONE')
  })

  it('is unclear when two run and nothing says which', async () => {
    start('one')
    start('two')
    await expect(new Users().where()).rejects.toThrow(
      "2 applications are running ('one', 'two') and the object was built by none of them. [AMBIT_APP_AMBIGUOUS]",
    )
  })

  it('is the ambient one where two run', async () => {
    const [one, two] = [start('one'), start('two')]
    expect(await one.run(() => new Users().where())).toBe('one')
    expect(await two.run(() => new Users().where())).toBe('two')
  })

  it('is the one that built the object, whatever is ambient', async () => {
    const [one, two] = [start('one'), start('two')]
    const users = two.own(new Users())
    expect(await users.where()).toBe('two')
    expect(await one.run(() => users.where())).toBe('two')
  })

  it('refuses when the one that built the object, or the ambient one, is closed', async () => {
    const one = start('one')
    start('two')
    const users = one.own(new Users())
    one.close()
    expect(await outcomeOf(users.where())).toBe('AMBIT_APP_CLOSED')
    expect(await outcomeOf(one.run(() => new Users().where()))).toBe('AMBIT_APP_CLOSED')
  })

  it('is again the only one after the other was closed', async () => {
    start('one').close()
    start('two')
    expect(await new Users().where()).toBe('two')
  })
})

describe('two applications in one call chain', () => {
  it('have transactions of their own on data sources of the same name', async () => {
    const [one, two] = [start('one'), start('two')]
    const [first, second] = [one.own(new Users()), two.own(new Users())]
    await first.call(async () => {
      await one.sql('insert a')
      await second.call(async () => {
        await two.sql('insert b')
        await one.sql('insert c')
      })
    })
    expect(one.db.commands()).toEqual(['BEGIN', 'insert a', 'insert c', 'COMMIT'])
    expect(two.db.commands()).toEqual(['BEGIN', 'insert b', 'COMMIT'])
  })

  it('do not show their transactions to each other', async () => {
    const [one, two] = [start('one'), start('two')]
    await one.run(() =>
      transactional({}, async () => {
        expect(currentTransaction()).toBeDefined()
        expect(two.run(() => currentTransaction())).toBeUndefined()
        expect(() => two.run(() => afterCommit(() => undefined))).toThrow(
          expect.objectContaining({ code: 'AMBIT_TX_NONE' }),
        )
      }),
    )
  })

  it('make their own application ambient in a method that joins, also from inside the other', async () => {
    const [one, two] = [start('one'), start('two')]
    const users = one.own(new Users())
    const seen: unknown[] = []
    await users.call(() =>
      two.run(async () => {
        seen.push(await users.where())
        seen.push(await users.call(() => transactional({ propagation: 'NESTED' }, () => ambientApplication()?.name)))
        seen.push(ambientApplication()?.name)
      }),
    )
    expect(seen).toEqual(['one', 'one', 'two'])
  })

  it('run their hooks in their own application', async () => {
    const one = start('one')
    start('two')
    const users = one.own(new Users())
    const seen: unknown[] = []
    await users.call(async () => {
      await one.sql('insert a')
      beforeCommit(() => transactional({}, () => seen.push(ambientApplication()?.name)))
      afterCommit(() => transactional({}, () => seen.push(ambientApplication()?.name)))
    })
    expect(seen).toEqual(['one', 'one'])
    expect(one.reports).toEqual([])
  })

  it('leave the caller in its own application', async () => {
    const [one, two] = [start('one'), start('two')]
    const users = two.own(new Users())
    await one.run(async () => {
      await users.where()
      expect(ambientApplication()?.name).toBe('one')
    })
    expect(ambientApplication()).toBeUndefined()
  })
})
