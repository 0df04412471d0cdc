import { currentTransaction } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, seen, write } from '../notes'
import { control, failureOf, repeated, stageOn } from '../stage'

const fail = async (k: string, failure: Error): Promise<never> => {
  await write(k)
  throw failure
}

describe.each(ENGINES)('NESTED and mixed modes as in MikroORM, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage
  const first = (k: string): Promise<unknown> => (engine.oneWriter ? seen() : write(k))
  const then = (k: string): Promise<unknown> => (engine.oneWriter ? write(k) : seen())

  it('MO-12 NESTED sets a savepoint in the transaction that runs', async () => {
    await stage.in.required(async () => {
      await write('outer')
      await stage.in.nested(() => write('inner'))
    })
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 SAVEPOINT', 'c1 RELEASE', 'c1 COMMIT'])
    expect(await committed(db)).toEqual(['inner', 'outer'])
  })

  it('MO-13 NESTED begins a transaction where there is none', async () => {
    await stage.in.nested(() => write('a'))
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
    expect(await committed(db)).toEqual(['a'])
  })

  repeated(stage, 'MO-14 three levels, the deepest of which fails: the others stay', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await write('1')
      await stage.in.nested(async () => {
        await write('2')
        await expect(stage.in.nested(() => fail('3', failure))).rejects.toBe(failure)
      })
      await write('4')
    })
    expect(await committed(db)).toEqual(['1', '2', '4'])
    const savepoints = db.log.texts.filter(text => text.includes('SAVEPOINT')).map(text => text.replaceAll('"', ''))
    expect(savepoints).toEqual([
      'SAVEPOINT ambit_1',
      'SAVEPOINT ambit_2',
      'ROLLBACK TO SAVEPOINT ambit_2',
      'RELEASE SAVEPOINT ambit_2',
      'RELEASE SAVEPOINT ambit_1',
    ])
  })

  repeated(stage, 'MO-15 of siblings in sequence the first fails: the others stay', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await expect(stage.in.nested(() => fail('1', failure))).rejects.toBe(failure)
      await stage.in.nested(() => write('2'))
      await stage.in.nested(() => write('3'))
    })
    expect(await committed(db)).toEqual(['2', '3'])
  })

  it('MO-16 the savepoint is in the log, between the rows around it', async () => {
    await stage.in.required(async () => {
      await write('before')
      await stage.in.nested(() => write('inside'))
      await write('behind')
    })
    expect(db.log.commands).toEqual([
      'BEGIN',
      'INSERT note',
      'SAVEPOINT',
      'INSERT note',
      'RELEASE',
      'INSERT note',
      'COMMIT',
    ])
  })

  it('MO-17 the rollback to it is in the log, and COMMIT is last', async () => {
    await stage.in.required(async () => {
      await write('outer')
      await stage.in.nested(() => fail('inner', new Failure())).catch(() => undefined)
    })
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 SAVEPOINT', 'c1 ROLLBACK TO', 'c1 RELEASE', 'c1 COMMIT'])
    expect(db.log.commands.at(-1)).toBe('COMMIT')
    expect(await committed(db)).toEqual(['outer'])
  })

  it('MO-29 REQUIRED with NESTED and REQUIRES_NEW inside: four rows', async () => {
    await stage.in.required(async () => {
      await first('outer')
      await stage.in.requiresNew(() => write('new'))
      await then('outer')
      await stage.in.nested(() => write('nested'))
      await write('last')
    })
    expect(await committed(db)).toEqual(['last', 'nested', 'new', 'outer'])
  })

  repeated(stage, 'MO-30 only the independent row stays where all of the rest fails', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await first('outer')
      await stage.in.requiresNew(() => write('new'))
      await stage.in.nested(() => write('nested'))
      await stage.in.required(() => fail('joined', failure))
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['new'])
  })

  it('MO-31 REQUIRED, NESTED in it, REQUIRES_NEW in that: three rows, and the third is another transaction', async () => {
    const id = (): string | undefined => currentTransaction()?.id
    const ids: unknown[] = []
    await stage.in.required(async () => {
      await first('1')
      ids.push(id())
      await stage.in.nested(async () => {
        await first('2')
        ids.push(id())
        await stage.in.requiresNew(async () => {
          await write('3')
          ids.push(id())
        })
        await then('2')
      })
      await then('1')
    })
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
    expect(await committed(db)).toEqual(['1', '2', '3'])
  })

  it('MO-32 four levels, the last REQUIRED inside REQUIRES_NEW: four rows', async () => {
    await stage.in.required(async () => {
      await first('1')
      await stage.in.nested(async () => {
        await first('2')
        await stage.in.requiresNew(async () => {
          await write('3')
          await stage.in.required(() => write('4'))
        })
        await then('2')
      })
      await then('1')
    })
    expect(await committed(db)).toEqual(['1', '2', '3', '4'])
  })

  repeated(stage, 'MO-33 REQUIRED and NESTED see what the outer has not committed', async () => {
    await stage.in.required(async () => {
      await write('outer')
      expect(await stage.in.required(seen)).toEqual(['outer'])
      expect(await stage.in.nested(seen)).toEqual(['outer'])
      expect(await committed(db)).toEqual([])
    })
    expect(await committed(db)).toEqual(['outer'])
  })

  it('MO-56 nested by savepoints: six statements, in this order', async () => {
    await stage.in.required(async () => {
      await write('outer')
      await stage.in.nested(() => write('inner'))
    })
    expect(db.log.texts.map(text => text.replace(/\(.*/, '').replaceAll('"', ''))).toEqual([
      engine.oneWriter ? 'BEGIN IMMEDIATE' : 'BEGIN',
      'INSERT INTO note',
      'SAVEPOINT ambit_1',
      'INSERT INTO note',
      'RELEASE SAVEPOINT ambit_1',
      'COMMIT',
    ])
  })

  it('MO-57 the rollback of a nested one commits the outer', async () => {
    const error = await failureOf(
      stage.in.required(async () => {
        await write('outer')
        const failure = new Failure()
        await expect(stage.in.nested(() => fail('inner', failure))).rejects.toBe(failure)
        await expect(stage.in.nested(() => Promise.reject(failure))).rejects.toBe(failure)
        return Promise.reject(new Failure('only to show the order'))
      }),
    )
    expect(error.message).toBe('only to show the order')
    expect(await committed(db)).toEqual([])
    db.log.clear()
    await stage.in.required(async () => {
      await write('outer')
      await stage.in.nested(() => fail('inner', new Failure())).catch(() => undefined)
    })
    expect(db.log.texts.map(text => text.replace(/\(.*/, '').replaceAll('"', ''))).toEqual([
      engine.oneWriter ? 'BEGIN IMMEDIATE' : 'BEGIN',
      'INSERT INTO note',
      'SAVEPOINT ambit_1',
      'INSERT INTO note',
      'ROLLBACK TO SAVEPOINT ambit_1',
      'RELEASE SAVEPOINT ambit_1',
      'COMMIT',
    ])
    expect(await committed(db)).toEqual(['outer'])
  })
})
