import { transactional } from 'ambit'
import { type FakeApplication, fakeApplication, type FakeApplicationOptions, withRollback } from 'ambit/testing'
import { silentLogger } from '../support/engines'
import { gate } from '../support/gate'

const NEW = { propagation: 'REQUIRES_NEW' } as const
const nothing = (): Promise<void> => Promise.resolve()

describe('the fake under fakeApplication()', () => {
  let app: FakeApplication
  const start = async (options: FakeApplicationOptions = {}): Promise<void> => {
    app = await fakeApplication({ logger: silentLogger, ...options })
  }
  afterEach(async () => {
    expect(app.database().violations).toEqual([])
    expect(app.database().openConnections).toEqual([])
    await app.close()
  })

  it('sends BEGIN of a method before that of a method inside it', async () => {
    await start()
    await transactional({}, () => transactional(NEW, nothing))
    expect(app.database().log).toEqual(['c1 BEGIN', 'c2 BEGIN', 'c2 COMMIT', 'c1 COMMIT'])
  })

  it('lets a failed BEGIN fail the method with its error: nothing is in doubt', async () => {
    await start()
    app.database().failNext('BEGIN')
    await expect(transactional({}, nothing)).rejects.toMatchObject({ code: 'XX000' })
    app.database().failNext('BEGIN')
    await expect(transactional({}, () => Promise.reject(new Error('own')))).rejects.toThrow('own')
    expect(app.transactions.map(({ outcome }) => outcome)).toEqual(['rolled-back', 'rolled-back'])
  })

  it('has a pool, where it is given a size: what finds no connection in time fails', async () => {
    await start({ poolSize: 1 })
    const starving = transactional({}, () => transactional({ ...NEW, timeoutMs: 50 }, nothing))
    await expect(starving).rejects.toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    expect(app.database().commands()).toEqual(['BEGIN', 'ROLLBACK'])
  })

  it('leaves one connection of its pool to methods inside others', async () => {
    await start({ poolSize: 2 })
    const [first, end] = [gate(), gate()]
    const holding = transactional({}, async () => {
      first.open()
      await end.opened
      await transactional(NEW, nothing)
    })
    await first.opened
    const waiting = transactional({}, nothing)
    end.open()
    await Promise.all([holding, waiting])
    expect(app.database().log).toEqual(['c1 BEGIN', 'c2 BEGIN', 'c2 COMMIT', 'c1 COMMIT', 'c3 BEGIN', 'c3 COMMIT'])
  })

  it('is begun once, by the test, under withRollback()', async () => {
    await start()
    await withRollback(app, () => transactional({}, nothing))
    expect(app.database().commands()).toEqual(['BEGIN', 'ROLLBACK'])
  })
})
