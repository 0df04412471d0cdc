import { currentTransaction } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, seen, write } from '../notes'
import { control, failureOf, identity, repeated, stageOn } from '../stage'

const WITHOUT = ['supports', 'notSupported', 'never'] as const

describe.each(ENGINES)('propagation as in Spring, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage

  /** The outer's first statement. SQLite has one writer: an outer that has written would refuse a second one (G-15). */
  const first = (): Promise<unknown> => (engine.oneWriter ? seen() : write('o'))
  const then = (): Promise<unknown> => (engine.oneWriter ? write('o') : seen())
  /** On SQLite the outer lends its connection, and begins again behind the inner one. */
  const inside = (inner: 'COMMIT' | 'ROLLBACK', outer: 'COMMIT' | 'ROLLBACK'): string[] =>
    engine.oneWriter
      ? ['c1 BEGIN', 'c1 COMMIT', 'c1 BEGIN', `c1 ${inner}`, 'c1 BEGIN', `c1 ${outer}`]
      : ['c1 BEGIN', 'c2 BEGIN', `c2 ${inner}`, `c1 ${outer}`]

  repeated(stage, 'SP-09 REQUIRES_NEW that asks for its rollback leaves the outer alone', async () => {
    const places: string[] = []
    await stage.in.required(async () => {
      await first()
      places.push(await identity(stage))
      await stage.in.requiresNew(async () => {
        await write('n')
        places.push(await identity(stage))
        currentTransaction()?.setRollbackOnly()
      })
      places.push(await identity(stage))
      await then()
    })
    expect(places[2]).toBe(places[0])
    expect(places[1]).not.toBe(places[0])
    expect(await committed(db)).toEqual(['o'])
    expect(control(stage)).toEqual(inside('ROLLBACK', 'COMMIT'))
  })

  repeated(stage, 'SP-10 what REQUIRES_NEW stored is there at once, and outlives the outer', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await first()
      await stage.in.requiresNew(() => write('n'))
      expect(await committed(db)).toEqual(['n'])
      await then()
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['n'])
    expect(control(stage)).toEqual(inside('COMMIT', 'ROLLBACK'))
  })

  repeated(stage, 'SP-11 a REQUIRES_NEW that fails takes the outer with it only where nobody catches', async () => {
    const failure = new Failure()
    const failing = (): Promise<never> =>
      stage.in.requiresNew(async () => {
        await write('n')
        throw failure
      })
    const uncaught = stage.in.required(async () => {
      await first()
      await failing()
    })
    await expect(uncaught).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    db.log.clear()
    await stage.in.required(async () => {
      await first()
      await expect(failing()).rejects.toBe(failure)
      await then()
    })
    expect(await committed(db)).toEqual(['o'])
    expect(control(stage)).toEqual(inside('ROLLBACK', 'COMMIT'))
  })

  repeated(stage, 'SP-13 NOT_SUPPORTED suspends the outer; what it wrote stays', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await first()
      const before = await identity(stage)
      await stage.in.notSupported(async () => {
        expect(currentTransaction()).toBeUndefined()
        await write('n')
        expect(await committed(db)).toEqual(['n'])
      })
      expect(await identity(stage)).toBe(before)
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['n'])
  })

  it('SP-13 a NOT_SUPPORTED that fails, and is caught, dooms nothing', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await first()
      const inner = stage.in.notSupported(async () => {
        await write('n')
        throw failure
      })
      await expect(inner).rejects.toBe(failure)
      await then()
    })
    expect(await committed(db)).toEqual(['n', 'o'])
  })

  it.each(WITHOUT)('SP-14 %s with no transaction has none: what it wrote stays when it fails', async mode => {
    const failure = new Failure()
    const outcome = stage.in[mode](async () => {
      expect(currentTransaction()).toBeUndefined()
      await write('a')
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['a'])
    expect(db.log.commands).toEqual(['INSERT note'])
  })

  repeated(stage, 'SP-15 NEVER in a transaction is refused before its body', async () => {
    const body = jest.fn(() => write('never'))
    const error = await failureOf(
      stage.in.required(async () => {
        await write('o')
        await stage.in.never(body)
      }),
    )
    expect(error).toMatchObject({ name: 'IllegalTransactionStateError', code: 'AMBIT_TX_NEVER' })
    expect(await committed(db)).toEqual([])
    await stage.in.required(async () => {
      await write('o')
      await expect(stage.in.never(body)).rejects.toMatchObject({ code: 'AMBIT_TX_NEVER' })
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(body).not.toHaveBeenCalled()
    expect(await committed(db)).toEqual(['o'])
  })

  repeated(stage, 'SP-16 MANDATORY with no transaction is refused, and takes no connection', async () => {
    const body = jest.fn(() => write('a'))
    const error = await failureOf(stage.in.mandatory(body))
    expect(error).toMatchObject({ name: 'IllegalTransactionStateError', code: 'AMBIT_TX_MANDATORY' })
    expect(body).not.toHaveBeenCalled()
    expect(db.log.entries).toEqual([])
  })

  it('SP-16 MANDATORY in a transaction is in that one', async () => {
    await stage.in.required(async () => {
      const outer = await identity(stage)
      await stage.in.mandatory(async () => {
        await write('a')
        expect(await identity(stage)).toBe(outer)
      })
    })
    expect(await committed(db)).toEqual(['a'])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
  })
})
