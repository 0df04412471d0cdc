import {
  CrudRepository,
  currentTransaction,
  entityManager,
  NotTransactional,
  Repository,
  Service,
  Transactional,
} from 'ambit'
import { Boundaries, committed, Failure, Note, NOTES } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Query objects of some libraries do their work when then() is called. A transactional method that returned one had it asked
// outside of its own transaction: its statements were in the caller's, or in none, and not rolled back.

const seenIn: (string | undefined)[] = []

function asking<T>(work: () => Promise<T>): Promise<T> {
  return { then: (done: never, fail: never) => work().then(done, fail) } as unknown as Promise<T>
}

async function insertAndFail(k: string): Promise<void> {
  seenIn.push(currentTransaction()?.id)
  await entityManager().insert(Note, { k })
  throw new Failure(k)
}

@Service()
class Late {
  @Transactional()
  required(k: string): Promise<void> {
    return asking(() => insertAndFail(k))
  }

  @Transactional({ propagation: 'NESTED' })
  nested(k: string): Promise<void> {
    return asking(() => insertAndFail(k))
  }

  @Transactional({ propagation: 'NOT_SUPPORTED' })
  notSupported(): Promise<string | undefined> {
    return asking(() => Promise.resolve(currentTransaction()?.id))
  }
}

@Repository(Note)
class LateNotes extends CrudRepository<Note, string> {
  /** Something to go on with, which can be awaited, too. */
  @NotTransactional()
  builder(): { readonly limit: number; then: unknown } {
    return { limit: 1, then: () => undefined }
  }

  @Transactional({ timeoutMs: 10_000 })
  limited(k: string): Promise<void> {
    return asking(() => insertAndFail(k))
  }
}

describe.each(ENGINES)('a promise that does its work when it is asked, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, components: [...NOTES.components, Late, LateNotes] }))
  const late = (): Late => running.app.get(Late)
  const boundaries = (): Boundaries => running.app.get(Boundaries)

  beforeEach(() => {
    seenIn.length = 0
  })

  it('does it in the transaction of its method', async () => {
    await expect(late().required('a')).rejects.toThrow(Failure)
    await expect(late().nested('b')).rejects.toThrow(Failure)
    await expect(running.app.get(LateNotes).limited('c')).rejects.toThrow(Failure)
    expect(seenIn).toEqual([expect.any(String), expect.any(String), expect.any(String)])
    expect(await committed(db)).toEqual([])
  })

  it('does it in the savepoint of its method, which rolls back alone', async () => {
    await boundaries().required(async () => {
      await entityManager().insert(Note, { k: 'outer' })
      await late()
        .nested('inner')
        .catch(() => undefined)
    })
    expect(await committed(db)).toEqual(['outer'])
  })

  it('is left alone where its method is in no boundary', () => {
    expect(running.app.get(LateNotes).builder().limit).toBe(1)
  })

  it('does it in no transaction where its method has none', async () => {
    expect(await boundaries().required(() => late().notSupported())).toBeUndefined()
  })
})
