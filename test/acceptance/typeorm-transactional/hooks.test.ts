import { afterCommit, afterCompletion, afterRollback, transactional, type TransactionOutcome } from 'ambit'
import { Note } from '../../data-source/entities'
import { SOURCES, Undo, words, worldOn } from '../orm-world'

/** What was told, in order: each entry has the rows that were stored at that moment. */
type Told = readonly [hook: string, stored: readonly string[]]

describe.each(SOURCES)('hooks on $name', ({ engine, origin }) => {
  const world = worldOn(engine, origin)
  const write = (k: string): Promise<unknown> => world.dataSource.getRepository(Note).insert({ k })

  /** Registers all three; each takes its time, so that it has run only where it was waited for. */
  function listen(told: Told[]): void {
    const tell = async (hook: string): Promise<void> => {
      await new Promise(resolve => setImmediate(resolve))
      told.push([hook, await words(world.db)])
    }
    afterCommit(() => tell('commit'))
    afterRollback(() => tell('rollback'))
    afterCompletion((outcome: TransactionOutcome) => tell(`complete: ${outcome}`))
  }

  it('TT-21 the commit hook has run, once, when the call returns; the rollback hook never', async () => {
    const told: Told[] = []
    await transactional({}, async () => {
      await write('a')
      listen(told)
      expect(told).toEqual([])
    })
    expect(told.filter(([hook]) => !hook.startsWith('complete'))).toEqual([['commit', ['a']]])
  })

  it('TT-22 the rollback hook has run, once, when the call rejects; the commit hook never', async () => {
    const told: Told[] = []
    const outcome = transactional({}, async () => {
      await write('a')
      listen(told)
      throw new Undo()
    })
    // The very moment that the caller learns of the failure: no tick later.
    const seen = await outcome.then(
      () => [],
      () => [...told],
    )
    expect(seen).toEqual([
      ['rollback', []],
      ['complete: rolled-back', []],
    ])
  })

  it('TT-23 the completion hook runs once either way, behind the others, and knows the outcome', async () => {
    const told: Told[] = []
    await transactional({}, async () => {
      await write('a')
      listen(told)
    })
    expect(told).toEqual([
      ['commit', ['a']],
      ['complete: committed', ['a']],
    ])
  })

  it.each(['REQUIRED', 'SUPPORTS', 'MANDATORY'] as const)(
    'TT-21 those of an inner %s call wait for the transaction that it joined',
    async propagation => {
      const told: Told[] = []
      await transactional({}, async () => {
        await transactional({ propagation }, async () => {
          await write('inner')
          listen(told)
        })
        expect(told).toEqual([])
        await write('outer')
      })
      expect(told.map(([hook]) => hook)).toEqual(['commit', 'complete: committed'])
      expect(told[0]?.[1]).toEqual(['inner', 'outer'])
    },
  )

  it('TT-22 those of a REQUIRES_NEW that failed have run when its error is caught, the outer still open', async () => {
    const [inner, outer]: [Told[], Told[]] = [[], []]
    await transactional({}, async () => {
      listen(outer)
      const failing = transactional({ propagation: 'REQUIRES_NEW' }, async () => {
        listen(inner)
        await write('inner')
        throw new Undo()
      })
      await expect(failing).rejects.toThrow(Undo)
      expect(inner.map(([hook]) => hook)).toEqual(['rollback', 'complete: rolled-back'])
      expect(outer).toEqual([])
      await write('outer')
    })
    expect(outer.map(([hook]) => hook)).toEqual(['commit', 'complete: committed'])
    expect(await words(world.db)).toEqual(['outer'])
  })

  it('TT-21 one that fails does not make the committed call a failed one, and is told', async () => {
    const outcome = transactional({}, async () => {
      await write('a')
      afterCommit(() => {
        throw new Undo()
      })
      return 7
    })
    await expect(outcome).resolves.toBe(7)
    expect(await words(world.db)).toEqual(['a'])
    expect(world.reports.splice(0)).toEqual([
      expect.objectContaining({ code: 'AMBIT_TX_AFTER_COMMIT', cause: expect.any(Undo) }),
    ])
  })
})
