import { currentTransaction } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, write } from '../notes'
import { control, failureOf, identity, repeated, stageOn } from '../stage'

describe.each(ENGINES)('savepoints as in Spring, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage

  it('SP-18 (a) NESTED with no transaction begins one, and sets no savepoint', async () => {
    await stage.in.nested(() => write('a'))
    expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 COMMIT'])
    expect(await committed(db)).toEqual(['a'])
  })

  repeated(stage, 'SP-18 (b) two NESTED in one transaction are two savepoints of it', async () => {
    const places = await stage.in.required(async () => {
      await write('o')
      const nested = (k: string): Promise<string> => stage.in.nested(async () => (await write(k), identity(stage)))
      return [await identity(stage), await nested('n1'), await nested('n2'), await identity(stage)]
    })
    expect(new Set(places.map(place => place.split('/')[0])).size).toBe(1)
    expect(places[3]).toBe(places[0])
    expect(await committed(db)).toEqual(['n1', 'n2', 'o'])
    expect(control(stage)).toEqual([
      'c1 BEGIN',
      'c1 SAVEPOINT',
      'c1 RELEASE',
      'c1 SAVEPOINT',
      'c1 RELEASE',
      'c1 COMMIT',
    ])
  })

  repeated(stage, 'SP-18 (c) nothing of a savepoint outlives the rollback around it', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await write('o')
      await stage.in.nested(() => write('n1'))
      await stage.in.nested(() => write('n2'))
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(control(stage).at(-1)).toBe('c1 ROLLBACK')
  })

  repeated(stage, 'SP-19 a violated key inside NESTED is survived', async () => {
    await db.query("INSERT INTO note (k) VALUES ('dup')")
    await stage.in.required(async () => {
      await write('o1')
      const error = await failureOf(
        stage.in.nested(async () => {
          await write('n')
          await stage.notes.insert({ k: 'dup' })
        }),
      )
      expect(error).toMatchObject({ name: 'UniqueViolationError', code: 'AMBIT_DATABASE_UNIQUE' })
      expect(currentTransaction()?.rollbackOnly).toBe(false)
      await write('o2')
    })
    expect(await committed(db)).toEqual(['dup', 'o1', 'o2'])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 SAVEPOINT', 'c1 ROLLBACK TO', 'c1 RELEASE', 'c1 COMMIT'])
  })

  it('SP-19 a REQUIRED that fails inside NESTED dooms the savepoint only', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await write('o')
      const error = await failureOf(
        stage.in.nested(async () => {
          await write('n')
          await stage.in.required(() => Promise.reject(failure)).catch(() => undefined)
        }),
      )
      expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', cause: failure })
    })
    expect(await committed(db)).toEqual(['o'])
  })

  repeated(stage, 'SP-20 a NESTED that asks for its rollback loses its own rows, without an error', async () => {
    const answer = await stage.in.required(async () => {
      await write('o')
      return stage.in.nested(async () => {
        await write('n')
        currentTransaction()?.setRollbackOnly()
        return 7
      })
    })
    expect(answer).toBe(7)
    expect(await committed(db)).toEqual(['o'])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 SAVEPOINT', 'c1 ROLLBACK TO', 'c1 RELEASE', 'c1 COMMIT'])
  })

  // There is no savepoint object: NESTED is one, and savepoints by hand are SQL.
  it('SP-23 a savepoint by hand, rolled back to and released, keeps what stands around it', async () => {
    await stage.in.required(async () => {
      await write('a')
      await stage.dataSource.query('SAVEPOINT mine')
      await write('b')
      await stage.dataSource.query('ROLLBACK TO SAVEPOINT mine')
      await write('c')
      await stage.dataSource.query('RELEASE SAVEPOINT mine')
    })
    expect(await committed(db)).toEqual(['a', 'c'])
  })

  it('SP-23 the same by NESTED', async () => {
    await stage.in.required(async () => {
      await write('a')
      await stage.in.nested(async () => {
        await write('b')
        currentTransaction()?.setRollbackOnly()
      })
      await stage.in.nested(() => write('c'))
    })
    expect(await committed(db)).toEqual(['a', 'c'])
  })
})
