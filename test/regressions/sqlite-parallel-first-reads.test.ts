import { transactional } from 'ambit'
import { committed, NOTES, NoteRepository, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { gate } from '../support/gate'

// Reads that share a turn were handed to SQLite all at once. Where the connection did not come within the tick, each of them
// took one and began on it: all but the last were lost to the pool, one with a transaction open on it, or the transaction
// waited for the writer that it held itself.

describe.each(ENGINES)('reads in parallel that are the first of their transaction, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, waitTimeoutMs: 2_000 }))

  function reads(): Promise<unknown[]> {
    const notes = running.app.get(NoteRepository)
    return Promise.all([notes.findById('a'), notes.count(), notes.findAll()])
  }

  it('are all of one snapshot, on one connection, which is given back', async () => {
    // The first reader has yet to be opened.
    expect(await transactional({ readOnly: true }, reads)).toEqual([null, 0, []])
    const sent = db.log.commandsByConnection.filter(each => /(BEGIN|COMMIT|note)$/.test(each))
    expect(sent.map(each => each.slice(3))).toEqual(['BEGIN', 'SELECT note', 'COUNT note', 'SELECT note', 'COMMIT'])
    expect(new Set(sent.map(each => each.slice(0, 2))).size).toBe(1)
  })

  it('begin a transaction that may write once', async () => {
    expect(await transactional({}, reads)).toEqual([null, 0, []])
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
  })

  it('do not wait for each other behind the writer of somebody else', async () => {
    const [held, hold] = [gate(), gate()]
    const other = transactional({}, async () => {
      await write('a')
      held.open()
      await hold.opened
    })
    await held.opened
    const second = transactional({}, async () => {
      const found = await reads()
      await write('b')
      return found.length
    })
    hold.open()
    await other
    expect(await second).toBe(3)
    expect(await committed(db)).toEqual(['a', 'b'])
  })

  it('each have their own answer', async () => {
    const notes = running.app.get(NoteRepository)
    const settled = await transactional({ readOnly: true }, () =>
      Promise.allSettled([notes.findById('a'), notes.getById('b'), notes.count()]),
    )
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
