import { currentTransaction, transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, seen, write } from '../notes'
import { control, failureOf, repeated, stageOn } from '../stage'

describe.each(ENGINES)('modes without a transaction, and options, as in MikroORM, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage
  const first = (k: string): Promise<unknown> => (engine.oneWriter ? seen() : write(k))
  const then = (k: string): Promise<unknown> => (engine.oneWriter ? write(k) : seen())
  const begins = (): string[] => db.log.texts.filter(text => text.startsWith('BEGIN'))

  it('MO-18 NOT_SUPPORTED runs outside', async () => {
    await stage.in.required(async () => {
      await first('outer')
      await stage.in.notSupported(async () => {
        expect(currentTransaction()).toBeUndefined()
        await write('plain')
      })
      expect(await committed(db)).toEqual(['plain'])
      await then('outer')
    })
    expect(await committed(db)).toEqual(['outer', 'plain'])
  })

  repeated(stage, 'MO-19 what NOT_SUPPORTED wrote survives the rollback of the outer', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await first('outer')
      await stage.in.notSupported(() => write('plain'))
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['plain'])
  })

  it('MO-20 an error of NOT_SUPPORTED undoes neither its own rows nor those of the outer', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await first('outer')
      const inner = stage.in.notSupported(async () => {
        await write('plain')
        throw failure
      })
      await expect(inner).rejects.toBe(failure)
      await then('outer')
    })
    expect(await committed(db)).toEqual(['outer', 'plain'])
  })

  it('MO-21 SUPPORTS joins a transaction', async () => {
    await stage.in.required(async () => {
      await write('outer')
      expect(await stage.in.supports(seen)).toEqual(['outer'])
      await stage.in.supports(() => write('inner'))
    })
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
    expect(await committed(db)).toEqual(['inner', 'outer'])
  })

  it('MO-22 SUPPORTS with none has none', async () => {
    await stage.in.supports(() => write('a'))
    expect(db.log.commands).toEqual(['INSERT note'])
  })

  it('MO-23 MANDATORY joins a transaction', async () => {
    await stage.in.required(() => stage.in.mandatory(() => write('a')))
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
    expect(await committed(db)).toEqual(['a'])
  })

  it.each(['MANDATORY with none', 'NEVER in one'] as const)('MO-24 MO-26 %s says so by its name', async scenario => {
    await write('there')
    const never = scenario === 'NEVER in one'
    const body = jest.fn(() => write('a'))
    const error = await failureOf(never ? stage.in.required(() => stage.in.never(body)) : stage.in.mandatory(body))
    expect(error.message).toContain(never ? 'NEVER' : 'MANDATORY')
    expect(error.message).toContain(never ? 'Boundaries.never' : 'Boundaries.mandatory')
    expect(body).not.toHaveBeenCalled()
    expect(await committed(db)).toEqual(['there'])
  })

  it('MO-25 NEVER with none runs without', async () => {
    await stage.in.never(() => write('a'))
    expect(db.log.commands).toEqual(['INSERT note'])
    expect(await committed(db)).toEqual(['a'])
  })

  it.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const)('MO-35 %s is used', async isolation => {
    await transactional({ isolation }, async () => {
      await write('a')
      expect(currentTransaction()?.isolation).toBe(isolation)
    })
    expect(begins()).toEqual([engine.oneWriter ? 'BEGIN IMMEDIATE' : `BEGIN ISOLATION LEVEL ${isolation}`])
  })

  it('MO-36 each REQUIRES_NEW has the isolation it asks for', async () => {
    const inner = (isolation: 'SERIALIZABLE' | 'READ COMMITTED', k: string): Promise<void> =>
      transactional({ propagation: 'REQUIRES_NEW', isolation }, () => write(k))
    await stage.in.required(async () => {
      await inner('SERIALIZABLE', 'a')
      await inner('READ COMMITTED', 'b')
      await write('outer')
    })
    expect(await committed(db)).toEqual(['a', 'b', 'outer'])
    if (engine.oneWriter) return
    expect(begins()).toEqual(['BEGIN ISOLATION LEVEL SERIALIZABLE', 'BEGIN ISOLATION LEVEL READ COMMITTED', 'BEGIN'])
  })

  it('MO-37 REQUIRED has the isolation of what it joins', async () => {
    await transactional({ isolation: 'SERIALIZABLE' }, async () => {
      await write('a')
      expect(await stage.in.required(async () => currentTransaction()?.isolation)).toBe('SERIALIZABLE')
    })
    expect(begins()).toHaveLength(1)
  })

  repeated(stage, 'MO-38 read-only is enforced by the database, with its error', async () => {
    const error = await failureOf(stage.in.reading(() => stage.notes.insert({ k: 'a' })))
    expect(error).toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(error.message + String(error.cause)).toMatch(/read-?only/i)
    expect(await committed(db)).toEqual([])
  })

  repeated(stage, 'MO-39 REQUIRES_NEW inside read-only may write', async () => {
    await stage.in.reading(async () => {
      expect(await seen()).toEqual([])
      await transactional({ propagation: 'REQUIRES_NEW' }, () => write('a'))
    })
    expect(await committed(db)).toEqual(['a'])
  })

  it('MO-40 readOnly: false inside read-only: the outer wins, and the inner is told before its body', async () => {
    const body = jest.fn(() => write('a'))
    const outcome = stage.in.reading(() => transactional({ readOnly: false }, body))
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_INCOMPATIBLE' })
    expect(body).not.toHaveBeenCalled()
    expect(await committed(db)).toEqual([])
  })

  it('MO-41 a write of NESTED inside read-only is refused', async () => {
    const outcome = stage.in.reading(() => stage.in.nested(() => stage.notes.insert({ k: 'a' })))
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(await committed(db)).toEqual([])
  })

  it('MO-42 SERIALIZABLE that fails leaves no rows', async () => {
    const failure = new Failure()
    const outcome = transactional({ isolation: 'SERIALIZABLE' }, async () => {
      await write('a')
      await stage.in.required(() => write('b'))
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
  })
})
