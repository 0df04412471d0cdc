import { Transactional } from 'ambit'
import { committed, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, expectClean, runningApplication } from '../support/engines'
import { until } from '../support/until'

// A transactional generator heard of its deadline and its signal only with its next statement: while its consumer was away,
// or for ever, its transaction kept a connection and its locks.

describe.each(ENGINES)('a generator whose consumer does not come back, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => NOTES)
  const stop = new AbortController()

  class Export {
    @Transactional({ signal: stop.signal })
    async *rows(): AsyncGenerator<number> {
      await write('undone')
      yield 1
      yield 2
    }
  }

  it('is rolled back when its signal says so, and its connection is free for others', async () => {
    await running.app.run(async () => {
      const rows = new Export().rows()
      await rows.next()
      stop.abort(new Error('too late'))
      await until('the connection is back', async () => {
        const left = await db.leftovers(running.app, 'default')
        return left.checkedOut === 0 && left.openTransactions === 0
      })
      await write('by somebody else')
      await expect(rows.next()).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED' })
    })
    await expectClean(db, running.app)
    expect(await committed(db)).toEqual(['by somebody else'])
  })
})
