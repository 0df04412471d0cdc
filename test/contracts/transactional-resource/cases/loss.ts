import { contractCase, type Stage } from '../resource-under-test'

/** An error, also one that a driver's own code has made. */
const REASON: unknown = expect.objectContaining({ message: expect.any(String) as string })

/** Databases that take a transaction away: what is known of it then, and that the next one finds all in order. */
export const LOSS = [
  contractCase('one that the database has ended refuses its next statement', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await stage.lose(transaction)
    await expect(write(transaction, 'b')).rejects.toBeDefined()
    await transaction.rollback()
    expect(await committed()).toEqual([])
    await goesOn(stage)
  }),

  contractCase('one that the database has ended does not commit, and says why', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await stage.lose(transaction)
    expect(await transaction.commit()).toEqual({ kind: 'rolled-back', cause: REASON })
    expect(await committed()).toEqual([])
    await goesOn(stage)
  }),

  contractCase('rollback() of one that the database has ended has nothing to complain about', async stage => {
    const { port, open, write } = stage
    const transaction = open()
    await write(transaction, 'a')
    await stage.lose(transaction)
    expect(await transaction.rollback()).toBeUndefined()
    expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    await goesOn(stage)
  }),

  contractCase('a connection lost before COMMIT has arrived leaves the outcome unknown', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    stage.cut?.('before', 'COMMIT')
    expect(await transaction.commit()).toEqual({ kind: 'unknown', cause: REASON })
    expect(await committed()).toEqual([])
    await goesOn(stage)
  }),

  contractCase('a connection lost behind COMMIT leaves the outcome unknown, though all is stored', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    stage.cut?.('after', 'COMMIT')
    expect(await transaction.commit()).toEqual({ kind: 'unknown', cause: REASON })
    expect(await committed()).toEqual(['a'])
    await goesOn(stage)
  }),

  contractCase('a connection lost at ROLLBACK is no failure: nothing is stored', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    stage.cut?.('before', 'ROLLBACK')
    expect(await transaction.rollback()).toBeUndefined()
    expect(await committed()).toEqual([])
    await goesOn(stage)
  }),

  contractCase('abandon() gives up a connection whose statement does not end, and what it wrote', async stage => {
    const { port, open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    const hanging = await stage.hang?.(transaction)
    const failed = expect(hanging?.statement).rejects.toBeDefined()
    transaction.abandon?.()
    await failed
    await transaction.rollback()
    expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    expect(await committed()).toEqual([])
    await goesOn(stage)
  }),
]

/** What comes next is well. */
async function goesOn({ open, write, committed }: Stage): Promise<void> {
  const next = open()
  await write(next, 'next')
  expect(await next.commit()).toEqual({ kind: 'committed' })
  expect(await committed()).toContain('next')
}
