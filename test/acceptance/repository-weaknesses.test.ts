import { CrudRepository, currentTransaction, Repository, Service, Transactional, transactional } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { committed, Failure, Note, NoteRepository, NOTES, write } from './notes'

/** A base that two repositories share, and that is none itself. */
abstract class Shared extends CrudRepository<Note, string> {
  async own(): Promise<boolean> {
    await this.count()
    return currentTransaction() !== undefined
  }
}
const ownOfShared = Shared.prototype.own

@Repository({ entity: Note, primary: true })
class Preferred extends Shared {}

@Repository(Note)
class Plain extends Shared {
  @Transactional({ propagation: 'SUPPORTS' })
  override async own(): Promise<boolean> {
    return super.own()
  }
}

@Service()
class Consumer {
  constructor(readonly notes: Shared) {}

  @Transactional()
  async *words(words: readonly string[]): AsyncGenerator<string | undefined> {
    for (const word of words) {
      await write(word)
      yield currentTransaction()?.id
    }
  }
}

describe.each(ENGINES)('weaknesses of other frameworks, repositories on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...NOTES,
    components: [...NOTES.components, Preferred, Plain, Consumer],
  }))

  it('PS-W21 options are honoured: the primary one is injected where a base is asked for', () => {
    expect(running.app.get(Consumer).notes).toBe(running.app.get(Preferred))
    expect(running.app.getAll(Shared)).toHaveLength(2)
  })

  it.each([['qualifiers'], ['lazy'], ['name'], ['entities']])(
    'PS-W21 an option that is none is refused: %s',
    option => {
      expect(() => Repository({ [option]: true })).toThrow(
        expect.objectContaining({ code: 'AMBIT_REPOSITORY_INVALID', message: expect.stringContaining(`'${option}'`) }),
      )
    },
  )

  it('PS-W21 a base class that repositories share stays as it was written', async () => {
    expect(Shared.prototype.own).toBe(ownOfShared)
    expect(await running.app.get(Preferred).own()).toBe(true)
    expect(await running.app.get(Plain).own()).toBe(false)
    expect(running.app.get(NoteRepository)).not.toBeInstanceOf(Shared)
  })

  it('PS-W21 an async generator runs in one transaction, which commits when it is done', async () => {
    const ids = new Set<string | undefined>()
    for await (const id of running.app.get(Consumer).words(['a', 'b', 'c'])) {
      ids.add(id)
      expect(await committed(db)).toEqual([])
    }
    expect(ids.size).toBe(1)
    expect([...ids]).not.toContain(undefined)
    expect(await committed(db)).toEqual(['a', 'b', 'c'])
  })

  it('PS-W21 a consumer that stops early, or fails, rolls it back', async () => {
    for await (const _ of running.app.get(Consumer).words(['a', 'b'])) break
    const failing = async (): Promise<void> => {
      for await (const _ of running.app.get(Consumer).words(['c', 'd'])) throw new Failure()
    }
    await expect(failing()).rejects.toThrow(Failure)
    expect(await committed(db)).toEqual([])
    expect(await transactional({}, () => running.app.get(NoteRepository).count())).toBe(0)
  })
})
