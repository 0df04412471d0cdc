import {
  Component,
  CrudRepository,
  currentTransaction,
  EventPublisher,
  type ExecutionEvent,
  Inject,
  Interceptor,
  lazy,
  type Lazy,
  type MethodCall,
  MethodInterceptor,
  type Next,
  NotTransactional,
  Query,
  Repository,
  Service,
  Transactional,
  TransactionalEventListener,
  type TransactionalOptions,
  UseInterceptors,
} from 'ambit'
import { committed, Failure, Note, NoteRepository, NOTES, seen, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

const trace: string[] = []
const events: ExecutionEvent[] = []
const inTransaction = (): string => (currentTransaction() === undefined ? 'none' : 'active')

/** What the next call of an interceptor does. */
const script: { retries: number; then: 'return' | 'throw'; answer: unknown } = {
  retries: 0,
  then: 'return',
  answer: undefined,
}

abstract class Retrying extends MethodInterceptor {
  async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    trace.push(`retry in ${inTransaction()}`)
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next()
      } catch (error) {
        if (attempt > script.retries) throw error
      }
    }
  }
}

@Interceptor()
class RetryOutside extends Retrying {}

@Interceptor({ order: 50 })
class RetryInside extends Retrying {}

abstract class Failing extends MethodInterceptor {
  async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    const result = await next()
    trace.push(`after next in ${inTransaction()}`)
    if (script.then === 'throw') throw new Failure('behind next')
    return result
  }
}

@Interceptor()
class FailingOutside extends Failing {}

@Interceptor({ order: 100 })
class FailingInside extends Failing {}

/** Not asynchronous: what it answers with becomes a promise on the way out. */
abstract class Caching extends MethodInterceptor {
  intercept(_call: MethodCall, next: Next): unknown {
    return script.answer ?? next()
  }
}

@Interceptor()
class CacheOutside extends Caching {}

@Interceptor({ order: 10 })
class CacheInside extends Caching {}

@Interceptor()
class Timing extends MethodInterceptor {
  async intercept({ label }: MethodCall, next: Next): Promise<unknown> {
    try {
      return await next()
    } finally {
      trace.push(`${label} took its time; rows: ${(await stored()).join(' ')}`)
    }
  }
}

let stored: () => Promise<string[]> = () => Promise.resolve([])

@Component({ scope: 'transaction' })
class ChangeLog {
  readonly lines: string[] = []
}

@Interceptor({ order: 200, scope: 'transaction' })
class LogChanges extends MethodInterceptor {
  static readonly inject = [ChangeLog]
  constructor(private readonly log: ChangeLog) {
    super()
    trace.push('made a logger')
  }
  async intercept({ label }: MethodCall, next: Next): Promise<unknown> {
    this.log.lines.push(label)
    return next()
  }
}

const failFirst = (times: number): (() => void) => {
  let failed = 0
  return () => {
    if (failed++ < times) throw new Failure('attempt')
  }
}

@Service()
class Work {
  fails: () => void = () => undefined

  constructor(
    @Inject(NoteRepository) readonly notes: NoteRepository,
    @Inject(lazy(ChangeLog)) readonly changes: Lazy<ChangeLog>,
  ) {}

  @UseInterceptors(RetryOutside)
  @Transactional()
  async retriedOutside(k: string): Promise<string> {
    await write(k)
    this.fails()
    return k
  }

  // Written the other way round: the order is the same.
  @Transactional()
  @UseInterceptors(RetryInside)
  async retriedInside(k: string): Promise<string> {
    this.fails()
    await write(k)
    return k
  }

  @Transactional()
  @UseInterceptors(RetryOutside, RetryInside)
  async retriedOnBothSides(k: string): Promise<string> {
    await write(k)
    this.fails()
    return k
  }

  @Transactional()
  @UseInterceptors(FailingOutside)
  async failsOutside(k: string): Promise<void> {
    await write(k)
  }

  @UseInterceptors(FailingInside)
  @Transactional()
  async failsInside(k: string): Promise<void> {
    await write(k)
  }

  @UseInterceptors(CacheOutside)
  @Transactional()
  async cachedOutside(): Promise<string[]> {
    return seen()
  }

  @UseInterceptors(CacheInside)
  @Transactional({ begin: 'eager' })
  async cachedInside(): Promise<string[]> {
    return seen()
  }

  @UseInterceptors(Timing)
  @Transactional()
  async timed(k: string): Promise<void> {
    await write(k)
    trace.push(`body; rows: ${(await stored()).join(' ')}`)
  }

  @Transactional()
  async around(body: () => Promise<void>): Promise<void> {
    await write('outer')
    await body()
  }

  @UseInterceptors(RetryOutside)
  @Transactional({ propagation: 'NESTED' })
  async nested(k: string): Promise<string> {
    await write(k)
    this.fails()
    return k
  }

  @UseInterceptors(RetryOutside)
  @Transactional({ propagation: 'REQUIRES_NEW' })
  async fresh(k: string): Promise<string> {
    await write(k)
    this.fails()
    return k
  }

  @UseInterceptors(FailingInside)
  @Transactional({ noRollbackFor: [Failure] })
  async forgiving(k: string): Promise<void> {
    await write(k)
  }

  @UseInterceptors(LogChanges)
  @Transactional()
  async logged(k: string): Promise<readonly string[]> {
    await write(k)
    return this.changes.get().lines
  }
}

@Interceptor()
class StreamOutside extends MethodInterceptor {
  intercept(_call: MethodCall, next: Next): unknown {
    trace.push(`asked in ${inTransaction()}`)
    return next()
  }
}

@Interceptor({ order: 1 })
class StreamInside extends MethodInterceptor {
  intercept(_call: MethodCall, next: Next): unknown {
    trace.push(`made in ${inTransaction()}`)
    return next()
  }
}

@Service()
class Streams {
  @Transactional()
  @UseInterceptors(StreamInside, StreamOutside)
  async *all(): AsyncGenerator<string> {
    await write('streamed')
    yield inTransaction()
  }
}

const options: TransactionalOptions = { propagation: 'REQUIRES_NEW' }

@Service()
@Transactional(options)
@UseInterceptors(StreamOutside, StreamInside)
class Above {
  async run(): Promise<string> {
    return inTransaction()
  }
}

@Service()
@UseInterceptors(StreamInside, StreamOutside)
@Transactional(options)
class Below {
  async run(): Promise<string> {
    return inTransaction()
  }
}

@UseInterceptors(Timing)
@Repository(Note)
class TimedNotes extends CrudRepository<Note, string> {
  @UseInterceptors(CacheOutside)
  @Query({ where: 'k = :k', result: 'one' })
  declare findByKey: (k: string) => Promise<Note | null>

  @Query({ where: 'k > :k' })
  @UseInterceptors(CacheOutside)
  declare findAfter: (k: string) => Promise<Note[]>

  @Transactional({ propagation: 'REQUIRES_NEW' })
  @Query.sql('INSERT INTO note (k) VALUES (:k)', { result: 'affected' })
  declare add: (k: string) => Promise<number>

  @UseInterceptors(FailingInside)
  async own(k: string): Promise<string> {
    await this.insert({ k })
    return k
  }
}

@Repository(Note)
@UseInterceptors(Timing)
class TimedBelow extends CrudRepository<Note, string> {
  @NotTransactional()
  @UseInterceptors(StreamOutside)
  async without(k: string): Promise<string> {
    await this.insert({ k })
    return inTransaction()
  }

  @UseInterceptors(StreamInside)
  async *each(): AsyncGenerator<string> {
    for (const { k } of await this.findAll()) yield `${k} in ${inTransaction()}`
  }
}

@Repository(Note)
@UseInterceptors(FailingInside)
class GuardedNotes extends CrudRepository<Note, string> {}

class Base {
  @UseInterceptors(StreamOutside, StreamInside)
  async run(): Promise<string> {
    return inTransaction()
  }
}

@Transactional()
@Service()
class Derived extends Base {}

class Happened {}

@Service()
class Listener {
  @TransactionalEventListener({ event: Happened })
  @UseInterceptors(StreamInside, StreamOutside)
  @Transactional({ propagation: 'REQUIRES_NEW' })
  async committed(_event: Happened): Promise<void> {
    trace.push(`listened in ${inTransaction()}`)
  }
}

const COMPONENTS = [
  ...NOTES.components,
  ...[Work, Streams, Above, Below, TimedNotes, TimedBelow, GuardedNotes, Derived, Listener, ChangeLog],
  ...[RetryOutside, RetryInside, FailingOutside, FailingInside, CacheOutside, CacheInside],
  ...[Timing, LogChanges, StreamOutside, StreamInside],
]

describe.each(ENGINES)('interceptors and transactions on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, components: COMPONENTS }))
  const work = (): Work => running.app.get(Work)

  beforeEach(() => {
    trace.length = 0
    events.length = 0
    Object.assign(script, { retries: 0, then: 'return', answer: undefined })
    stored = () => committed(db)
    work().fails = () => undefined
  })

  it('PI-W1: a retry outside has a fresh transaction for each attempt', async () => {
    script.retries = 2
    work().fails = failFirst(2)
    expect(await work().retriedOutside('a')).toBe('a')
    const attempt = ['BEGIN', 'INSERT note', 'ROLLBACK']
    expect(db.log.commands).toEqual([...attempt, ...attempt, 'BEGIN', 'INSERT note', 'COMMIT'])
    expect(trace).toEqual(['retry in none'])
    expect(await committed(db)).toEqual(['a'])
  })

  it('PI-W1: a retry outside that gives up leaves nothing', async () => {
    script.retries = 1
    work().fails = failFirst(9)
    await expect(work().retriedOutside('a')).rejects.toThrow('attempt')
    expect(db.log.commands.filter(command => command === 'ROLLBACK')).toHaveLength(2)
    expect(await committed(db)).toEqual([])
  })

  it('PI-W1: a retry inside repeats the method in one transaction, wherever @Transactional is written', async () => {
    script.retries = 3
    work().fails = failFirst(3)
    expect(await work().retriedInside('a')).toBe('a')
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
    expect(trace).toEqual(['retry in active'])
  })

  it('an attempt inside that has written does not undo its writes; the one outside does', async () => {
    script.retries = 1
    work().fails = failFirst(1)
    // The second INSERT of the same key fails inside; outside, a new transaction begins without it.
    expect(await work().retriedOnBothSides('a')).toBe('a')
    expect(trace).toEqual(['retry in none', 'retry in active', 'retry in active'])
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(2)
    expect(await committed(db)).toEqual(['a'])
  })

  it('a cache outside answers without any transaction', async () => {
    script.answer = ['stored']
    const answer = work().cachedOutside()
    expect(answer).toBeInstanceOf(Promise)
    expect(await answer).toEqual(['stored'])
    expect(db.log.commands).toEqual([])
  })

  it('a cache inside answers in the transaction, which commits', async () => {
    script.answer = ['stored']
    expect(await work().cachedInside()).toEqual(['stored'])
    expect([db.log.commands[0], db.log.commands.at(-1)]).toEqual(['BEGIN', 'COMMIT'])
    expect(db.log.commands).not.toContain('SELECT note')
  })

  it('a clock outside sees the commit, which the method itself does not', async () => {
    await work().timed('a')
    expect(trace).toEqual(['body; rows: ', 'Work.timed took its time; rows: a'])
  })

  it('an error behind next() outside comes too late: it is committed', async () => {
    script.then = 'throw'
    await expect(work().failsOutside('a')).rejects.toThrow('behind next')
    expect(trace).toEqual(['after next in none'])
    expect(db.log.commands.at(-1)).toBe('COMMIT')
    expect(await committed(db)).toEqual(['a'])
  })

  it('an error behind next() inside rolls back', async () => {
    script.then = 'throw'
    await expect(work().failsInside('a')).rejects.toThrow('behind next')
    expect(trace).toEqual(['after next in active'])
    expect(db.log.commands.at(-1)).toBe('ROLLBACK')
    expect(await committed(db)).toEqual([])
  })

  it('an error inside obeys the rollback rules of the method', async () => {
    script.then = 'throw'
    await expect(work().forgiving('a')).rejects.toThrow('behind next')
    expect(await committed(db)).toEqual(['a'])
  })

  it('a retry around a joining method cannot undo what the first attempt has doomed', async () => {
    script.retries = 1
    work().fails = failFirst(1)
    await expect(work().around(async () => void (await work().retriedOutside('a')))).rejects.toBeInstanceOf(Error)
    expect(trace).toEqual(['retry in active'])
    expect(await committed(db)).toEqual([])
  })

  it('a retry around NESTED goes back to a savepoint each time', async () => {
    script.retries = 1
    work().fails = failFirst(1)
    await work().around(async () => void (await work().nested('a')))
    expect(db.log.commands.filter(command => command.startsWith('SAVEPOINT'))).toHaveLength(2)
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
    expect(await committed(db)).toEqual(['a', 'outer'])
  })

  if (!engine.oneWriter)
    it('a retry around REQUIRES_NEW leaves the outer transaction alone', async () => {
      script.retries = 1
      work().fails = failFirst(1)
      await work().around(async () => void (await work().fresh('a')))
      expect(await committed(db)).toEqual(['a', 'outer'])
    })

  it('two calls of next() at the same time have two transactions', async () => {
    script.retries = 0
    const [left, right] = await Promise.all([work().retriedOutside('a'), work().retriedOutside('b')])
    expect([left, right]).toEqual(['a', 'b'])
    expect(db.log.commands.filter(command => command === 'COMMIT')).toHaveLength(2)
  })

  it('PI-W22: one that lives for a transaction is made for each, with what else lives in it', async () => {
    expect(await work().logged('a')).toEqual(['Work.logged'])
    expect(await work().logged('b')).toEqual(['Work.logged'])
    expect(trace).toEqual(['made a logger', 'made a logger'])
    trace.length = 0
    await work().around(async () => {
      await work().logged('c')
      expect(await work().logged('d')).toEqual(['Work.logged', 'Work.logged'])
    })
    expect(trace).toEqual(['made a logger'])
  })

  it('a generator is asked for outside, and made inside with its first step', async () => {
    const steps = running.app.get(Streams).all()
    expect(trace).toEqual(['asked in none'])
    expect(db.log.commands).toEqual([])
    for await (const step of steps) expect(step).toBe('active')
    expect(trace).toEqual(['asked in none', 'made in active'])
    expect(await committed(db)).toEqual(['streamed'])
  })

  it.each([Above, Below])('class decorators may be written in either order', async type => {
    expect(await running.app.get<Above | Below>(type).run()).toBe('active')
    expect(trace).toEqual(['asked in none', 'made in active'])
  })

  it('a subclass’s transaction stands among the interceptors of its base, which has none', async () => {
    expect(await running.app.get(Derived).run()).toBe('active')
    expect(trace).toEqual(['asked in none', 'made in active'])
    trace.length = 0
    expect(await new Base().run()).toBe('none')
    expect(trace).toEqual(['asked in none', 'made in none'])
  })

  it('stand around listeners, whose transaction the start still knows', async () => {
    await work().around(async () => {
      await running.app.get(EventPublisher).publish(new Happened())
      trace.push('published')
    })
    expect(trace).toEqual(['published', 'asked in none', 'made in active', 'listened in active'])
  })

  describe('around repositories', () => {
    const notes = (): TimedNotes => running.app.get(TimedNotes)
    const guarded = (): GuardedNotes => running.app.get(GuardedNotes)

    it('stand around inherited methods, and see what they have committed', async () => {
      await notes().insert({ k: 'a' })
      expect(trace).toEqual(['TimedNotes.insert took its time; rows: a'])
    })

    it('stand around declared queries, whichever decorator is written first', async () => {
      await notes().insert({ k: 'b' })
      expect(await notes().findByKey('b')).toEqual({ k: 'b' })
      expect(await notes().findAfter('a')).toEqual([{ k: 'b' }])
      expect(trace.slice(1)).toEqual([
        'TimedNotes.findByKey took its time; rows: b',
        'TimedNotes.findAfter took its time; rows: b',
      ])
      db.log.clear()
      script.answer = 'stored'
      expect(await notes().findByKey('b')).toBe('stored')
      expect(await notes().findAfter('a')).toBe('stored')
      expect(db.log.commands).toEqual([])
    })

    it('leave a query with a declaration of its own in one transaction', async () => {
      await notes().add('a')
      expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
      expect(trace).toEqual(['TimedNotes.add took its time; rows: a'])
    })

    it.each([TimedNotes, TimedBelow])('cost a single read no transaction as long as they are outside', async type => {
      await running.app.get<TimedNotes | TimedBelow>(type).findById('a')
      expect(trace).toEqual([`${type.name}.findById took its time; rows: `])
      expect(db.log.commands.filter(command => command !== 'SELECT note')).toEqual([])
    })

    it('stand around methods that are to be in no transaction, and around generators', async () => {
      const below = running.app.get(TimedBelow)
      expect(await below.without('a')).toBe('none')
      const steps: string[] = []
      for await (const step of below.each()) steps.push(step)
      expect(steps).toEqual(['a in active'])
      expect(trace).toEqual([
        'asked in none',
        'TimedBelow.insert took its time; rows: a',
        'TimedBelow.without took its time; rows: a',
        'made in active',
        'TimedBelow.findAll took its time; rows: a',
      ])
    })

    it('see database errors in the terms of the framework', async () => {
      await notes().insert({ k: 'a' })
      await expect(guarded().insert({ k: 'a' })).rejects.toMatchObject({ code: 'AMBIT_DATABASE_UNIQUE' })
      await expect(notes().own('a')).rejects.toMatchObject({ code: 'AMBIT_DATABASE_UNIQUE' })
    })

    it('roll back from inside also what would otherwise be one statement with its COMMIT', async () => {
      script.then = 'throw'
      await expect(guarded().insert({ k: 'a' })).rejects.toThrow('behind next')
      await expect(notes().own('b')).rejects.toThrow('behind next')
      expect(trace.filter(step => step.startsWith('after'))).toEqual(['after next in active', 'after next in active'])
      expect(await committed(db)).toEqual([])
    })

    it('let a repository keep its own reads and writes from inside', async () => {
      await guarded().insert({ k: 'a' })
      expect(await guarded().findById('a')).toEqual({ k: 'a' })
      expect(await committed(db)).toEqual(['a'])
    })
  })
})
