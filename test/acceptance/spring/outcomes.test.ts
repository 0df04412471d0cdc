import { afterCommit, afterCompletion, afterRollback, beforeCommit, currentTransaction } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, write } from '../notes'
import { failureOf, identity, repeated, stageOn } from '../stage'

describe.each(ENGINES)('commit and rollback as in Spring, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage

  repeated(stage, 'SP-01 REQUIRED begins, commits and answers; nobody sees anything in between', async () => {
    const answer = await stage.in.required(async () => {
      await write('a')
      expect(await committed(db)).toEqual([])
      return 7
    })
    expect(answer).toBe(7)
    expect(await committed(db)).toEqual(['a'])
    expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 COMMIT'])
  })

  repeated(stage, 'SP-02, R8: REQUIRED that throws rolls back, and the caller gets that very error', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await write('a')
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 ROLLBACK'])
  })

  it('SP-02 the same for what is no Error', async () => {
    for (const thrown of ['a string', 0, null, undefined]) {
      const outcome = stage.in.required(async () => {
        await write('a')
        throw thrown
      })
      await expect(outcome).rejects.toBe(thrown)
    }
    expect(await committed(db)).toEqual([])
  })

  repeated(stage, 'SP-03, R8: REQUIRED inside REQUIRED joins it: one identity, one BEGIN, one COMMIT', async () => {
    await stage.in.required(async () => {
      await write('a')
      const outer = await identity(stage)
      expect(currentTransaction()?.isNew).toBe(true)
      await stage.in.required(async () => {
        await write('b')
        expect(await identity(stage)).toBe(outer)
        expect(currentTransaction()?.isNew).toBe(false)
      })
      expect(await committed(db)).toEqual([])
    })
    expect(await committed(db)).toEqual(['a', 'b'])
    const words = db.log.commandsByConnection.filter(command => command !== 'c1 SELECT')
    expect(words).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 INSERT note', 'c1 COMMIT'])
  })

  repeated(stage, 'SP-04 an inner failure that the outer swallows is an unexpected rollback', async () => {
    const failure = new Failure()
    const told: string[] = []
    const error = await failureOf(
      stage.in.required(async () => {
        beforeCommit(() => told.push('beforeCommit'))
        afterCommit(() => told.push('afterCommit'))
        afterRollback(() => told.push('afterRollback'))
        afterCompletion(outcome => told.push(outcome))
        const inner = stage.in.required(async () => {
          await write('i')
          throw failure
        })
        await expect(inner).rejects.toBe(failure)
        expect(currentTransaction()?.rollbackOnly).toBe(true)
        await write('o')
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'Boundaries.required' })
    expect(error.cause).toBe(failure)
    expect(await committed(db)).toEqual([])
    // There is no beforeCompletion here.
    expect(told).toEqual(['afterRollback', 'rolled-back'])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'INSERT note', 'ROLLBACK'])
  })

  repeated(stage, 'SP-06 an originator that asks for its own rollback returns normally', async () => {
    const answer = await stage.in.required(async () => {
      await write('a')
      currentTransaction()?.setRollbackOnly()
      return 7
    })
    expect(answer).toBe(7)
    expect(await committed(db)).toEqual([])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'ROLLBACK'])
  })

  it('SP-06 a participant that asks for it returns normally too; the originator is told', async () => {
    const error = await failureOf(
      stage.in.required(async () => {
        await write('o')
        const answer = await stage.in.required(async () => {
          await write('i')
          currentTransaction()?.setRollbackOnly()
          return 7
        })
        expect(answer).toBe(7)
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'Boundaries.required' })
    expect(await committed(db)).toEqual([])
  })

  repeated(stage, 'SP-07 an inner failure that nobody catches reaches the caller as it is', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await write('o')
      await stage.in.required(() => Promise.reject(failure))
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'ROLLBACK'])
  })

  it('SP-07 an outer that throws its own error instead is believed', async () => {
    const failure = new Failure('the outer one')
    const outcome = stage.in.required(async () => {
      await write('o')
      await stage.in.required(() => Promise.reject(new Failure('the inner one'))).catch(() => undefined)
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
  })
})
