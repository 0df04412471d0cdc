import { afterCommit, currentTransaction, transactional } from '../../src/tx'
import { eachTest, outcomeOf, settled } from './harness'

// The engine reports in the midst of its ends: whoever is told must not be able to stop them.

const fails = (): never => {
  throw new Error('nobody to tell')
}
const swallow = (): void => undefined

const t = eachTest({ logError: fails })

describe.each(['a logger', 'a watcher', 'an error listener'])('%s that throws', which => {
  beforeEach(() => {
    jest.spyOn(console, 'error').mockReturnValue()
    if (which === 'a watcher') t.app.environment.watchErrors(fails)
    if (which === 'an error listener') t.app.reports.push = fails
  })
  afterEach(() => jest.restoreAllMocks())

  it('does not turn committed work into a failed call, and the application closes at once', async () => {
    const told: string[] = []
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      afterCommit(fails)
      afterCommit(() => void told.push('the next hook'))
      return 'paid'
    })
    expect(await call).toBe('paid')
    expect(told).toEqual(['the next hook'])
    expect(t.app.db.rows()).toEqual(['a'])
    // Whatever is settled then has waited for no timer.
    expect(await Promise.race([t.app.manager.close(60_000), settled()])).toEqual([])
  })

  it.each(['commits', 'rolls back'])('lets a transaction end that %s while statements wait', async how => {
    const held = t.app.db.holdNext('insert running')
    const floating: Promise<string>[] = []
    const call = transactional({}, async () => {
      for (const text of ['insert running', 'insert second', 'insert third']) floating.push(outcomeOf(t.app.sql(text)))
      await held.reached
      if (how === 'rolls back') currentTransaction()?.setRollbackOnly()
    })
    const outcome = outcomeOf(call)
    await settled()
    held.release()
    expect(await outcome).toBe('ok')
    await Promise.all(floating)
    expect(t.app.db.commands().at(-1)).toBe(how === 'commits' ? 'COMMIT' : 'ROLLBACK')
  })

  it('does not keep a failed ROLLBACK from ending', async () => {
    t.app.db.failNext('ROLLBACK', 'lost')
    const call = transactional({}, async () => {
      await t.app.sql('insert a')
      throw new Error('E')
    })
    expect(await outcomeOf(call)).toBe('E')
    await transactional({}, () => t.app.sql('insert b')).catch(swallow)
    expect(t.app.db.rows()).toEqual(['b'])
  })
})
