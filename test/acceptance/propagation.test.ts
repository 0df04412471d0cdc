import { currentTransaction } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { Boundaries, committed, Failure, NOTES, seen, write } from './notes'

const id = (): string | undefined => currentTransaction()?.id

describe.each(ENGINES)('propagation on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => NOTES)
  const boundaries = (): Boundaries => running.app.get(Boundaries)

  it('PS-01 MANDATORY with no transaction is an error, and its body is not entered', async () => {
    const body = jest.fn(async () => write('a'))
    await expect(boundaries().mandatory(body)).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
    expect(body).not.toHaveBeenCalled()
    expect(db.log.commands).toEqual([])
  })

  it('PS-02 MANDATORY in a transaction runs in that transaction', async () => {
    const [outer, inner] = await boundaries().required(async () => {
      await write('a')
      const before = id()
      return [before, await boundaries().mandatory(async () => (await write('b'), id()))]
    })
    expect(inner).toBe(outer)
    expect(await committed(db)).toEqual(['a', 'b'])
    expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 INSERT note', 'c1 COMMIT'])
  })

  it('PS-03 NEVER with no transaction runs with a usable handle, each statement on its own', async () => {
    const inside = await boundaries().never(async () => {
      await write('a')
      return { transaction: currentTransaction(), rows: await seen(), committed: await committed(db) }
    })
    expect(inside).toEqual({ transaction: undefined, rows: ['a'], committed: ['a'] })
    expect(db.log.commands).toEqual(expect.arrayContaining(['INSERT note', 'SELECT note']))
  })

  it('PS-04 NEVER in a transaction is an error, and the outer goes on', async () => {
    const body = jest.fn(async () => undefined)
    await boundaries().required(async () => {
      await write('a')
      await expect(boundaries().never(body)).rejects.toMatchObject({ code: 'AMBIT_TX_NEVER' })
      await write('b')
    })
    expect(body).not.toHaveBeenCalled()
    expect(await committed(db)).toEqual(['a', 'b'])
  })

  it('PS-05 NOT_SUPPORTED suspends the transaction and restores it', async () => {
    await boundaries()
      .required(async () => {
        const outer = id()
        await boundaries().notSupported(async () => {
          expect(currentTransaction()).toBeUndefined()
          await write('inside')
          expect(await committed(db)).toEqual(['inside'])
        })
        expect(id()).toBe(outer)
        await write('outer')
        throw new Failure()
      })
      .catch(expectFailure)
    expect(await committed(db)).toEqual(['inside'])
  })

  it('PS-05 NOT_SUPPORTED reads committed rows only, also when the outer has written', async () => {
    await boundaries().required(async () => {
      await write('outer')
      expect(await boundaries().notSupported(seen)).toEqual([])
      expect(await seen()).toEqual(['outer'])
    })
  })

  it('PS-05 NOT_SUPPORTED writes beside an outer that has written, where the database can', async () => {
    const outcome = boundaries().required(async () => {
      await write('outer')
      await boundaries().notSupported(() => write('inside'))
      throw new Failure()
    })
    if (engine.oneWriter) await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_SQLITE_OUTSIDE_AFTER_WRITE' })
    else await expect(outcome).rejects.toThrow(Failure)
    expect(await committed(db)).toEqual(engine.oneWriter ? [] : ['inside'])
  })

  it('PS-06 NOT_SUPPORTED with no transaction just runs', async () => {
    await boundaries().notSupported(() => write('a'))
    expect(await committed(db)).toEqual(['a'])
  })

  it('PS-07 SUPPORTS in a transaction joins it', async () => {
    await boundaries()
      .required(async () => {
        const outer = id()
        await boundaries().supports(async () => {
          expect(id()).toBe(outer)
          await write('a')
        })
        throw new Failure()
      })
      .catch(expectFailure)
    expect(await committed(db)).toEqual([])
  })

  it('PS-08 SUPPORTS with no transaction runs without one: what it wrote stays when it fails', async () => {
    const failing = boundaries().supports(async () => {
      expect(currentTransaction()).toBeUndefined()
      await write('a')
      throw new Failure()
    })
    await expect(failing).rejects.toThrow(Failure)
    expect(await committed(db)).toEqual(['a'])
  })

  it('PS-09 REQUIRES_NEW has a transaction of its own, and the outer is back afterwards', async () => {
    await boundaries().required(async () => {
      const outer = id()
      await seen()
      const inner = await boundaries().requiresNew(async () => (await write('inner'), id()))
      expect(inner).not.toBe(outer)
      expect(inner).toBeDefined()
      expect(id()).toBe(outer)
      expect(await committed(db)).toEqual(['inner'])
      await write('outer')
    })
    expect(await committed(db)).toEqual(['inner', 'outer'])
  })

  it('PS-10 after REQUIRES_NEW with no outer nothing is current', async () => {
    await boundaries().requiresNew(() => write('a'))
    expect(currentTransaction()).toBeUndefined()
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
  })

  it('PS-11 what REQUIRES_NEW wrote stays when the outer, which has not written yet, fails', async () => {
    const failing = boundaries().required(async () => {
      await seen()
      await boundaries().requiresNew(() => write('inner'))
      await write('outer')
      throw new Failure()
    })
    await expect(failing).rejects.toThrow(Failure)
    expect(await committed(db)).toEqual(['inner'])
  })

  it('PS-11 the same when the outer has written, or a refusal that explains why it cannot be', async () => {
    const inner = jest.fn(() => write('inner'))
    const failing = boundaries().required(async () => {
      await write('outer')
      await boundaries().requiresNew(inner)
      throw new Failure()
    })
    if (engine.oneWriter) {
      const error = await failing.catch((caught: unknown) => caught as Error & { code?: string })
      expect(error).toMatchObject({ code: 'AMBIT_SQLITE_NEW_AFTER_WRITE' })
      expect((error as Error).message).toMatch(/SQLite/)
      expect(inner).not.toHaveBeenCalled()
      expect(await committed(db)).toEqual([])
    } else {
      await expect(failing).rejects.toThrow(Failure)
      expect(await committed(db)).toEqual(['inner'])
      expect(db.log.connections).toBe(2)
    }
  })
})

function expectFailure(error: unknown): void {
  expect(error).toBeInstanceOf(Failure)
}
