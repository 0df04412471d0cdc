import { bootstrap, CrudRepository, PageRequest, Query, Repository, transactional } from 'ambit'
import { DeadlockError, LockNotAvailableError, LockScopeError } from 'ambit/errors'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { gate } from '../support/gate'
import { until } from '../support/until'
import { BadgeRepository, Job, JobRepository, JOBS, Note, NoteRepository, QueueRepository } from './jobs'

@Repository(Job)
class Skipping extends CrudRepository<Job> {
  @Query({ lock: 'update', onLocked: 'skip' })
  declare findFirstByStateOrderByIdAsc: (state: string) => Promise<Job | null>

  @Query({ where: 'id = :id', result: 'required', lock: 'update', onLocked: 'nowait' })
  declare atOnce: (id: number) => Promise<Job>
}

const [SQLITE, POSTGRES] = ENGINES as [(typeof ENGINES)[0], (typeof ENGINES)[0]]

describe.each(ENGINES)('pessimistic locks on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => JOBS)
  const jobs = (): JobRepository => running.app.get(JobRepository)
  const locking = (text: string): string => (engine.oneWriter ? '' : text)
  const selects = (): string[] => db.log.texts.filter(text => text.startsWith('SELECT'))

  it('lock what they select until the transaction ends, whoever asks for it', async () => {
    const { id } = await jobs().insert({ state: 'new' })
    db.log.clear()
    await transactional({}, async () => {
      expect(await jobs().byId(id)).toMatchObject({ id, state: 'new' })
      expect(await jobs().findByStateOrderByIdAsc('new')).toHaveLength(1)
      expect(await jobs().findById(id, { lock: 'no-key-update' })).toMatchObject({ id })
      expect(await jobs().getById(id, { lock: 'key-share' })).toMatchObject({ id })
      expect((await jobs().sliceOf('new', PageRequest.of(0, 5))).content).toHaveLength(1)
      expect((await jobs().sliceOf('new', PageRequest.of(1, 5))).content).toHaveLength(0)
    })
    expect(db.log.texts[0]).toBe(engine.oneWriter ? 'BEGIN IMMEDIATE' : 'BEGIN')
    const ends = ['UPDATE', 'UPDATE', 'NO KEY UPDATE', 'KEY SHARE', 'SHARE', 'SHARE']
    const found = selects().map(text => / FOR (.*) OF "entity"(?: LIMIT .*)?$/.exec(text)?.[1] ?? 'none')
    expect(found).toEqual(engine.oneWriter ? ends.map(() => 'none') : ends)
  })

  it('leave rows of joined tables alone, which may be missing', async () => {
    await jobs().insert({ state: 'new' })
    expect(await transactional({}, () => jobs().mailOrNone())).toHaveLength(1)
    expect(selects()[0]).toMatch(new RegExp(`${locking(' FOR UPDATE OF "entity"')}$`))
  })

  it('hold in the transaction of a repository method of its own', async () => {
    const { id } = await jobs().insert({ state: 'new' })
    expect(await jobs().claim(id, 'w1')).toMatchObject({ worker: 'w1' })
    expect(await db.query('SELECT worker FROM job')).toEqual([{ worker: 'w1' }])
  })

  it('serve entities that TypeORM loads: with eager relations, by a key that is a relation', async () => {
    const job = await jobs().save({ state: 'new' })
    const notes = running.app.get(NoteRepository)
    const { id } = await notes.save({ text: 'a', job })
    await running.app.get(BadgeRepository).insert({ jobId: job.id, color: 'red' })
    db.log.clear()
    await transactional({}, async () => {
      expect(await notes.findById(id, { lock: 'update' })).toMatchObject({ text: 'a', job: { id: job.id } })
      expect(await running.app.get(BadgeRepository).getById(job.id, { lock: 'share' })).toMatchObject({ color: 'red' })
    })
    const ends = [' FOR UPDATE OF "entity"', ' FOR SHARE OF "entity"'].map(locking)
    selects().forEach((text, at) => expect(text.endsWith(ends[at] ?? '?')).toBe(true))
  })

  it.each([
    ['a declared query', (id: number): Promise<unknown> => jobs().byId(id)],
    ['a derived query', () => jobs().findByStateOrderByIdAsc('new')],
    ['findById', (id: number) => jobs().findById(id, { lock: 'update' })],
    ['getById', (id: number) => jobs().getById(id, { lock: 'share', onLocked: 'wait' })],
  ])('are refused outside a transaction, before any SQL: %s', async (_, find) => {
    const { id } = await jobs().insert({ state: 'new' })
    db.log.clear()
    const refused = find(id)
    await expect(refused).rejects.toBeInstanceOf(LockScopeError)
    await expect(refused).rejects.toThrow('Put @Transactional() on the method')
    await expect(transactional({ propagation: 'SUPPORTS' }, () => find(id))).rejects.toThrow('no transaction is active')
    expect(db.log.commands).toEqual([])
  })

  it('are refused in a read-only transaction, before any SQL', async () => {
    const refused = transactional({ readOnly: true }, () => jobs().byId(1))
    await expect(refused).rejects.toMatchObject({ code: 'AMBIT_QUERY_LOCK_SCOPE' })
    await expect(refused).rejects.toThrow('Take readOnly off the method')
    expect(db.log.commands).toEqual([])
  })

  it('refuse what they cannot be, before any SQL', async () => {
    const findBy = (options: object): Promise<unknown> => transactional({}, () => jobs().findById(1, options))
    await expect(findBy({ lock: 'pessimistic_write' })).rejects.toThrow('lock cannot be "pessimistic_write"')
    await expect(findBy({ lock: 'update', onLocked: 'run' })).rejects.toThrow('onLocked cannot be "run"')
    await expect(findBy({ onLocked: 'skip' })).rejects.toThrow('onLocked is given without a lock')
    await expect(
      transactional({}, () => jobs().findById(undefined as never, { lock: 'update' })),
    ).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_NO_ID',
    })
    expect(db.log.commands).toEqual([])
  })

  it('keep a missing row from being an end: not found dooms nothing', async () => {
    const found = await transactional({}, async () => {
      await jobs()
        .getById(7, { lock: 'update' })
        .catch(() => null)
      return jobs().save({ state: 'after' })
    })
    expect(found).toMatchObject({ state: 'after' })
    expect(await jobs().count()).toBe(1)
  })

  it('make the second of two transactions wait for the first, whose write it then sees', async () => {
    const { id } = await jobs().insert({ state: 'new' })
    const locked = gate()
    const go = gate()
    const order: string[] = []
    const first = transactional({ label: 'first' }, async () => {
      await jobs().byId(id)
      locked.open()
      await go.opened
      await jobs().update(id, { state: 'taken' })
      order.push('first')
    })
    await locked.opened
    const second = transactional({ label: 'second' }, async () => {
      const job = await jobs().byId(id)
      order.push('second')
      return job?.state
    })
    await until('the second waits', async () => (engine.oneWriter ? waitsInQueue() : waitsForLock()))
    go.open()
    expect([await second, await first]).toEqual(['taken', undefined])
    expect(order).toEqual(['first', 'second'])
  })

  const waitsForLock = async (): Promise<boolean> => {
    const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return (await db.query(sql)).length > 0
  }
  const waitsInQueue = async (): Promise<boolean> => (await db.leftovers(running.app, 'default')).waiting > 0

  it.each([
    ['a count', { result: 'count' as const }, "'count' has no rows to lock"],
    ['a test for existence', { result: 'exists' as const }, "'exists' has no rows to lock"],
    ['a page, for its total', { result: 'page' as const }, "'page' has no rows to lock"],
  ])('are refused at start-up for %s', async (_, { result }, says) => {
    @Repository(Job)
    class Wrong extends CrudRepository<Job> {
      @Query.unchecked({ where: 'id > 0', result, lock: 'update' })
      declare wrong: () => Promise<unknown>
    }
    const start = bootstrap({ database: db.settings, ...JOBS, components: [Wrong], logger: silentLogger })
    await expect(start).rejects.toMatchObject({ problems: [{ code: 'AMBIT_QUERY_LOCK' }] })
    await expect(start).rejects.toThrow(says)
  })

  it('are refused where the class is defined: for raw SQL, with unknown words, without a lock', () => {
    expect(() => Query.sql('SELECT 1', { lock: 'update' } as never)).toThrow("unknown option 'lock'")
    expect(() => Query({ where: 'id = 1', lock: 'write' as never })).toThrow('lock cannot be "write"')
    expect(() => Query({ where: 'id = 1', lock: 'update', onLocked: 'fail' as never })).toThrow('onLocked cannot be')
    expect(() => Query({ where: 'id = 1', onLocked: 'skip' })).toThrow('onLocked is given without a lock')
  })
})

describe('pessimistic locks on PostgreSQL, between transactions', () => {
  const db = engineDatabase(POSTGRES)
  const running = runningApplication(db, () => ({ ...JOBS, components: [...JOBS.components, Skipping] }))
  const jobs = (): JobRepository => running.app.get(JobRepository)
  const skipping = (): Skipping => running.app.get(Skipping)

  /** Holds the lock on a job while `work` runs. */
  const whileLocked = async <T>(id: number, work: () => Promise<T>): Promise<T> => {
    const locked = gate()
    const go = gate()
    const holder = transactional({ label: 'holder' }, async () => {
      await jobs().byId(id)
      locked.open()
      await go.opened
    })
    await locked.opened
    try {
      return await work()
    } finally {
      go.open()
      await holder
    }
  }

  it('nowait fails at once, with an error that is translated, and says what to do', async () => {
    const { id } = await jobs().insert({ state: 'new' })
    const failed = whileLocked(id, () => transactional({}, () => skipping().atOnce(id)))
    await expect(failed).rejects.toBeInstanceOf(LockNotAvailableError)
    await expect(failed).rejects.toMatchObject({ code: 'AMBIT_DATABASE_LOCK', databaseCode: '55P03' })
    const byKey = whileLocked(id, () =>
      transactional({}, () => jobs().getById(id, { lock: 'share', onLocked: 'nowait' })),
    )
    await expect(byKey).rejects.toMatchObject({ code: 'AMBIT_DATABASE_LOCK' })
  })

  it('skip answers the others', async () => {
    const [first, second] = await jobs().saveAll([{ state: 'new' }, { state: 'new' }])
    const found = await whileLocked(first?.id ?? 0, () =>
      transactional({}, () => skipping().findFirstByStateOrderByIdAsc('new')),
    )
    expect(found).toMatchObject({ id: second?.id })
    expect(db.log.texts.find(text => text.includes('SKIP'))).toMatch(/LIMIT 1 FOR UPDATE OF "entity" SKIP LOCKED$/)
  })

  it('share locks stand beside each other, and keep writers out', async () => {
    const { id } = await jobs().insert({ state: 'new' })
    await transactional({}, async () => {
      await jobs().getById(id, { lock: 'share' })
      await transactional({ propagation: 'REQUIRES_NEW' }, () =>
        jobs().getById(id, { lock: 'share', onLocked: 'nowait' }),
      )
      const write = transactional({ propagation: 'REQUIRES_NEW' }, () =>
        jobs().getById(id, { lock: 'no-key-update', onLocked: 'nowait' }),
      )
      await expect(write).rejects.toBeInstanceOf(LockNotAvailableError)
    })
  })

  it('8 workers take each job of a queue exactly once', async () => {
    await jobs().saveAll(Array.from({ length: 60 }, () => ({ state: 'new' })))
    const taken: number[] = []
    const take = (worker: string): Promise<boolean> =>
      transactional({ label: worker }, async () => {
        const job = await skipping().findFirstByStateOrderByIdAsc('new')
        if (job === null) return false
        taken.push(job.id)
        return jobs().update(job.id, { state: 'done', worker })
      })
    const work = async (worker: string): Promise<void> => {
      while (await take(worker));
    }
    await Promise.all(Array.from({ length: 8 }, (_, at) => work(`w${at}`)))
    expect(taken).toHaveLength(60)
    expect(new Set(taken).size).toBe(60)
    expect(await db.query("SELECT count(*)::int AS n FROM job WHERE state = 'done' AND worker IS NOT NULL")).toEqual([
      { n: 60 },
    ])
  })

  it('a deadlock is reported as one, and retried', async () => {
    const [a, b] = (await jobs().saveAll([{ state: 'a' }, { state: 'b' }])).map(({ id }) => id) as [number, number]
    const cross = async (retry: number): Promise<PromiseSettledResult<number>[]> => {
      const meet = [gate(), gate()] as const
      let runs = 0
      const side = (own: number, other: number, at: 0 | 1): Promise<number> =>
        transactional({ retry }, async () => {
          runs += 1
          await jobs().byId(own)
          meet[at].open()
          if (runs <= 2) await meet[at === 0 ? 1 : 0].opened
          await jobs().byId(other)
          return own
        })
      return Promise.allSettled([side(a, b, 0), side(b, a, 1)])
    }
    const once = await cross(0)
    const failed = once.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(failed).toHaveLength(1)
    expect(failed[0]?.reason).toBeInstanceOf(DeadlockError)
    expect(await cross(3)).toEqual([
      { status: 'fulfilled', value: a },
      { status: 'fulfilled', value: b },
    ])
  })

  it('over eager relations are refused at start-up where rows are limited', async () => {
    @Repository(Note)
    class Wrong extends CrudRepository<Job> {
      @Query.unchecked({ where: 'id > 0', result: 'one', lock: 'update' })
      declare wrong: () => Promise<unknown>
    }
    const start = bootstrap({ database: db.settings, ...JOBS, components: [Wrong], logger: silentLogger })
    await expect(start).rejects.toThrow('Note has eager relations')
  })
})

describe('pessimistic locks on SQLite, where a transaction has the file to itself', () => {
  const db = engineDatabase(SQLITE)
  const running = runningApplication(db, () => JOBS)
  const jobs = (): JobRepository => running.app.get(JobRepository)

  it.each(['nowait', 'skip'] as const)('%s is refused at start-up, and in a call', async onLocked => {
    @Repository(Job)
    class Wrong extends CrudRepository<Job> {
      @Query({ where: 'id > 0', lock: 'update', onLocked })
      declare wrong: () => Promise<Job[]>
    }
    const start = bootstrap({ database: db.settings, ...JOBS, components: [Wrong], logger: silentLogger })
    await expect(start).rejects.toThrow(`onLocked: '${onLocked}' has no meaning on this database`)
    const call = transactional({}, () => jobs().findById(1, { lock: 'update', onLocked }))
    await expect(call).rejects.toMatchObject({ code: 'AMBIT_QUERY_LOCK' })
  })

  it('what has locked lends its connection no more: nobody inside changes what it has read', async () => {
    const { id } = await jobs().insert({ state: 'new' })
    const inner = (): Promise<unknown> =>
      transactional({ propagation: 'REQUIRES_NEW' }, () => jobs().update(id, { state: 'stolen' }))
    await transactional({}, async () => {
      await jobs().findById(id)
      await inner()
      expect(await jobs().byId(id)).toMatchObject({ state: 'stolen' })
      await expect(inner()).rejects.toThrow()
      await running.app.get(QueueRepository).insert({ name: 'x' })
    })
  })
})
