import { currentTransaction, type Propagation, PROPAGATIONS, transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, seen, write } from '../notes'
import { control, identity, repeated, stageOn } from '../stage'

/** What each mode is called in {@link Stage.in}. */
const METHODS = {
  REQUIRED: 'required',
  REQUIRES_NEW: 'requiresNew',
  NESTED: 'nested',
  SUPPORTS: 'supports',
  MANDATORY: 'mandatory',
  NOT_SUPPORTED: 'notSupported',
  NEVER: 'never',
} as const satisfies Record<Propagation, string>

const fail = async (k: string, failure: Error): Promise<never> => {
  await write(k)
  throw failure
}

describe.each(ENGINES)('REQUIRED and REQUIRES_NEW as in MikroORM, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage
  const id = (): string | undefined => currentTransaction()?.id
  /** SQLite has one writer: there an outer that has written refuses a second one (G-15), so it writes later. */
  const first = (k: string): Promise<unknown> => (engine.oneWriter ? seen() : write(k))
  const then = (k: string): Promise<unknown> => (engine.oneWriter ? write(k) : seen())

  repeated(stage, 'MO-01 REQUIRED joins the transaction that runs', async () => {
    await stage.in.required(async () => {
      await write('outer')
      const outer = id()
      await stage.in.required(async () => {
        await write('inner')
        expect(id()).toBe(outer)
      })
    })
    expect(await committed(db)).toEqual(['inner', 'outer'])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
  })

  it('MO-02 REQUIRED runs on the same connection, with no savepoint', async () => {
    await stage.in.required(async () => {
      await write('a')
      await stage.in.required(() => write('b'))
      await stage.in.required(() => write('c'))
    })
    expect(db.log.connections).toBe(1)
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'INSERT note', 'INSERT note', 'COMMIT'])
  })

  it('MO-03 REQUIRED begins one where there is none', async () => {
    await stage.in.required(() => write('a'))
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
  })

  repeated(stage, 'MO-04 REQUIRED: an inner failure takes the rows of the outer with it', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await write('outer')
      await stage.in.required(() => fail('inner', failure))
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
  })

  it('MO-05 REQUIRED: several in sequence are one transaction', async () => {
    const ids = await stage.in.required(async () => {
      const found = [id()]
      for (const k of ['a', 'b', 'c']) found.push(await stage.in.required(async () => (await write(k), id())))
      return found
    })
    expect(new Set(ids).size).toBe(1)
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
    expect(await committed(db)).toEqual(['a', 'b', 'c'])
  })

  it('MO-06 REQUIRES_NEW is another transaction', async () => {
    await stage.in.required(async () => {
      await first('outer')
      const outer = id()
      await stage.in.requiresNew(async () => {
        await write('inner')
        expect(id()).not.toBe(outer)
      })
      await then('outer')
    })
    expect(await committed(db)).toEqual(['inner', 'outer'])
  })

  repeated(stage, 'MO-07 REQUIRES_NEW: an inner failure leaves the outer, which writes on', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await first('outer')
      await expect(stage.in.requiresNew(() => fail('inner', failure))).rejects.toBe(failure)
      await then('outer')
      await write('after')
    })
    expect(await committed(db)).toEqual(['after', 'outer'])
  })

  repeated(stage, 'MO-08 REQUIRES_NEW: the inner stays where the outer fails', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await first('outer')
      await stage.in.requiresNew(() => write('inner'))
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['inner'])
  })

  it('MO-09 REQUIRES_NEW: several in sequence are each their own', async () => {
    const ids = await stage.in.required(async () => {
      await first('outer')
      const found = [id()]
      for (const k of ['a', 'b', 'c']) found.push(await stage.in.requiresNew(async () => (await write(k), id())))
      return [...found, id()]
    })
    expect(new Set(ids).size).toBe(4)
    expect(ids.at(-1)).toBe(ids[0])
    expect(await committed(db)).toEqual(engine.oneWriter ? ['a', 'b', 'c'] : ['a', 'b', 'c', 'outer'])
  })

  it('MO-10 REQUIRES_NEW runs on a connection of its own, in between', async () => {
    await stage.in.required(async () => {
      if (!engine.oneWriter) await write('before')
      await stage.in.requiresNew(() => write('inner'))
      await write('behind')
    })
    // On SQLite the outer, which had sent nothing yet, takes the writer behind the inner one.
    expect(db.log.commandsByConnection).toEqual(
      engine.oneWriter
        ? ['c1 BEGIN', 'c1 INSERT note', 'c1 COMMIT', 'c1 BEGIN', 'c1 INSERT note', 'c1 COMMIT']
        : ['c1 BEGIN', 'c1 INSERT note', 'c2 BEGIN', 'c2 INSERT note', 'c2 COMMIT', 'c1 INSERT note', 'c1 COMMIT'],
    )
  })

  repeated(stage, 'MO-11 REQUIRES_NEW: rows that the two lock do not lock each other out', async () => {
    for (const k of ['a', 'b']) await db.query(`INSERT INTO note (k) VALUES ('${k}')`)
    const rename = (from: string, to: string): Promise<unknown> =>
      stage.dataSource.query(`UPDATE note SET k = '${to}' WHERE k = '${from}'`)
    await stage.in.required(async () => {
      if (!engine.oneWriter) await rename('a', 'a1')
      await stage.in.requiresNew(() => rename('b', 'b1'))
      await rename(engine.oneWriter ? 'a' : 'a1', 'a2')
    })
    expect(await committed(db)).toEqual(['a2', 'b1'])
  })

  it('MO-27 two in sequence, in no other: both commits are seen', async () => {
    await stage.in.required(() => write('a'))
    await stage.in.required(async () => {
      expect(await seen()).toEqual(['a'])
      await write('b')
    })
    expect(await committed(db)).toEqual(['a', 'b'])
    expect(db.log.commands.filter(command => command === 'COMMIT')).toHaveLength(2)
  })

  it('MO-28 the identity of the transaction in each mode', async () => {
    await stage.in.required(async () => {
      const outer = id()
      expect(await stage.in.required(async () => id())).toBe(outer)
      expect(await stage.in.nested(async () => id())).toBe(outer)
      expect(await stage.in.nested(async () => currentTransaction()?.isNested)).toBe(true)
      const own = await stage.in.requiresNew(async () => id())
      expect([typeof own, own === outer]).toEqual(['string', false])
    })
    expect(db.log.entries).toEqual([])
  })

  it.each(PROPAGATIONS)('MO-34 %s with a body that does nothing sends nothing', async mode => {
    const call = (): Promise<unknown> => stage.in[METHODS[mode]](async () => 7)
    if (mode !== 'MANDATORY') expect(await call()).toBe(7)
    if (mode !== 'NEVER') expect(await stage.in.required(call)).toBe(7)
    expect(db.log.entries).toEqual([])
  })

  it('MO-43 a mode that there is not is refused, with its name', async () => {
    const body = jest.fn(seen)
    const outcome = transactional({ propagation: 'SOMETHING' as Propagation }, body)
    await expect(outcome).rejects.toMatchObject({
      code: 'AMBIT_TX_INVALID_OPTIONS',
      message: expect.stringContaining("'SOMETHING'"),
    })
    expect(body).not.toHaveBeenCalled()
  })

  it('MO-44 without options it works, and answers', async () => {
    expect(await transactional({}, async () => (await write('a'), 'answer'))).toBe('answer')
    expect(await committed(db)).toEqual(['a'])
  })

  it('MO-46 a ROLLBACK that fails does not hide the error that led to it', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await write('a')
      // The transaction ends behind our back, so that ROLLBACK has nothing to end, or nobody to hear it.
      if (engine.oneWriter) await endBySqlite()
      else await endByServer()
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    stage.reports.splice(0)
  })

  const endBySqlite = (): Promise<unknown> =>
    stage.dataSource.query("INSERT OR ROLLBACK INTO note (k) VALUES ('a')").catch(() => undefined)

  async function endByServer(): Promise<void> {
    const [pid] = (await identity(stage)).split('/')
    await db.query(`SELECT pg_terminate_backend(${pid})`)
  }
})
