import { CrudRepository, entityManager, NotTransactional, Repository, Transactional, UseInterceptors } from 'ambit'
import { UniqueViolationError } from 'ambit/errors'
import { Boundaries, committed, Note, NOTES } from '../acceptance/notes'
import { A } from '../interception/support'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Whichever way a call of a repository takes through its boundaries, its callers know one kind of database errors.

/** A promise of another library: not one of the language, and it runs its work when it is asked. */
function asking(work: () => Promise<unknown>): Promise<void> {
  return { then: (done: never, fail: never) => work().then(done, fail) } as unknown as Promise<void>
}

const insert = async (k: string): Promise<void> => void (await entityManager().insert(Note, { k }))

/** Says what a method returns where the compiler says nothing. */
const returnsPromise: MethodDecorator = (target, member) => {
  Reflect.defineMetadata('design:returntype', Promise, target, member)
}

@Repository(Note)
class Words extends CrudRepository<Note, string> {
  async implicit(k: string): Promise<void> {
    await insert(k)
  }

  @returnsPromise
  thenable(k: string): Promise<void> {
    return asking(() => insert(k))
  }

  @Transactional()
  thenableDeclared(k: string): Promise<void> {
    return asking(() => insert(k))
  }

  /** A driver's error, thrown before there is any promise. */
  @returnsPromise
  throwing(): Promise<void> {
    throw Object.assign(new Error('raw'), { code: '23505', severity: 'ERROR' })
  }

  @Transactional({ timeoutMs: 10_000 })
  async deadline(k: string): Promise<void> {
    await insert(k)
  }

  @Transactional({ timeoutMs: 10_000 })
  thenableDeadline(k: string): Promise<void> {
    return asking(() => insert(k))
  }

  @Transactional({ retry: 2 })
  async retried(k: string): Promise<void> {
    await insert(k)
  }

  @Transactional({ begin: 'eager' })
  async eager(k: string): Promise<void> {
    await insert(k)
  }

  @Transactional({ propagation: 'NESTED' })
  async nested(k: string): Promise<void> {
    await insert(k)
  }

  @Transactional({ propagation: 'SUPPORTS' })
  async supports(k: string): Promise<void> {
    await insert(k)
  }

  @Transactional({ propagation: 'NOT_SUPPORTED' })
  async notSupported(k: string): Promise<void> {
    await insert(k)
  }

  @NotTransactional()
  async excluded(k: string): Promise<void> {
    await insert(k)
  }

  @UseInterceptors(A)
  async intercepted(k: string): Promise<void> {
    await insert(k)
  }

  @UseInterceptors(A)
  @returnsPromise
  thenableIntercepted(k: string): Promise<void> {
    return asking(() => insert(k))
  }
}

type Work = () => Promise<void>
const AROUND: Record<string, (boundaries: Boundaries, work: Work) => Promise<void>> = {
  'no boundary': (_, work) => work(),
  REQUIRED: (boundaries, work) => boundaries.required(work),
  REQUIRES_NEW: (boundaries, work) => boundaries.requiresNew(work),
  NESTED: (boundaries, work) => boundaries.required(() => boundaries.nested(work)),
  MANDATORY: (boundaries, work) => boundaries.required(() => boundaries.mandatory(work)),
  SUPPORTS: (boundaries, work) => boundaries.supports(work),
  NOT_SUPPORTED: (boundaries, work) => boundaries.required(() => boundaries.notSupported(work)),
  NEVER: (boundaries, work) => boundaries.never(work),
}
const METHODS = [
  'implicit',
  'thenable',
  'thenableDeclared',
  'throwing',
  'deadline',
  'thenableDeadline',
  'retried',
  'eager',
  'nested',
  'supports',
  'notSupported',
  'excluded',
  'intercepted',
  'thenableIntercepted',
] as const

describe.each(ENGINES)('errors of repositories on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, components: [...NOTES.components, Words, A] }))

  describe.each(Object.keys(AROUND))('inside %s', around => {
    // SQLite has one writer, and a boundary without a transaction waits for it: nothing has been written here yet.
    it.each(METHODS)('are of the catalogue, and roll back: %s', async method => {
      const words = running.app.get(Words)
      await words.save({ k: 'taken' })
      let told: unknown
      const work = async (): Promise<void> => {
        await words[method]('taken').then(undefined, (error: unknown) => {
          told = error
          throw error
        })
      }
      await expect(AROUND[around]?.(running.app.get(Boundaries), work)).rejects.toThrow(UniqueViolationError)
      expect(told).toBeInstanceOf(UniqueViolationError)
      expect(String(told)).toContain(`where: Words.${method}\n`)
      expect(await committed(db)).toEqual(['taken'])
    })
  })

  it.each(METHODS)('doom the transaction that the method has joined, and it alone: %s', async method => {
    const words = running.app.get(Words)
    await words.save({ k: 'taken' })
    const outer = running.app.get(Boundaries).required(async () => {
      if (method !== 'notSupported') await words.save({ k: 'outer' })
      await words[method]('taken').catch(() => undefined)
    })
    // Where no statement was refused, nothing has happened to the transaction; without a boundary SQLite goes on.
    const lasting = ['nested', 'notSupported', 'throwing', ...(engine.oneWriter ? ['excluded'] : [])]
    const outcome = await outer.then(
      () => 'committed',
      (error: unknown) => (error as Error).name,
    )
    const lasts = lasting.includes(method)
    expect(outcome).toBe(lasts ? 'committed' : 'UnexpectedRollbackError')
    expect(await committed(db)).toEqual(lasts && method !== 'notSupported' ? ['outer', 'taken'] : ['taken'])
  })
})
