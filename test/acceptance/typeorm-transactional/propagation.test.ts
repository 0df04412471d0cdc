import { currentTransaction, type Propagation, Service, Transactional, transactional } from 'ambit'
import { Note } from '../../data-source/entities'
import { IllegalTransactionStateError } from '../../../src/errors'
import { expectOneTransaction, expectTransactions, SOURCES, transactionId, words, worldOn } from '../orm-world'

@Service()
class Standalone {
  @Transactional({ propagation: 'MANDATORY' })
  async mandatory(): Promise<void> {}
}

describe.each(SOURCES)('propagation on $name', ({ engine, origin }) => {
  const world = worldOn(engine, origin)
  const id = (): Promise<string | null> => transactionId(world)
  const write = (k: string): Promise<unknown> => world.dataSource.getRepository(Note).insert({ k })
  const inMode = <T>(propagation: Propagation, body: () => Promise<T>): Promise<T> =>
    transactional({ propagation }, body)

  it.each([
    ['TT-12', 'REQUIRED'],
    ['TT-13', 'SUPPORTS'],
    ['TT-15', 'MANDATORY'],
  ] as const)('%s %s in a transaction joins it', async (_, propagation) => {
    const [outer, inner, after] = await transactional({}, async () => {
      await write('a')
      const before = await id()
      const nested = await inMode(propagation, async () => (await write('b'), id()))
      return [before, nested, await id()]
    })
    expect([outer, inner, after]).toEqual([expect.any(String), outer, outer])
    expect(await words(world.db)).toEqual(['a', 'b'])
    expectOneTransaction(world.db)
  })

  it('TT-12 REQUIRED without one begins one', async () => {
    expect(await inMode('REQUIRED', async () => (await write('a'), id()))).toEqual(expect.any(String))
    expectOneTransaction(world.db)
  })

  it('TT-14 SUPPORTS without one runs with none', async () => {
    const inside = await inMode('SUPPORTS', async () => {
      const own = await id()
      await write('a')
      return { id: own, current: currentTransaction(), stored: await words(world.db) }
    })
    expect(inside).toEqual({ id: null, current: undefined, stored: ['a'] })
  })

  it('TT-16 MANDATORY without one rejects with an error of ours, its body not entered', async () => {
    const body = jest.fn(async () => undefined)
    const outcome = inMode('MANDATORY', body)
    await expect(outcome).rejects.toBeInstanceOf(IllegalTransactionStateError)
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
    await expect(new Standalone().mandatory()).rejects.toBeInstanceOf(IllegalTransactionStateError)
    expect(body).not.toHaveBeenCalled()
    expect(world.db.log.commands).toEqual([])
  })

  it('TT-17 REQUIRES_NEW has an id of its own, and the outer one is back behind it', async () => {
    const [outer, inner, after] = await transactional({}, async () => {
      const before = await id()
      const own = await inMode('REQUIRES_NEW', async () => (await write('inner'), id()))
      await write('outer')
      return [before, own, await id()]
    })
    expect([outer, inner]).toEqual([expect.any(String), expect.any(String)])
    expect(inner).not.toBe(outer)
    expect(after).toBe(outer)
    expect(await words(world.db)).toEqual(['inner', 'outer'])
    // On SQLite the outer one, which had only read, lends its connection and begins again behind the inner one.
    if (!engine.oneWriter) expectTransactions(world.db, 2)
    expect(world.db.log.connections).toBe(engine.oneWriter ? 1 : 2)
  })

  it('TT-17 REQUIRES_NEW without an outer one is one as well', async () => {
    expect(await inMode('REQUIRES_NEW', async () => (await write('a'), id()))).toEqual(expect.any(String))
    expectOneTransaction(world.db)
    expect(await id()).toBeNull()
  })

  it('TT-18 NOT_SUPPORTED has none inside, and the outer one is back behind it', async () => {
    const [outer, inner, after] = await transactional({}, async () => {
      const before = await id()
      const own = await inMode('NOT_SUPPORTED', id)
      await write('outer')
      return [before, own, await id()]
    })
    expect([outer, inner, after]).toEqual([expect.any(String), null, outer])
    expect(await words(world.db)).toEqual(['outer'])
  })

  it('TT-19 NEVER without one runs with none', async () => {
    const inside = await inMode('NEVER', async () => {
      const own = await id()
      await write('a')
      return { id: own, stored: await words(world.db) }
    })
    expect(inside).toEqual({ id: null, stored: ['a'] })
  })

  it('TT-20 NEVER in a transaction rejects, awaited, its body not entered; the outer one goes on', async () => {
    const body = jest.fn(async () => undefined)
    await transactional({}, async () => {
      const outcome = inMode('NEVER', body)
      await expect(outcome).rejects.toBeInstanceOf(IllegalTransactionStateError)
      await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_NEVER' })
      await write('a')
    })
    expect(body).not.toHaveBeenCalled()
    expect(await words(world.db)).toEqual(['a'])
    expectOneTransaction(world.db)
  })
})
