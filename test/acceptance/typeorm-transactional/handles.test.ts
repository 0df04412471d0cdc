import { currentTransaction, transactional } from 'ambit'
import { type Handle, HANDLES } from './handles'
import {
  expectOneTransaction,
  expectTransactions,
  gate,
  idExpression,
  SOURCES,
  Undo,
  words,
  worldOn,
} from '../orm-world'

const AGES = ['before', 'inside'] as const
const CASES = Object.entries(HANDLES).flatMap(([name, kind]) =>
  AGES.map(age => ({ name, kind, age, title: `${name}, obtained ${age}` })),
)

describe.each(SOURCES)('handles on $name', ({ engine, origin }) => {
  const early = new Map<string, Handle>()
  const world = worldOn(engine, origin, {
    early: dataSource => {
      for (const [name, { obtain }] of Object.entries(HANDLES)) early.set(name, obtain(dataSource))
    },
  })
  const expression = idExpression(engine)

  /** The handle of a test: one that is older than every transaction, or a new one. */
  const handleOf = ({ name, kind, age }: (typeof CASES)[number]): Handle =>
    (age === 'before' ? early.get(name) : undefined) ?? kind.obtain(world.dataSource)

  /** The transaction's id as the handle finds it: SQLite has none, there it is Ambit's. */
  const idBy = async (handle: Handle): Promise<string | null> => {
    const id = await handle.evaluate(expression)
    return engine.oneWriter ? (currentTransaction()?.id ?? null) : id
  }
  const stored = ({ kind }: (typeof CASES)[number]): Promise<string[]> => words(world.db, kind.table, kind.column)

  it.each(CASES)('TT-01 $title: one transaction, whose id stays; outside there is none', async each => {
    const ids = await transactional({}, async () => {
      const handle = handleOf(each)
      await handle.write('a')
      expect([await handle.sees('a'), await stored(each)]).toEqual([true, []])
      return [await idBy(handle), await idBy(handle), currentTransaction() && 'ours']
    })
    expect(ids).toEqual([expect.any(String), ids[0], 'ours'])
    expectOneTransaction(world.db)
    expect(await stored(each)).toEqual(['a'])
    expect(await idBy(handleOf(each))).toBeNull()
  })

  it.each(CASES)('TT-01 $title: what it wrote goes with the transaction', async each => {
    const outcome = transactional({}, async () => {
      const handle = handleOf(each)
      await handle.write('a')
      expect(await handle.sees('a')).toBe(true)
      throw new Undo()
    })
    await expect(outcome).rejects.toThrow(Undo)
    expectOneTransaction(world.db, 'ROLLBACK')
    expect(await stored(each)).toEqual([])
  })

  it.each(CASES)('TT-02 $title: an inner call with defaults is in the same transaction', async each => {
    const [outer, inner, after] = await transactional({}, async () => {
      const handle = handleOf(each)
      await handle.write('a')
      const before = await idBy(handle)
      const nested = await transactional({}, async () => {
        const own = handleOf(each)
        await own.write('b')
        expect([await own.sees('a'), await handle.sees('b')]).toEqual([true, true])
        return idBy(own)
      })
      return [before, nested, await idBy(handle)]
    })
    expect([outer, inner, after]).toEqual([expect.any(String), outer, outer])
    expectOneTransaction(world.db)
    expect(await stored(each)).toEqual(['a', 'b'])
  })

  it.each(CASES)('TT-03 $title: three at once are three transactions', async each => {
    const run = (word: string): Promise<string | null> =>
      transactional({}, async () => {
        const handle = handleOf(each)
        await handle.write(word)
        return idBy(handle)
      })
    const ids = await Promise.all(['a', 'b', 'c'].map(run))
    expect([new Set(ids).size, ids.includes(null)]).toEqual([3, false])
    expect(await stored(each)).toEqual(['a', 'b', 'c'])
    expectTransactions(world.db, 3)
  })

  it.each(CASES)('TT-03 $title: one of three that fails takes only its own work with it', async each => {
    const everyoneHasWritten = gate()
    let written = 0
    const run = (word: string): Promise<void> =>
      transactional({}, async () => {
        await handleOf(each).write(word)
        written += 1
        if (written === 3) everyoneHasWritten.open()
        // SQLite has one writer at a time: there the others begin when this one has ended.
        if (!engine.oneWriter) await everyoneHasWritten.opened
        if (word === 'b') throw new Undo()
      })
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map(run))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await stored(each)).toEqual(['a', 'c'])
  })
})
