import { contractCase } from '../resource-under-test'

/** An error, also one that a driver's own code has made. */
const REASON: unknown = expect.objectContaining({ message: expect.any(String) as string })

/** The ends of a transaction, with the database at hand. */
export const COMMIT = [
  contractCase('commit() stores its rows and gives the connection back', async stage => {
    const { port, open, write, committed, told } = stage
    const transaction = open()
    await write(transaction, 'a')
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    expect(await committed()).toEqual(['a'])
    expect(told.at(-1)).toBe('COMMIT')
  }),

  contractCase('rollback() stores nothing and gives the connection back', async stage => {
    const { port, open, write, committed, told } = stage
    const transaction = open()
    await write(transaction, 'a')
    await transaction.rollback()
    expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    expect(await committed()).toEqual([])
    expect(told.at(-1)).toBe('ROLLBACK')
  }),

  contractCase('a COMMIT that the database refuses answers rolled-back, with its words', async stage => {
    const { port, open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await stage.breakCommit(transaction)
    expect(await transaction.commit()).toEqual({ kind: 'rolled-back', cause: REASON })
    expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    expect(await committed()).toEqual([])
  }),

  contractCase('what COMMIT would refuse can be rolled back', async ({ open, breakCommit, committed }) => {
    const transaction = open()
    await breakCommit(transaction)
    await transaction.rollback()
    expect(await committed()).toEqual([])
  }),

  contractCase('checkDeferred() refuses what COMMIT would', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await stage.breakCommit(transaction)
    await expect(transaction.checkDeferred?.()).rejects.toBeDefined()
    await transaction.rollback()
    expect(await committed()).toEqual([])
  }),

  contractCase('checkDeferred() leaves a sound transaction as it was', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await transaction.checkDeferred?.()
    await write(transaction, 'b')
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a', 'b'])
  }),

  contractCase('refuses a statement behind its end, and sends nothing', async stage => {
    const { open, write, sent, committed } = stage
    for (const end of ['commit', 'rollback'] as const) {
      const transaction = open()
      await write(transaction, end)
      await transaction[end]()
      const before = sent().length
      await expect(write(transaction, 'late')).rejects.toBeDefined()
      expect(sent()).toHaveLength(before)
    }
    expect(await committed()).toEqual(['commit'])
  }),

  contractCase('a read-only one leaves a connection that writes again', async ({ open, write, read, committed }) => {
    for (const end of ['commit', 'rollback'] as const) {
      const reading = open({ readOnly: true })
      await read(reading)
      await reading[end]()
      const writing = open()
      await write(writing, end)
      expect(await writing.commit()).toEqual({ kind: 'committed' })
    }
    expect(await committed()).toEqual(['commit', 'rollback'])
  }),
]
