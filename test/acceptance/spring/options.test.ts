import { currentTransaction, Service, Transactional, transactional, type TransactionStatus } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, NoteRepository, seen, write } from '../notes'
import { control, failureOf, repeated, stageOn } from '../stage'

/** Read-only as a class; one method says otherwise. */
@Transactional({ readOnly: true, timeoutMs: 5_000 })
@Service()
class Ledger {
  constructor(private readonly notes: NoteRepository) {}

  @Transactional()
  async store(k: string): Promise<boolean | undefined> {
    await this.notes.insert({ k })
    return currentTransaction()?.readOnly
  }

  async storeReadOnly(k: string): Promise<void> {
    await this.notes.insert({ k })
  }
}

/** The clock itself is the subject here. */
const pass = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

describe.each(ENGINES)('options as in Spring, on $name', engine => {
  const stage = stageOn(engine, { components: [Ledger] })
  const { db } = stage
  const required = <T>(options: object, body: () => Promise<T>): Promise<T> => transactional(options, body)

  // Validation is always on here: an option is honoured or refused, never ignored.
  it('SP-24 a participant that wants a stronger isolation is refused before its body', async () => {
    const body = jest.fn(seen)
    await stage.in.required(async () => {
      await write('a')
      const inner = required({ isolation: 'SERIALIZABLE' }, body)
      // SQLite has no other isolation: there is nothing to refuse.
      if (engine.oneWriter) await inner
      else {
        await expect(inner).rejects.toMatchObject({
          name: 'IncompatibleTransactionError',
          code: 'AMBIT_TX_INCOMPATIBLE',
        })
      }
      await write('b')
    })
    expect(body).toHaveBeenCalledTimes(engine.oneWriter ? 1 : 0)
    expect(await committed(db)).toEqual(['a', 'b'])
  })

  it.each(['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const)(
    'SP-24 a participant that asks for %s inside SERIALIZABLE has what it wants',
    async isolation => {
      await required({ isolation: 'SERIALIZABLE' }, async () => {
        await write('a')
        expect(await required({ isolation }, async () => currentTransaction()?.isolation)).toBe('SERIALIZABLE')
      })
      expect(await committed(db)).toEqual(['a'])
      if (!engine.oneWriter) expect(db.log.texts[0]).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE')
    },
  )

  repeated(stage, 'SP-25 (a) a write in a read-only transaction is refused by the database', async () => {
    const error = await failureOf(stage.in.reading(() => stage.notes.insert({ k: 'a' })))
    expect(error).toMatchObject({ name: 'ReadOnlyViolationError', code: 'AMBIT_DATABASE_READ_ONLY' })
    if (!engine.oneWriter) expect(error['databaseCode']).toBe('25006')
    expect(await committed(db)).toEqual([])
  })

  it('SP-25 (b) a participant that only is read-write by default joins, and its write is refused', async () => {
    const error = await failureOf(stage.in.reading(() => stage.in.required(() => stage.notes.insert({ k: 'a' }))))
    expect(error).toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(await committed(db)).toEqual([])
  })

  it('SP-25 (b) a participant that says readOnly: false is refused before its body', async () => {
    const body = jest.fn(() => write('a'))
    await stage.in.reading(async () => {
      await seen()
      const inner = required({ readOnly: false }, body)
      await expect(inner).rejects.toMatchObject({ code: 'AMBIT_TX_INCOMPATIBLE' })
      expect(await seen()).toEqual([])
    })
    expect(body).not.toHaveBeenCalled()
  })

  it('SP-25 (c) a read-only participant of a read-write transaction joins it as it is', async () => {
    await stage.in.required(() => stage.in.reading(() => stage.notes.insert({ k: 'a' })))
    expect(await committed(db)).toEqual(['a'])
  })

  repeated(stage, 'SP-27 a transaction that has taken too long stores nothing', async () => {
    const error = await failureOf(
      required({ timeoutMs: 25 }, async () => {
        await write('a')
        await pass(40)
        await write('b')
      }),
    )
    expect(error).toMatchObject({ name: 'TransactionTimedOutError', code: 'AMBIT_TX_TIMED_OUT', timeoutMs: 25 })
    expect(await committed(db)).toEqual([])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
  })

  it('SP-27 the clock is asked before COMMIT too', async () => {
    const outcome = required({ timeoutMs: 25 }, async () => {
      await write('a')
      await pass(40)
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    expect(await committed(db)).toEqual([])
    expect(db.log.commands).not.toContain('COMMIT')
  })

  it('SP-27 a transaction in time is stored', async () => {
    await required({ timeoutMs: 10_000 }, () => write('a'))
    expect(await committed(db)).toEqual(['a'])
  })

  // The option of a participant is not ignored here: it bounds the participant, and dooms what it is part of.
  it('SP-27 a participant that takes longer than it may dooms the transaction', async () => {
    const outcome = stage.in.required(async () => {
      await write('o')
      const inner = required({ timeoutMs: 25 }, async () => {
        await pass(40)
        await write('a')
      })
      await expect(inner).rejects.toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(await committed(db)).toEqual([])
  })

  it("SP-31 a method's own declaration replaces the class's whole; its sibling keeps that", async () => {
    const ledger = stage.app.get(Ledger)
    expect(await ledger.store('a')).toBe(false)
    await expect(ledger.storeReadOnly('b')).rejects.toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(await committed(db)).toEqual(['a'])
    // Nothing is merged: a deadline would have been sent as SET LOCAL, or shown in the options.
    const statements = db.log.entries.map(({ text }) => text)
    const ofStore = statements.slice(0, statements.indexOf('COMMIT'))
    expect(ofStore.filter(text => text.startsWith('SET LOCAL'))).toEqual([])
  })

  // Nobody ends a transaction by hand here; what is left of its status after the end refuses.
  it('SP-31 a status that outlived its transaction refuses to roll back', async () => {
    let kept: TransactionStatus | undefined
    await stage.in.required(async () => {
      kept = currentTransaction()
      await write('a')
    })
    expect(() => kept?.setRollbackOnly()).toThrow(expect.objectContaining({ code: 'AMBIT_TX_ENDED' }))
    expect(await committed(db)).toEqual(['a'])
  })
})
