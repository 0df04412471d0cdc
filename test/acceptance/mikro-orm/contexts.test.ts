import { bootstrap, currentTransaction, entityManager, Service, Transactional, transactional } from 'ambit'
import type { EntityManager } from 'typeorm'
import { ENGINES, silentLogger } from '../../support/engines'
import { committed, Failure, Note, NoteRepository, NOTES, write } from '../notes'
import { control, failureOf, gate, identity, stageOn } from '../stage'
import { NAMES, twoSourcesOn, writeTo } from '../two-sources'

@Service()
class Authors {
  constructor(private readonly notes: NoteRepository) {}

  @Transactional({ propagation: 'NESTED' })
  async failing(k: string, failure: Error): Promise<void> {
    await this.notes.insert({ k })
    throw failure
  }

  @Transactional()
  async create(k: string): Promise<Note> {
    return this.notes.insert({ k })
  }

  @Transactional()
  async locked(manager: EntityManager, k: string): Promise<Note> {
    return manager.findOneOrFail(Note, { where: { k }, lock: { mode: 'pessimistic_write' } })
  }

  @Transactional()
  async lockedByBuilder(k: string): Promise<Note> {
    const notes = entityManager().getRepository(Note).createQueryBuilder('note')
    return notes.where('note.k = :k', { k }).setLock('pessimistic_read').getOneOrFail()
  }
}

describe.each(ENGINES)('decorated methods and contexts as in MikroORM, on $name', engine => {
  const stage = stageOn(engine, { components: [Authors] })
  const { db } = stage
  const authors = (): Authors => stage.app.get(Authors)

  it('MO-54 a NESTED method that throws leaves no row, and the caller gets that very error', async () => {
    const failure = new Failure()
    await expect(authors().failing('a', failure)).rejects.toBe(failure)
    await stage.in.required(async () => {
      await expect(authors().failing('b', failure)).rejects.toBe(failure)
      expect(await authors().create('c')).toEqual({ k: 'c' })
    })
    expect(await committed(db)).toEqual(['c'])
  })

  it('MO-55 an injected handle inside a decorated method is in its transaction', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await stage.notes.insert({ k: 'by repository' })
      await entityManager().insert(Note, { k: 'by manager' })
      await stage.dataSource.getRepository(Note).insert({ k: 'by data source' })
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(db.log.connections).toBe(1)
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
  })

  it.each(['MO-58 by a find', 'MO-59 by a query builder'])(
    '%s with a pessimistic lock, the lock is taken inside BEGIN and COMMIT',
    async by => {
      await write('a')
      db.log.clear()
      const locked = by.startsWith('MO-58')
        ? authors().locked(stage.dataSource.manager, 'a')
        : authors().lockedByBuilder('a')
      if (engine.oneWriter) {
        // SQLite has no locks on rows; TypeORM says so, and nothing is held.
        await expect(locked).rejects.toThrow(/[Ll]ock/)
        return
      }
      expect(await locked).toEqual({ k: 'a' })
      const locks = db.log.texts.filter(text => / FOR (UPDATE|SHARE)/.test(text))
      expect(locks).toHaveLength(1)
      expect([db.log.commands[0], db.log.commands.at(-1)]).toEqual(['BEGIN', 'COMMIT'])
    },
  )

  it('MO-60 a method that is not asynchronous is refused when its class is defined', () => {
    const define = (): unknown => {
      class Wrong {
        @Transactional()
        count(): number {
          return 1
        }
      }
      return Wrong
    }
    expect(define).toThrow(expect.objectContaining({ code: 'AMBIT_TX_INVALID_METHOD' }))
    expect(define).toThrow('Wrong.count')
  })

  // No manager has to be on `this`: a method needs a running application, and says so where there is none, or two.
  it('MO-60 a decorated method where nobody can tell the application is an explained error', async () => {
    class Alone {
      @Transactional()
      async run(): Promise<void> {
        await write('a')
      }
    }
    const second = await engine.create()
    const other = await bootstrap({ database: second.settings, logger: silentLogger, ...NOTES })
    try {
      const error = await failureOf(new Alone().run())
      expect(error.message).toMatch(/app\.run/)
      await stage.app.run(() => new Alone().run())
      expect([await committed(db), await committed(second)]).toEqual([['a'], []])
    } finally {
      await other.close()
      await second.drop()
    }
  })

  it('MO-62 each async chain has a transaction of its own, which its parts share', async () => {
    const { opened, open } = gate()
    let here = 0
    const chain = (k: string): Promise<string[]> =>
      stage.in.required(async () => {
        const places = [currentTransaction()?.id ?? 'none']
        if ((here += 1) === 2) open()
        await opened
        await stage.notes.insert({ k })
        places.push(await stage.in.required(async () => currentTransaction()?.id ?? 'none'))
        return [...places, currentTransaction()?.id ?? 'none']
      })
    const [a, b] = await Promise.all([chain('a'), chain('b')])
    expect([new Set(a).size, new Set(b).size]).toEqual([1, 1])
    expect(a[0]).not.toBe(b[0])
    expect(currentTransaction()).toBeUndefined()
    expect(await committed(db)).toEqual(['a', 'b'])
  })

  it('MO-62 a callback, a timer and an event that are awaited inside are inside', async () => {
    await stage.in.required(async () => {
      const place = await identity(stage)
      const timer = new Promise<string>((resolve, reject) => {
        setImmediate(() => void identity(stage).then(resolve, reject))
      })
      expect(await timer).toBe(place)
      expect(await Promise.resolve().then(() => identity(stage))).toBe(place)
    })
  })
})

describe.each(ENGINES)('several data sources as in MikroORM, on $name', engine => {
  const sources = twoSourcesOn(engine)
  const rows = () => Promise.all(NAMES.map(name => committed(sources.db(name))))

  it.each([
    ['default', 'ledger'],
    ['ledger', 'default'],
  ] as const)('MO-61 inside a transaction of %s, writes to %s are outside it', async (inside, outside) => {
    const failure = new Failure()
    const outcome = transactional({ dataSource: inside }, async () => {
      await writeTo(inside, 'undone')
      await writeTo(outside, 'kept')
      expect(currentTransaction(outside)).toBeUndefined()
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(sources.db(inside))).toEqual([])
    expect(await committed(sources.db(outside))).toEqual(['kept'])
    expect(sources.db(outside).log.commands).toEqual(['INSERT note'])
  })

  it('MO-61 inside both, each write is in its own', async () => {
    const failure = new Failure()
    await transactional({}, async () => {
      const inner = transactional({ dataSource: 'ledger' }, async () => {
        await writeTo('default', 'kept')
        await writeTo('ledger', 'undone')
        throw failure
      })
      await expect(inner).rejects.toBe(failure)
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(await rows()).toEqual([['kept'], []])
  })

  it('MO-62 several in one context: both are found from inside, and neither from outside', async () => {
    const ids = await transactional({}, () =>
      transactional({ dataSource: 'ledger' }, async () => NAMES.map(name => currentTransaction(name)?.id)),
    )
    expect(ids).toEqual([expect.any(String), expect.any(String)])
    expect(NAMES.map(name => currentTransaction(name))).toEqual([undefined, undefined])
  })

  it('MO-62 a data source that is not there is an explained error', async () => {
    const error = await failureOf(transactional({ dataSource: 'ledgre' }, () => Promise.resolve()))
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNKNOWN_DATA_SOURCE' })
    expect(error.message).toMatch(/ledgre[\s\S]*ledger/)
  })
})
