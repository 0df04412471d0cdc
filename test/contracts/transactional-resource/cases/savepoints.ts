import { contractCase } from '../resource-under-test'

/** Savepoints: what they undo, what they keep, and how their names are read. */
export const SAVEPOINTS = [
  contractCase('rollbackTo() undoes what came behind the savepoint, and only that', async stage => {
    const { open, write, read, committed, sent } = stage
    const transaction = open()
    await write(transaction, 'a')
    await transaction.savepoint('ambit_1')
    await write(transaction, 'b')
    await transaction.rollbackTo('ambit_1')
    expect(await read(transaction)).toEqual(['a'])
    await transaction.release('ambit_1')
    await write(transaction, 'c')
    await transaction.commit()
    expect(await committed()).toEqual(['a', 'c'])
    expect(sent()).toEqual('BEGIN,WRITE,SAVEPOINT,WRITE,ROLLBACK TO,READ,RELEASE,WRITE,COMMIT'.split(','))
  }),

  contractCase('release() makes its work the transaction’s: stored or undone with it', async stage => {
    const { open, write, committed } = stage
    for (const end of ['rollback', 'commit'] as const) {
      const transaction = open()
      await transaction.savepoint('ambit_1')
      await write(transaction, end)
      await transaction.release('ambit_1')
      await transaction[end]()
    }
    expect(await committed()).toEqual(['commit'])
  }),

  contractCase('BEGIN goes ahead of a savepoint that is the first command', async ({ open, write, sent }) => {
    const transaction = open()
    await transaction.savepoint('ambit_1')
    await write(transaction, 'a')
    await transaction.rollback()
    expect(sent()).toEqual(['BEGIN', 'SAVEPOINT', 'WRITE', 'ROLLBACK'])
  }),

  contractCase('an outer savepoint undoes the inner ones, released or not', async stage => {
    const { open, write, read } = stage
    const transaction = open()
    await transaction.savepoint('ambit_outer')
    await transaction.savepoint('ambit_released')
    await write(transaction, 'a')
    await transaction.release('ambit_released')
    await transaction.savepoint('ambit_open')
    await write(transaction, 'b')
    await transaction.rollbackTo('ambit_outer')
    expect(await read(transaction)).toEqual([])
    await expect(transaction.rollbackTo('ambit_open')).rejects.toBeDefined()
    await transaction.rollback()
  }),

  contractCase('release() forgets the savepoints behind it', async ({ open, write }) => {
    const transaction = open()
    await transaction.savepoint('ambit_outer')
    await transaction.savepoint('ambit_inner')
    await write(transaction, 'a')
    await transaction.release('ambit_outer')
    await expect(transaction.rollbackTo('ambit_inner')).rejects.toBeDefined()
    await transaction.rollback()
  }),

  contractCase('of savepoints with one name the latest is meant, then the one before', async stage => {
    const { open, write, read } = stage
    const transaction = open()
    await transaction.savepoint('ambit_same')
    await write(transaction, 'a')
    await transaction.savepoint('ambit_same')
    await write(transaction, 'b')
    await transaction.rollbackTo('ambit_same')
    expect(await read(transaction)).toEqual(['a'])
    await transaction.release('ambit_same')
    await transaction.rollbackTo('ambit_same')
    expect(await read(transaction)).toEqual([])
    await transaction.rollback()
  }),

  contractCase('one savepoint may be gone back to again and again', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await transaction.savepoint('ambit_1')
    for (const row of ['a', 'b']) {
      await write(transaction, row)
      await transaction.rollbackTo('ambit_1')
    }
    await write(transaction, 'c')
    await transaction.commit()
    expect(await committed()).toEqual(['c'])
  }),

  contractCase('refuses a savepoint that was never set', async ({ open, write, committed }) => {
    for (const command of ['rollbackTo', 'release'] as const) {
      const transaction = open()
      await write(transaction, 'a')
      await expect(transaction[command]('ambit_nowhere')).rejects.toBeDefined()
      await transaction.rollback()
    }
    expect(await committed()).toEqual([])
  }),

  contractCase('rollbackTo() survives a statement that the database has refused', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await transaction.savepoint('ambit_1')
    await expect(write(transaction, 'a')).rejects.toBeDefined()
    await transaction.rollbackTo('ambit_1')
    await transaction.release('ambit_1')
    await write(transaction, 'b')
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a', 'b'])
  }),

  contractCase('a read-only savepoint refuses writes until it is released', async stage => {
    const { open, write, read, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await transaction.savepoint('ambit_reading', true)
    expect(await read(transaction)).toEqual(['a'])
    await transaction.release('ambit_reading')
    await write(transaction, 'b')
    await transaction.savepoint('ambit_refusing', true)
    await expect(write(transaction, 'c')).rejects.toBeDefined()
    await transaction.rollbackTo('ambit_refusing')
    await transaction.release('ambit_refusing')
    await write(transaction, 'd')
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a', 'b', 'd'])
  }),

  contractCase(
    'a savepoint inside a read-only one refuses writes too, and its release changes nothing',
    async stage => {
      const { open, write, committed } = stage
      const transaction = open()
      await transaction.savepoint('ambit_reading', true)
      await transaction.savepoint('ambit_inner')
      await transaction.release('ambit_inner')
      await expect(write(transaction, 'a')).rejects.toBeDefined()
      await transaction.rollback()
      const next = open()
      await write(next, 'b')
      expect(await next.commit()).toEqual({ kind: 'committed' })
      expect(await committed()).toEqual(['b'])
    },
  ),

  contractCase('commits what is in savepoints that nobody released', async ({ open, write, committed }) => {
    const transaction = open()
    await transaction.savepoint('ambit_1')
    await write(transaction, 'a')
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a'])
  }),
]
