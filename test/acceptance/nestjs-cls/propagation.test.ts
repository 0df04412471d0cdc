import { currentTransaction, type Propagation, transactional, type TransactionalOptions } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, seen, write } from '../notes'
import { failureOf, repeated, stageOn } from '../stage'

type Mode = Propagation | 'the default'

function optionsOf(mode: Mode): TransactionalOptions {
  return mode === 'the default' ? {} : { propagation: mode }
}

describe.each(ENGINES)('propagation as in nestjs-cls, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage
  const inMode = <T>(mode: Mode, body: () => Promise<T>): Promise<T> => transactional(optionsOf(mode), body)
  const active = (): boolean => currentTransaction() !== undefined

  repeated(stage, 'NC-01 a decorated method is BEGIN, its statements and COMMIT on one connection', async () => {
    const answer = await stage.in.required(async () => {
      await write('a')
      return seen()
    })
    expect(answer).toEqual(['a'])
    expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 SELECT note', 'c1 COMMIT'])
  })

  it('NC-02 its options reach BEGIN', async () => {
    await stage.in.reading(seen)
    // On SQLite a reader is a connection that cannot write, and says so outside the transaction.
    expect(db.log.texts[0]).toBe(engine.oneWriter ? 'BEGIN' : 'BEGIN READ ONLY')
    await expect(stage.in.reading(() => write('a'))).rejects.toThrow(/readonly|read-only/)
    expect(await committed(db)).toEqual([])
  })

  repeated(stage, 'NC-03 a decorated call, a plain one and a function side by side do not meet', async () => {
    await Promise.all([
      stage.in.required(() => write('decorated')),
      write('plain'),
      transactional({}, () => write('function')),
    ])
    expect(await committed(db)).toEqual(['decorated', 'function', 'plain'])
    const { commandsByConnection } = db.log
    expect(commandsByConnection.filter(command => command.endsWith('BEGIN'))).toHaveLength(2)
    const connectionOf = (command: string): string => command.split(' ', 1)[0] ?? ''
    for (const connection of new Set(commandsByConnection.map(connectionOf))) {
      const own = commandsByConnection.filter(command => connectionOf(command) === connection)
      expect(own.map(command => command.replace(/^\S+ /, '')).join(' ')).toMatch(
        /^((BEGIN INSERT note COMMIT|INSERT note) ?)+$/,
      )
    }
    if (!engine.oneWriter) expect(db.log.connections).toBe(3)
  })

  it('NC-04 the function form begins and commits as the decorator does, and answers', async () => {
    expect(await transactional({}, async () => (await write('a'), seen()))).toEqual(['a'])
    expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 SELECT note', 'c1 COMMIT'])
  })

  it('NC-05 the function form with options hands them to BEGIN', async () => {
    const status = await transactional({ isolation: 'SERIALIZABLE', readOnly: true }, async () => {
      await seen()
      const { isolation, readOnly } = currentTransaction() ?? {}
      return { isolation, readOnly }
    })
    expect(status).toEqual({ isolation: 'SERIALIZABLE', readOnly: true })
    if (!engine.oneWriter) expect(db.log.texts[0]).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY')
  })

  repeated(stage, 'NC-06 outside a transaction each statement stands for itself', async () => {
    await write('a')
    expect(await seen()).toEqual(['a'])
    expect(await committed(db)).toEqual(['a'])
    expect(db.log.commands).toEqual(['INSERT note', 'SELECT note'])
  })

  it.each(['the default', 'REQUIRED', 'REQUIRES_NEW', 'NESTED'] as const)(
    'NC-07 %s with no transaction begins one; what stands before and behind it is outside',
    async mode => {
      await write('before')
      expect(await inMode(mode, async () => (await write('inside'), active()))).toBe(true)
      expect(active()).toBe(false)
      await write('behind')
      expect(db.log.commands).toEqual(['INSERT note', 'BEGIN', 'INSERT note', 'COMMIT', 'INSERT note'])
      expect(await committed(db)).toEqual(['before', 'behind', 'inside'])
    },
  )

  it.each(['NOT_SUPPORTED', 'NEVER', 'SUPPORTS'] as const)('NC-08 %s with no transaction begins none', async mode => {
    await write('before')
    expect(await inMode(mode, async () => (await write('inside'), active()))).toBe(false)
    expect(db.log.commands).toEqual(['INSERT note', 'INSERT note'])
  })

  it('NC-09 MANDATORY with no transaction is refused; only what stood before it was sent', async () => {
    await write('before')
    const body = jest.fn(() => write('inside'))
    const error = await failureOf(inMode('MANDATORY', body))
    expect(error).toMatchObject({ name: 'IllegalTransactionStateError', code: 'AMBIT_TX_MANDATORY' })
    expect(body).not.toHaveBeenCalled()
    expect(db.log.commands).toEqual(['INSERT note'])
  })

  it.each(['the default', 'REQUIRED', 'MANDATORY', 'SUPPORTS'] as const)(
    'NC-10 %s in a transaction is inside its BEGIN and COMMIT',
    async mode => {
      await stage.in.required(async () => {
        await write('outer')
        await inMode(mode, () => write('inner'))
      })
      expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 INSERT note', 'c1 COMMIT'])
      expect(await committed(db)).toEqual(['inner', 'outer'])
    },
  )

  it('NC-11 REQUIRES_NEW in a transaction is a whole one on a connection of its own', async () => {
    await stage.in.required(async () => {
      if (!engine.oneWriter) await write('outer')
      await inMode('REQUIRES_NEW', () => write('inner'))
      if (engine.oneWriter) await write('outer')
    })
    expect(await committed(db)).toEqual(['inner', 'outer'])
    // On SQLite the outer one has not begun yet, and takes the one writer behind the inner one.
    expect(db.log.commandsByConnection).toEqual(
      engine.oneWriter
        ? ['c1 BEGIN', 'c1 INSERT note', 'c1 COMMIT', 'c1 BEGIN', 'c1 INSERT note', 'c1 COMMIT']
        : ['c1 BEGIN', 'c1 INSERT note', 'c2 BEGIN', 'c2 INSERT note', 'c2 COMMIT', 'c1 COMMIT'],
    )
  })

  it('NC-12 NOT_SUPPORTED in a transaction is outside it, and the outer commits', async () => {
    await stage.in.required(async () => {
      if (!engine.oneWriter) await write('outer')
      await inMode('NOT_SUPPORTED', () => write('inner'))
      if (engine.oneWriter) await write('outer')
    })
    expect(await committed(db)).toEqual(['inner', 'outer'])
    expect(db.log.commandsByConnection).toEqual(
      engine.oneWriter
        ? ['c1 INSERT note', 'c1 BEGIN', 'c1 INSERT note', 'c1 COMMIT']
        : ['c1 BEGIN', 'c1 INSERT note', 'c2 INSERT note', 'c1 COMMIT'],
    )
  })

  // There the outer rolls back in any case; here only where the refusal is not caught: it never dooms.
  it.each([
    ['uncaught: the outer rolls back with it', false, []],
    ['caught: the outer goes on', true, ['later', 'outer']],
  ])('NC-13 NEVER in a transaction is refused, %s', async (_, caught, rows) => {
    const body = jest.fn(() => write('inner'))
    const outcome = stage.in.required(async () => {
      await write('outer')
      const inner = inMode('NEVER', body)
      if (caught) await expect(inner).rejects.toMatchObject({ code: 'AMBIT_TX_NEVER' })
      else await inner
      await write('later')
    })
    if (caught) await outcome
    else await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_NEVER' })
    expect(body).not.toHaveBeenCalled()
    expect(await committed(db)).toEqual(rows)
    expect(db.log.commands.at(-1)).toBe(caught ? 'COMMIT' : 'ROLLBACK')
  })

  repeated(stage, 'NC-14 NESTED is SAVEPOINT and RELEASE, on the connection of the outer, which goes on', async () => {
    await stage.in.required(async () => {
      await write('outer')
      await inMode('NESTED', () => write('inner'))
      await write('later')
    })
    expect(db.log.commandsByConnection).toEqual([
      'c1 BEGIN',
      'c1 INSERT note',
      'c1 SAVEPOINT',
      'c1 INSERT note',
      'c1 RELEASE',
      'c1 INSERT note',
      'c1 COMMIT',
    ])
    expect(await committed(db)).toEqual(['inner', 'later', 'outer'])
  })

  repeated(stage, 'NC-15 a NESTED that throws, and is caught, goes back to its savepoint', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await write('outer')
      const inner = inMode('NESTED', async () => {
        await write('inner')
        throw failure
      })
      await expect(inner).rejects.toBe(failure)
      await write('later')
    })
    expect(db.log.commandsByConnection).toEqual([
      'c1 BEGIN',
      'c1 INSERT note',
      'c1 SAVEPOINT',
      'c1 INSERT note',
      'c1 ROLLBACK TO',
      'c1 RELEASE',
      'c1 INSERT note',
      'c1 COMMIT',
    ])
    expect(await committed(db)).toEqual(['later', 'outer'])
  })
})
