import {
  afterCommit,
  afterCompletion,
  type Application,
  beforeCommit,
  bootstrap,
  Component,
  currentTransaction,
  entityManager,
  Inject,
  InjectionToken,
  isAmbitError,
  type Lazy,
  lazy,
  Optional,
  PostConstruct,
  PreDestroy,
  provide,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { createTestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'
import { Boundaries, committed, Failure, Note, NoteRepository, NOTES, write } from './notes'

let made = 0
let ended: string[] = []

/** What lives for one transaction: it has a number, and says how it ended. */
@Component({ scope: 'transaction' })
class Unit {
  readonly number = (made += 1)

  @PreDestroy()
  async end(outcome: string | undefined): Promise<void> {
    ended.push(`${this.number} ${outcome} ${currentTransaction() === undefined ? 'outside' : 'inside'}`)
    await Promise.resolve()
    ended.push(`${this.number} awaited`)
  }
}

/** Needs another one of the same transaction, and a singleton. */
@Component({ scope: 'transaction' })
class Journal {
  readonly lines: string[] = []

  constructor(
    readonly unit: Unit,
    readonly notes: NoteRepository,
  ) {}

  /** A component of a transaction is owned by the application as any other: its methods are boundaries. */
  @Transactional({ propagation: 'MANDATORY' })
  async store(): Promise<void> {
    for (const k of this.lines) await this.notes.insert({ k })
  }
}

/** Reads the database before it is ready. */
@Component({ scope: 'transaction' })
class Loaded {
  rows: readonly string[] = []

  @PostConstruct()
  async load(): Promise<void> {
    this.rows = (await entityManager().find(Note)).map(({ k }) => k)
  }
}

const BREAKS = new InjectionToken<object>('Breaks')
const ABSENT = new InjectionToken<object>('Absent')

@Service()
class Work {
  constructor(
    @Inject(lazy(Unit)) readonly unit: Lazy<Unit>,
    @Inject(lazy(() => Journal)) readonly journal: Lazy<Journal>,
    @Inject(lazy(Loaded)) readonly loaded: Lazy<Loaded>,
    @Inject(lazy(BREAKS)) readonly breaks: Lazy<object>,
    @Optional() @Inject(lazy(ABSENT)) readonly absent?: Lazy<object>,
  ) {}

  @Transactional()
  async number(): Promise<number> {
    return this.unit.get().number
  }
}

const factory = jest.fn<object, []>()

const options = {
  ...NOTES,
  components: [...NOTES.components, Unit, Journal, Loaded, Work],
  providers: [provide(BREAKS, { scope: 'transaction', useFactory: () => factory() })],
}

const code = (error: unknown): unknown => (isAmbitError(error) ? error.code : error)

function thrown(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return code(error)
  }
}

describe.each(ENGINES)('components that live for a transaction, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => options)
  const app = (): Application => running.app
  const work = (): Work => app().get(Work)
  const unit = (): number => app().get(Unit).number

  beforeEach(() => {
    made = 0
    ended = []
    factory.mockReset()
  })

  it('PS-23 two transactions have two instances', async () => {
    expect([await work().number(), await work().number()]).toEqual([1, 2])
    const both = await Promise.all([transactional({}, async () => unit()), transactional({}, async () => unit())])
    expect(both.toSorted()).toEqual([3, 4])
  })

  it('PS-24 all lookups in one transaction give one instance, also those of joined and nested boundaries', async () => {
    const numbers = await transactional({}, async () => [
      unit(),
      await work().number(),
      (await app().resolve(Unit)).number,
      app().getAll(Unit)[0]?.number,
      work().journal.get().unit.number,
      await transactional({ propagation: 'NESTED' }, async () => unit()),
      ...(await Promise.all([
        work().number(),
        app()
          .get(Boundaries)
          .mandatory(async () => unit()),
      ])),
    ])
    expect(new Set(numbers)).toEqual(new Set([1]))
    expect(made).toBe(1)
  })

  it('PS-25 REQUIRES_NEW has an instance of its own, and the outer one is back afterwards', async () => {
    const seen = await transactional({}, async () => {
      const before = unit()
      const inner = await app()
        .get(Boundaries)
        .requiresNew(async () => unit())
      return [before, inner, unit()]
    })
    expect(seen).toEqual([1, 2, 1])
    expect(ended).toEqual(['2 committed outside', '2 awaited', '1 committed outside', '1 awaited'])
  })

  it('PS-26 outside a transaction there is none, and the error says what to do', async () => {
    for (const look of [() => app().get(Unit), () => work().unit.get(), () => app().getAll(Unit)]) {
      expect(thrown(look)).toBe('AMBIT_DI_SCOPE_INACTIVE')
    }
    await expect(app().resolve(Unit)).rejects.toMatchObject({
      code: 'AMBIT_DI_SCOPE_INACTIVE',
      message:
        'Unit lives for one transaction, and none is active here. [AMBIT_DI_SCOPE_INACTIVE]\n' +
        '  where: get(Unit)\n' +
        "  next:  Ask for it inside a @Transactional method on the data source 'default'.",
    })
    expect(made).toBe(0)
  })

  it('PS-27 its end is told the outcome, awaited, and run once, when the transaction is over', async () => {
    const order: string[] = []
    await transactional({}, async () => {
      await write('a')
      unit()
      afterCommit(() => order.push(`afterCommit: ${ended.length} ended`))
      afterCompletion(() => order.push(`afterCompletion: ${ended.length} ended`))
      unit()
    })
    expect(order).toEqual(['afterCommit: 0 ended', 'afterCompletion: 0 ended'])
    expect(ended).toEqual(['1 committed outside', '1 awaited'])
    await expect(
      transactional({}, async () => {
        unit()
        await write('b')
        throw new Failure()
      }),
    ).rejects.toThrow(Failure)
    expect(ended.slice(2)).toEqual(['2 rolled-back outside', '2 awaited'])
    expect(await committed(db)).toEqual(['a'])
  })

  it('PS-27 every hook still finds it alive, whenever it was registered', async () => {
    const alive: string[] = []
    const note = (hook: string) => () => alive.push(`${hook} ${ended.length === 0}`)
    await transactional({}, async () => {
      afterCompletion(note('before it'))
      unit()
      afterCompletion(note('behind it'))
      beforeCommit(() => {
        expect(unit()).toBe(1)
        afterCommit(note('from a hook'))
      })
    })
    expect(alive).toEqual(['from a hook true', 'before it true', 'behind it true'])
    expect(ended).toHaveLength(2)
  })

  it('PS-W12 NOT_SUPPORTED hides it, SUPPORTS without a transaction has none, REQUIRED inside has one', async () => {
    const boundaries = app().get(Boundaries)
    await transactional({}, async () => {
      unit()
      await boundaries.notSupported(async () => {
        expect(thrown(unit)).toBe('AMBIT_DI_SCOPE_INACTIVE')
      })
      expect(unit()).toBe(1)
    })
    await boundaries.supports(async () => {
      expect(thrown(unit)).toBe('AMBIT_DI_SCOPE_INACTIVE')
      expect(await boundaries.required(async () => unit())).toBe(2)
    })
  })

  it('PS-W13 it ends after COMMIT: the rows are there, and the connection is back', async () => {
    const atItsEnd: unknown[] = []
    factory.mockImplementation(() => ({
      [Symbol.asyncDispose]: async () => atItsEnd.push(await committed(db), await db.leftovers(app(), 'default')),
    }))
    await transactional({}, async () => {
      work().breaks.get()
      const journal = work().journal.get()
      journal.lines.push('x', 'y')
      await journal.store()
    })
    expect(atItsEnd).toEqual([['x', 'y'], { checkedOut: 0, waiting: 0, openTransactions: 0 }])
  })

  it('it ends all the same when hooks throw, before and after the end', async () => {
    await expect(
      transactional({}, async () => {
        unit()
        beforeCommit(() => {
          throw new Failure('before')
        })
      }),
    ).rejects.toThrow('before')
    expect(ended).toEqual(['1 rolled-back outside', '1 awaited'])
    await transactional({}, async () => {
      unit()
      afterCommit(() => {
        throw new Failure('after')
      })
    })
    expect(ended.slice(2)).toEqual(['2 committed outside', '2 awaited'])
    expect(running.reports.splice(0).map(code)).toEqual(['AMBIT_TX_AFTER_COMMIT'])
  })

  it('a retried transaction has a new one with each attempt', async () => {
    const seen: number[] = []
    const transient = engine.oneWriter
      ? Object.assign(new Error('busy'), { code: 'SQLITE_BUSY_SNAPSHOT' })
      : Object.assign(new Error('serialization'), { code: '40001' })
    await transactional({ retry: 2 }, async () => {
      seen.push(unit())
      if (seen.length < 2) throw transient
    })
    expect(seen).toEqual([1, 2])
    expect(ended.filter(line => line.includes('outside'))).toEqual(['1 rolled-back outside', '2 committed outside'])
  })

  it('work that has outlived its transaction finds none, and revives none', async () => {
    let goOn: () => void = () => undefined
    let late: Promise<unknown> | undefined
    await transactional({}, async () => {
      unit()
      const gate = new Promise<void>(resolve => (goOn = resolve))
      late = gate.then(() => thrown(unit))
    })
    goOn()
    expect(await late).toBe('AMBIT_DI_SCOPE_INACTIVE')
    expect([made, ended.length]).toEqual([1, 2])
  })

  it('one that reads the database before it is ready is awaited, built once, and there at once afterwards', async () => {
    await transactional({}, async () => {
      await write('a')
      expect(thrown(() => work().loaded.get())).toBe('AMBIT_DI_ASYNC')
      const [one, other] = await Promise.all([work().loaded.resolve(), app().resolve(Loaded)])
      expect(one).toBe(other)
      expect(one.rows).toEqual(['a'])
      expect(work().loaded.get()).toBe(one)
    })
    expect(db.log.commands.filter(command => command.startsWith('SELECT'))).toHaveLength(1)
  })

  it('one that cannot be built fails its caller only, and is tried again by the next', async () => {
    factory.mockImplementationOnce(() => {
      throw new Failure('first')
    })
    factory.mockImplementation(() => ({ there: true }))
    await transactional({}, async () => {
      await write('a')
      expect(thrown(() => work().breaks.get())).toBe('AMBIT_DI_CREATION')
      expect(work().breaks.get()).toEqual({ there: true })
    })
    expect(await committed(db)).toEqual(['a'])
    expect(factory).toHaveBeenCalledTimes(2)
  })

  it('one whose end fails never turns committed work into a failed call; the failure is reported', async () => {
    factory.mockImplementation(() => ({
      [Symbol.asyncDispose]: async () => Promise.reject(new Failure('at its end')),
    }))
    await transactional({}, async () => {
      await write('a')
      unit()
      work().breaks.get()
    })
    expect(await committed(db)).toEqual(['a'])
    expect(ended).toEqual(['1 committed outside', '1 awaited'])
    const [report] = running.reports.splice(0)
    expect([code(report), code(report?.cause)]).toEqual(['AMBIT_TX_AFTER_COMMIT', 'AMBIT_DI_DISPOSAL'])
    expect((report?.cause as Error).message).toContain('1 component failed at the end of the transaction: Breaks.')
  })

  it('an optional handle on what is not registered is undefined', () => {
    expect(work().absent).toBeUndefined()
  })
})

describe('components that live for a transaction, when the connection dies', () => {
  it.each([
    ['at COMMIT', 'unknown', (text: string) => text === 'COMMIT'],
    ['at a statement', 'rolled-back', (text: string) => text.includes('INSERT INTO "note"')],
  ] as const)('%s: they are told %s, and end once', async (_, outcome, matches) => {
    ended = []
    const database = await createTestDatabase()
    const proxy = await WireProxy.start(database.url)
    const settings = { url: proxy.url, schema: 'create', poolSize: 1 } as const
    const app = await bootstrap({ database: settings, logger: silentLogger, ...options })
    try {
      const cut = proxy.cut('after', ({ text }) => matches(text))
      const number = await app.run(async () => {
        let own = 0
        const lost = transactional({}, async () => {
          own = app.get(Unit).number
          await write('a')
        })
        await expect(lost).rejects.toBeInstanceOf(Error)
        return own
      })
      await cut
      expect(ended).toEqual([`${number} ${outcome} outside`, `${number} awaited`])
    } finally {
      await app.close()
      await proxy.close()
      await database.drop()
    }
  })
})
