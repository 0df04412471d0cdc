import { transactional } from 'ambit'
import { DataSource, type EntitySubscriberInterface, type TransactionStartEvent } from 'typeorm'
import { committed, NOTES, seen, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// What a subscriber sends behind BEGIN (SET LOCAL, for one) works in the transaction whose BEGIN it is. Where that came with a
// savepoint, it waited for the turn of the very block whose savepoint waited for it; where it came with `begin: 'eager'`, the
// subscriber stood outside, or in the transaction around.

class Marking implements EntitySubscriberInterface {
  async afterTransactionStart({ queryRunner }: TransactionStartEvent): Promise<void> {
    await queryRunner.query("INSERT INTO note VALUES ('begun')")
  }
}

describe.each(ENGINES)('a subscriber that sends something behind BEGIN, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, waitTimeoutMs: 1_000 }))
  beforeEach(() => void running.app.get(DataSource).subscribers.push(new Marking()))
  afterEach(() => void running.app.get(DataSource).subscribers.pop())

  it('does so in front of the savepoint of a NESTED block that is the first to send anything', async () => {
    await transactional({}, async () => {
      const failed = transactional({ propagation: 'NESTED' }, async () => {
        await write('undone')
        throw new Error('undone on purpose')
      })
      await expect(failed).rejects.toThrow('undone on purpose')
      expect(await seen()).toEqual(['begun'])
    })
    expect(await committed(db)).toEqual(['begun'])
  })

  it('does so in a transaction that begins at once', async () => {
    const failed = transactional({ begin: 'eager' }, async () => {
      expect(await seen()).toEqual(['begun'])
      throw new Error('undone on purpose')
    })
    await expect(failed).rejects.toThrow('undone on purpose')
    expect(await committed(db)).toEqual([])
  })

  it('does so where a participant or a NESTED block asks for BEGIN at once', async () => {
    for (const propagation of ['REQUIRED', 'NESTED'] as const) {
      const failed = transactional({}, async () => {
        await transactional({ propagation, begin: 'eager' }, () => undefined)
        expect(await seen()).toEqual(['begun'])
        throw new Error('undone on purpose')
      })
      await expect(failed).rejects.toThrow('undone on purpose')
    }
    expect(await committed(db)).toEqual([])
  })
})
