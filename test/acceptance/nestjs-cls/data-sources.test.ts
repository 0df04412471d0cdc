import { currentTransaction, InjectRepository, Service, Transactional, transactional } from 'ambit'
import type { Repository } from 'typeorm'
import { ENGINES } from '../../support/engines'
import { committed, Failure, Note } from '../notes'
import { failureOf } from '../stage'
import { NAMES, twoSourcesOn, writeTo } from '../two-sources'

@Service()
class Bookings {
  constructor(
    @InjectRepository(Note) readonly notes: Repository<Note>,
    @InjectRepository(Note, 'ledger') readonly ledger: Repository<Note>,
  ) {}

  @Transactional()
  async onDefault<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ dataSource: 'ledger' })
  async onLedger<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ dataSource: 'ledger', isolation: 'SERIALIZABLE' })
  async serializable<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }
}

describe.each(ENGINES)('two data sources as in nestjs-cls, on $name', engine => {
  const sources = twoSourcesOn(engine, { components: [Bookings] })
  const bookings = (): Bookings => sources.app.get(Bookings)
  const commands = () => NAMES.map(name => sources.db(name).log.commands)
  const rows = () => Promise.all(NAMES.map(name => committed(sources.db(name))))
  const WHOLE = ['BEGIN', 'INSERT note', 'COMMIT']

  it('NC-25 two decorated methods have a transaction each, one inside the other', async () => {
    await bookings().onDefault(async () => {
      await writeTo('default', 'a')
      await bookings().onLedger(() => writeTo('ledger', 'b'))
      expect(await rows()).toEqual([[], ['b']])
    })
    expect(commands()).toEqual([WHOLE, WHOLE])
    expect(await rows()).toEqual([['a'], ['b']])
  })

  it('NC-26 two functions have a transaction each, side by side, and fail each for itself', async () => {
    const failure = new Failure()
    const [one, other] = await Promise.allSettled([
      transactional({}, () => writeTo('default', 'a')),
      transactional({ dataSource: 'ledger' }, async () => {
        await writeTo('ledger', 'b')
        throw failure
      }),
    ])
    expect([one, other]).toEqual([
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: failure },
    ])
    expect(commands()).toEqual([WHOLE, ['BEGIN', 'INSERT note', 'ROLLBACK']])
    expect(await rows()).toEqual([['a'], []])
  })

  it('NC-27 inside one a call on the other has no transaction, until it asks for its own', async () => {
    const failure = new Failure()
    const outcome = bookings().onDefault(async () => {
      expect(currentTransaction('ledger')).toBeUndefined()
      await writeTo('ledger', 'plain')
      await bookings().onLedger(async () => {
        expect(currentTransaction('ledger')?.id).not.toBe(currentTransaction()?.id)
        await writeTo('ledger', 'own')
      })
      await writeTo('default', 'a')
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(commands()).toEqual([
      ['BEGIN', 'INSERT note', 'ROLLBACK'],
      ['INSERT note', ...WHOLE],
    ])
    expect(await rows()).toEqual([[], ['own', 'plain']])
  })

  // The outer one is lazy: what has no statement sends no BEGIN either.
  it('NC-28 REQUIRES_NEW by name has the work; the outer stays empty, and ends as it should', async () => {
    await bookings().onLedger(async () => {
      await transactional({ propagation: 'REQUIRES_NEW', dataSource: 'ledger' }, () => writeTo('ledger', 'a'))
      expect(await rows()).toEqual([[], ['a']])
    })
    expect(commands()).toEqual([[], WHOLE])
  })

  it('NC-28 an outer that must begin at once is a whole transaction, and empty', async () => {
    const { log } = sources.db('ledger')
    await transactional({ dataSource: 'ledger', begin: 'eager', readOnly: true }, async () => {
      expect(log.commands).toContain('BEGIN')
      await transactional({ propagation: 'REQUIRES_NEW', dataSource: 'ledger' }, () => writeTo('ledger', 'a'))
    })
    const [outer, inner] = ['c1', 'c2'].map(name => log.commandsByConnection.filter(line => line.startsWith(name)))
    expect(inner).toEqual(WHOLE.map(command => `c2 ${command}`))
    expect([outer?.[0], outer?.at(-1)]).toEqual(['c1 BEGIN', 'c1 COMMIT'])
    expect(await rows()).toEqual([[], ['a']])
  })

  describe('by the name of one', () => {
    const ledger = () => sources.db('ledger')
    afterEach(() => expect(sources.db('default').log.entries).toEqual([]))

    it('NC-29 a decorated method is a transaction there', async () => {
      await bookings().onLedger(() => bookings().ledger.insert({ k: 'a' }))
      expect(ledger().log.commands).toEqual(WHOLE)
    })

    it('NC-29 its options reach BEGIN there', async () => {
      await bookings().serializable(() => bookings().ledger.insert({ k: 'a' }))
      if (!engine.oneWriter) expect(ledger().log.texts[0]).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE')
      expect(await committed(ledger())).toEqual(['a'])
    })

    it('NC-29 a decorated call, a plain one and a function side by side do not meet', async () => {
      await Promise.all([
        bookings().onLedger(() => bookings().ledger.insert({ k: 'a' })),
        bookings().ledger.insert({ k: 'b' }),
        transactional({ dataSource: 'ledger' }, () => bookings().ledger.insert({ k: 'c' })),
      ])
      expect(await committed(ledger())).toEqual(['a', 'b', 'c'])
      expect(ledger().log.commands.filter(command => command === 'BEGIN')).toHaveLength(2)
    })

    it('NC-29 the function form answers, and hands its options to BEGIN', async () => {
      const options = { dataSource: 'ledger', isolation: 'SERIALIZABLE' } as const
      const answer = await transactional(options, async () => {
        await bookings().ledger.insert({ k: 'a' })
        return currentTransaction('ledger')?.isolation
      })
      expect(answer).toBe('SERIALIZABLE')
      expect(ledger().log.commands).toEqual(WHOLE)
    })

    it('NC-29 outside a transaction each statement stands for itself', async () => {
      await bookings().ledger.insert({ k: 'a' })
      await bookings().ledger.count()
      expect(ledger().log.commands).toEqual(['INSERT note', 'COUNT note'])
    })
  })

  it('NC-30 an injected handle is in the transaction of its own data source, and of no other', async () => {
    const failure = new Failure()
    const { notes, ledger } = bookings()
    const outcome = bookings().onLedger(async () => {
      await notes.insert({ k: 'a' })
      await ledger.insert({ k: 'b' })
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(commands()).toEqual([['INSERT note'], ['BEGIN', 'INSERT note', 'ROLLBACK']])
    expect(await rows()).toEqual([['a'], []])
  })

  it('NC-30 a data source that nobody knows is refused before anything is sent', async () => {
    const error = await failureOf(transactional({ dataSource: 'nowhere' }, () => writeTo('default', 'a')))
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNKNOWN_DATA_SOURCE' })
    expect(error.message).toContain('ledger')
    expect(commands()).toEqual([[], []])
  })
})
