import { satisfiesIsolation } from '../../../../src/tx/isolation'
import type { ResourceTransaction } from '../../../../src/tx/transactional-resource'
import { contractCase, type Stage } from '../resource-under-test'

/** What statements see, and what a refused one costs. */
export const STATEMENTS = [
  contractCase('sees its own rows, which nobody else does before COMMIT', async stage => {
    const { open, write, read, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    expect(await read(transaction)).toEqual(['a'])
    expect(await committed()).toEqual([])
    await transaction.commit()
    expect(await committed()).toEqual(['a'])
  }),

  contractCase('a refused statement aborts the rest: COMMIT answers rolled-back', async stage => {
    const { open, write, read, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await expect(write(transaction, 'a')).rejects.toBeDefined()
    await expect(read(transaction)).rejects.toBeDefined()
    expect(await transaction.commit()).toEqual({ kind: 'rolled-back', cause: undefined })
    expect(await committed()).toEqual([])
  }),

  contractCase('a refused statement undoes itself only: what is around it is committed', async stage => {
    const { open, write, committed } = stage
    const transaction = open()
    await write(transaction, 'a')
    await expect(write(transaction, 'a')).rejects.toBeDefined()
    await write(transaction, 'b')
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a', 'b'])
  }),

  contractCase('a refused first statement has begun a transaction, which is rolled back', async stage => {
    const { port, open, write, sent } = stage
    const first = open()
    await write(first, 'a')
    await first.commit()
    const transaction = open()
    await expect(write(transaction, 'a')).rejects.toBeDefined()
    await transaction.rollback()
    expect(sent().slice(3)).toEqual(['BEGIN', 'WRITE', 'ROLLBACK'])
    expect(port.usage?.connections).toBe(0)
  }),

  contractCase('a read-only one answers reads, and refuses writes', async stage => {
    const { open, write, read, committed } = stage
    const reading = open({ readOnly: true })
    expect(await read(reading)).toEqual([])
    await expect(write(reading, 'a')).rejects.toBeDefined()
    await reading.rollback()
    expect(await committed()).toEqual([])
    const writing = open()
    await write(writing, 'b')
    expect(await writing.commit()).toEqual({ kind: 'committed' })
  }),

  contractCase('under REPEATABLE READ a second read answers as the first did', async stage => {
    const { open, write, read } = stage
    const reading = open({ isolation: 'REPEATABLE READ', readOnly: true })
    expect(await read(reading)).toEqual([])
    const writing = open({ outer: reading })
    await write(writing, 'a')
    expect(await writing.commit()).toEqual({ kind: 'committed' })
    expect(await read(reading)).toEqual([])
    expect(await reading.commit()).toEqual({ kind: 'committed' })
  }),

  contractCase('keepIsolation(): what was read stays as it was read', async stage => {
    const { port, open, read } = stage
    const gives = satisfiesIsolation(port.defaultIsolation, 'REPEATABLE READ')
    const transaction = open({ isolation: gives ? undefined : 'REPEATABLE READ' })
    expect(await read(transaction)).toEqual([])
    transaction.keepIsolation?.('REPEATABLE READ')
    // A resource that cannot give both refuses the second one.
    await writeBeside(stage, transaction).catch(() => undefined)
    expect(await read(transaction)).toEqual([])
    await transaction.rollback()
  }),
]

async function writeBeside({ open, write }: Stage, outer: ResourceTransaction): Promise<void> {
  const beside = open({ outer })
  await write(beside, 'beside')
  await beside.commit()
}
