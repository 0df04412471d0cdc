import { contractCase } from '../resource-under-test'

const LONE_WRITE = { single: 'write' } as const

/** Statements that share a write: with their COMMIT, or with each other. */
export const FUSED = [
  contractCase('settled: a COMMIT that travelled with the only write is told as it was answered', async stage => {
    const { port, open, committed, sent } = stage
    const transaction = open(LONE_WRITE)
    expect(transaction.settled).toBeUndefined()
    await stage.writeFixed?.(transaction, 'a')
    expect(transaction.settled).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a'])
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    expect(sent()).toEqual(['BEGIN', 'WRITE', 'COMMIT'])
  }),

  contractCase(
    'settled: a write that was refused has committed nothing',
    async stage => {
      const { open, committed } = stage
      const first = open()
      await stage.write(first, 'a')
      await first.commit()
      const transaction = open(LONE_WRITE)
      await expect(stage.writeFixed?.(transaction, 'a')).rejects.toBeDefined()
      expect(transaction.settled?.kind).not.toBe('committed')
      await transaction.rollback()
      expect(await committed()).toEqual(['a'])
    },
    { toldExactly: false },
  ),

  contractCase('settled: never where a hook waits for the end, so that it can still be rolled back', async stage => {
    const { open, committed } = stage
    const transaction = open({ ...LONE_WRITE, unhooked: () => false })
    await stage.writeFixed?.(transaction, 'a')
    expect(transaction.settled).toBeUndefined()
    await transaction.rollback()
    expect(await committed()).toEqual([])
  }),

  contractCase('settled: never where a signal may still stop it', async stage => {
    const { open, committed } = stage
    const transaction = open({ ...LONE_WRITE, signal: new AbortController().signal })
    await stage.writeFixed?.(transaction, 'a')
    expect(transaction.settled).toBeUndefined()
    await transaction.rollback()
    expect(await committed()).toEqual([])
  }),

  contractCase('together(): what is asked for at once is answered each for itself', async stage => {
    const { open, committed } = stage
    const transaction = open()
    const asked: Promise<unknown>[] = []
    transaction.together?.(() => {
      for (const row of ['a', 'b', 'a']) asked.push(stage.writeFixed?.(transaction, row) ?? Promise.resolve())
    })
    const answers = await Promise.allSettled(asked)
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    await transaction.rollback()
    expect(await committed()).toEqual([])
  }),

  contractCase('together(): what was asked for at once commits as one', async stage => {
    const { open, committed, sent } = stage
    const transaction = open()
    const asked: Promise<unknown>[] = []
    transaction.together?.(() => {
      for (const row of ['a', 'b']) asked.push(stage.writeFixed?.(transaction, row) ?? Promise.resolve())
    })
    await Promise.all(asked)
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a', 'b'])
    expect(sent()).toEqual(['BEGIN', 'WRITE', 'WRITE', 'COMMIT'])
  }),
]
