import { afterCommit, beforeCommit, currentTransaction, Service, Transactional, transactional } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { committed, Failure, NoteRepository, NOTES, seen, write } from './notes'

class Tolerated extends Error {}
class Severe extends Tolerated {}

@Service()
class Rules {
  @Transactional
  async bare(): Promise<unknown> {
    await write('bare')
    const { isNew, readOnly, rollbackOnly } = currentTransaction() ?? {}
    return { isNew, readOnly, rollbackOnly }
  }

  @Transactional()
  async plain(error?: unknown): Promise<void> {
    await write('plain')
    if (error !== undefined) throw error
  }

  @Transactional({ noRollbackFor: [Tolerated], rollbackFor: [Severe] })
  async tolerant(error: unknown): Promise<void> {
    await write('tolerant')
    throw error
  }

  @Transactional({ isolation: 'SERIALIZABLE' })
  async serializable(): Promise<string | undefined> {
    await write('serializable')
    return currentTransaction()?.isolation
  }

  async undecorated(): Promise<unknown> {
    return currentTransaction()
  }
}

/** A service over a repository, as PS-21 wants it. */
@Service()
class Pairs {
  constructor(private readonly notes: NoteRepository) {}

  @Transactional()
  async storeTwo(failure?: Error): Promise<string | undefined> {
    await this.notes.insert({ k: 'first' })
    const saved = await this.notes.save({ k: 'second' })
    if (failure) throw failure
    return saved.k
  }

  @Transactional({ readOnly: true })
  async all(): Promise<string[]> {
    return (await this.notes.findAll()).map(({ k }) => k).sort()
  }
}

describe.each(ENGINES)('outcomes on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, components: [...NOTES.components, Rules, Pairs] }))
  const rules = (): Rules => running.app.get(Rules)

  it('PS-12 an unknown propagation is refused when the class is defined, and when the function is called', async () => {
    const define = (): unknown => {
      class Signup {
        @Transactional({ propagation: 'SOMETIMES' as never })
        async register(): Promise<void> {}
      }
      return Signup
    }
    const message = expect.stringMatching(/'SOMETIMES'.*\n {2}where: Signup\.register\n/)
    expect(define).toThrow(expect.objectContaining({ code: 'AMBIT_TX_INVALID_OPTIONS', message }))
    expect(() => Transactional({ propagation: 'SOMETIMES' as never })(class Whole {})).toThrow('where: Whole')
    await expect(transactional({ propagation: 'SOMETIMES' as never }, () => undefined)).rejects.toMatchObject({
      code: 'AMBIT_TX_INVALID_OPTIONS',
      message: expect.stringContaining("'SOMETIMES'"),
    })
    expect(db.log.commands).toEqual([])
  })

  it('PS-13 a normal end commits', async () => {
    await rules().plain()
    expect(await committed(db)).toEqual(['plain'])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
  })

  it('PS-14 an error rolls back, and reaches the caller as the very same object', async () => {
    const failure = new Failure()
    await expect(rules().plain(failure)).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'ROLLBACK'])
  })

  it('PS-15 SERIALIZABLE is what the transaction then runs at', async () => {
    expect(await rules().serializable()).toBe('SERIALIZABLE')
    expect(await committed(db)).toEqual(['serializable'])
    if (engine.name === 'PostgreSQL') expect(db.log.texts[0]).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE')
  })

  it('PS-16 an error listed in noRollbackFor commits, and is then thrown on', async () => {
    const error = new Tolerated()
    await expect(rules().tolerant(error)).rejects.toBe(error)
    expect(await committed(db)).toEqual(['tolerant'])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
  })

  it.each([
    ['an error of the application', new Failure(), []],
    ['a class listed in noRollbackFor', new Tolerated(), ['tolerant']],
    ['a subclass of it that rollbackFor lists', new Severe(), []],
    ['something that is no Error at all', 'interrupted', []],
    ['nothing but undefined', undefined, []],
  ])('PS-17 rollback rules: %s', async (_, thrown, rows) => {
    await expect(rules().tolerant(thrown)).rejects.toBe(thrown)
    expect(await committed(db)).toEqual(rows)
  })

  it('PS-18 outside every boundary there is no transaction, and what needs one says so', () => {
    expect(currentTransaction()).toBeUndefined()
    for (const hook of [beforeCommit, afterCommit]) {
      expect(() => hook(() => undefined)).toThrow(expect.objectContaining({ code: 'AMBIT_TX_NONE' }))
    }
  })

  it('PS-19 bare, with parentheses and as a function the defaults are the same', async () => {
    const defaults = { isNew: true, readOnly: false, rollbackOnly: false }
    expect(await rules().bare()).toEqual(defaults)
    await rules().plain()
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT', 'BEGIN', 'INSERT note', 'COMMIT'])
    expect(await committed(db)).toEqual(['bare', 'plain'])
  })

  it('PS-20 a boundary answers what a synchronous or asynchronous body answers', async () => {
    expect(await transactional({}, () => 1)).toBe(1)
    expect(await transactional({}, async () => 2)).toBe(2)
    await expect(
      transactional({}, () => {
        throw new Failure()
      }),
    ).rejects.toThrow(Failure)
  })

  it('PS-20 a method without a declaration passes straight through, and opens nothing', async () => {
    expect(await rules().undecorated()).toBeUndefined()
    expect(db.log.commands).toEqual([])
  })

  it('PS-21 a service that stores two rows through a repository and then fails stores none', async () => {
    const failure = new Failure()
    await expect(running.app.get(Pairs).storeTwo(failure)).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(db.log.connections).toBe(1)
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
    expect(db.log.commands.at(-1)).toBe('ROLLBACK')
  })

  it('PS-22 rows of a transactional service are there for a read-only transaction afterwards', async () => {
    expect(await running.app.get(Pairs).storeTwo()).toBe('second')
    expect(await running.app.get(Pairs).all()).toEqual(['first', 'second'])
  })

  it('PS-22 inside, a row is seen before the end, and by nobody else', async () => {
    await transactional({}, async () => {
      await running.app.get(NoteRepository).insert({ k: 'a' })
      expect(await seen()).toEqual(['a'])
      expect(await committed(db)).toEqual([])
    })
    expect(await committed(db)).toEqual(['a'])
  })
})
