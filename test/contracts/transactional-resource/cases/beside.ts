import { contractCase, type Stage } from '../resource-under-test'

/** A second transaction beside a suspended one, and what a savepoint must do that stands in for one. */
export const BESIDE = [
  contractCase('one beside a transaction that has only read commits for itself', async stage => {
    const { open, write, read, committed } = stage
    const outer = open()
    await read(outer)
    const inner = open({ outer })
    await write(inner, 'inner')
    expect(await inner.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['inner'])
    await write(outer, 'outer')
    await outer.rollback()
    expect(await committed()).toEqual(['inner'])
  }),

  contractCase('one beside a transaction that has only read fails for itself', async stage => {
    const { open, write, read, committed } = stage
    const outer = open()
    await read(outer)
    const inner = open({ outer })
    await write(inner, 'inner')
    await inner.rollback()
    await write(outer, 'outer')
    expect(await outer.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['outer'])
  }),

  contractCase('one beside a transaction that has done nothing needs nothing of it', async stage => {
    const { open, write, committed } = stage
    const outer = open()
    const inner = open({ outer })
    await write(inner, 'inner')
    await inner.commit()
    await write(outer, 'outer')
    await outer.commit()
    expect(await committed()).toEqual(['inner', 'outer'])
  }),

  contractCase('one beside a transaction that has written commits for itself', async stage => {
    const { open, write, committed } = stage
    const outer = open()
    await write(outer, 'outer')
    const inner = open({ outer })
    await write(inner, 'inner')
    expect(await inner.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['inner'])
    await outer.rollback()
    expect(await committed()).toEqual(['inner'])
  }),

  contractCase('a second writer beside one that has written is refused by open(), which names both', async stage => {
    const { open, write, committed } = stage
    const outer = open({ label: 'Outer.writes' })
    await write(outer, 'outer')
    const refusal = expect.objectContaining({
      message: expect.stringMatching(/Inner\.writes[^]*Outer\.writes/) as string,
    })
    expect(() => open({ outer, label: 'Inner.writes' })).toThrow(refusal)
    expect(await outer.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['outer'])
  }),

  contractCase('a reader beside one that has written sees what is committed', async stage => {
    const { open, write, read } = stage
    const outer = open()
    await write(outer, 'outer')
    const inner = open({ outer, readOnly: true })
    expect(await read(inner)).toEqual([])
    expect(await inner.commit()).toEqual({ kind: 'committed' })
    expect(await read(outer)).toEqual(['outer'])
    await outer.rollback()
  }),

  contractCase('addHook(): nothing is bound where nobody listens', async stage => {
    const transaction = stage.open()
    await transaction.commit()
    expect(stage.hooks).toEqual([])
  }),

  contractCase(
    'addHook(): what listens to the end of transactions is bound to it, a stand-in’s as well',
    async stage => {
      const stop = stage.listen?.()
      try {
        const own = stage.open()
        await own.commit()
        const bound = [...stage.hooks]
        expect(bound).toEqual(expect.arrayContaining(['beforeCommit', 'afterCommit', 'afterRollback']))
        standIn(stage)
        expect(stage.hooks.slice(bound.length)).toEqual(bound)
      } finally {
        stop?.()
      }
    },
  ),

  contractCase('standIn() sends nothing and takes nothing', async stage => {
    standIn(stage)
    expect(await stage.committed()).toEqual([])
    expect(stage.sent()).toEqual([])
    expect(stage.port.usage).toEqual({ connections: 0, waiting: 0 })
  }),
]

function standIn(stage: Stage): void {
  stage.port.standIn?.(stage.request(), () => true)
}
