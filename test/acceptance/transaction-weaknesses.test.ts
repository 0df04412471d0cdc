import { currentTransaction, detached, Service, Transactional, transactional } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { Boundaries, committed, Failure, NoteRepository, NOTES, seen, write } from './notes'

/** Calls its own methods: through no proxy, if there were one. */
@Service()
class SelfCalls {
  @Transactional()
  async outer(): Promise<(string | undefined)[]> {
    await seen()
    return [currentTransaction()?.id, await this.inner()]
  }

  @Transactional({ propagation: 'REQUIRES_NEW' })
  async inner(): Promise<string | undefined> {
    await write('inner')
    return currentTransaction()?.id
  }

  async undecorated(): Promise<void> {
    await this.never()
  }

  @Transactional({ propagation: 'MANDATORY' })
  async never(): Promise<void> {}
}

describe.each(ENGINES)('weaknesses of other frameworks, transactions on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, components: [...NOTES.components, SelfCalls] }))
  const boundaries = (): Boundaries => running.app.get(Boundaries)
  const notes = (): NoteRepository => running.app.get(NoteRepository)

  it('PS-W1 a success behind a failure, in one async flow, is stored', async () => {
    await expect(boundaries().required(() => fail('lost'))).rejects.toThrow(Failure)
    await boundaries().required(() => write('kept'))
    expect(await committed(db)).toEqual(['kept'])
  })

  it('PS-W1 a REQUIRES_NEW that failed and was caught leaves the outer usable', async () => {
    await boundaries().required(async () => {
      await seen()
      const outer = currentTransaction()?.id
      await expect(boundaries().requiresNew(() => fail('inner'))).rejects.toThrow(Failure)
      expect(currentTransaction()?.id).toBe(outer)
      await write('outer')
    })
    expect(await committed(db)).toEqual(['outer'])
  })

  it('PS-W1 the rollback is finished when the catch block runs', async () => {
    await boundaries()
      .required(() => fail('a'))
      .catch(() => db.log.commands)
      .then(async commands => {
        expect(commands).toEqual(['BEGIN', 'INSERT note', 'ROLLBACK'])
        // No lock is left: a stranger stores the same key at once.
        await db.query("INSERT INTO note (k) VALUES ('a')")
      })
    expect(await committed(db)).toEqual(['a'])
  })

  it('PS-W2 a failure in a joined call that the outer swallows rolls everything back, loudly', async () => {
    const failure = new Failure()
    const outcome = boundaries().required(async () => {
      await write('outer')
      await boundaries()
        .required(() => fail('inner', failure))
        .catch(() => undefined)
      await write('later')
    })
    await expect(outcome).rejects.toMatchObject({
      code: 'AMBIT_TX_UNEXPECTED_ROLLBACK',
      cause: failure,
      doomedBy: 'Boundaries.required',
    })
    expect(await committed(db)).toEqual([])
  })

  it('PS-W2 NESTED is the way to survive it', async () => {
    await boundaries().required(async () => {
      await write('outer')
      await expect(boundaries().nested(() => fail('inner'))).rejects.toThrow(Failure)
      await write('later')
    })
    expect(await committed(db)).toEqual(['later', 'outer'])
    expect(db.log.commands).toEqual([
      'BEGIN',
      'INSERT note',
      'SAVEPOINT',
      'INSERT note',
      'ROLLBACK TO',
      'RELEASE',
      'INSERT note',
      'COMMIT',
    ])
  })

  it('PS-W4 read-only is said to the database: a write fails instead of vanishing', async () => {
    const outcome = boundaries().reading(() => notes().insert({ k: 'a' }))
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(await committed(db)).toEqual([])
  })

  it('PS-W4 a swallowed write in a read-only transaction is not forgotten either', async () => {
    const outcome = boundaries().reading(async () => {
      await notes()
        .insert({ k: 'a' })
        .catch(() => undefined)
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
  })

  it('PS-W5 frames without a transaction are none: REQUIRED begins and commits its own', async () => {
    for (const mode of ['supports', 'notSupported', 'never'] as const) {
      const outcome = boundaries()[mode](async () => {
        await boundaries().required(() => write(mode))
        throw new Failure()
      })
      await expect(outcome).rejects.toThrow(Failure)
    }
    expect(await committed(db)).toEqual(['never', 'notSupported', 'supports'])
  })

  it('PS-W5 MANDATORY is refused in them, NEVER is not', async () => {
    for (const mode of ['supports', 'notSupported', 'never'] as const) {
      await boundaries()[mode](async () => {
        await expect(boundaries().mandatory(seen)).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
        await expect(boundaries().never(async () => mode)).resolves.toBe(mode)
      })
    }
  })

  it('PS-W8 parallel branches of one transaction are safe', async () => {
    const words = Array.from({ length: 20 }, (_, index) => `w${index + 10}`)
    await boundaries().required(async () => {
      await Promise.all(words.map(word => notes().insert({ k: word })))
      expect(await seen()).toEqual(words)
    })
    expect(await committed(db)).toEqual(words)
    expect(db.log.connections).toBeLessThanOrEqual(engine.oneWriter ? 2 : 1)
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
  })

  it('PS-W8 parallel savepoints, one of which fails, keep the others', async () => {
    await boundaries().required(async () => {
      const branches = ['a', 'b', 'c'].map(word => boundaries().nested(() => (word === 'b' ? fail(word) : write(word))))
      expect((await Promise.allSettled(branches)).map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
      ])
    })
    expect(await committed(db)).toEqual(['a', 'c'])
  })

  it('PS-W9 work that outlives its transaction is refused and reported, never lost silently', async () => {
    let start = (): void => undefined
    const started = new Promise<void>(resolve => (start = resolve))
    let late: Promise<unknown> = Promise.resolve()
    await boundaries().required(async () => {
      await write('in time')
      late = started.then(() => write('late'))
    })
    start()
    await expect(late).rejects.toMatchObject({ code: 'AMBIT_TX_ENDED', message: expect.stringContaining('detached') })
    expect(await committed(db)).toEqual(['in time'])
    expect(running.reports.splice(0)).toEqual([expect.objectContaining({ code: 'AMBIT_TX_ENDED' })])
  })

  it('PS-W9 detached work has transactions of its own', async () => {
    let background: Promise<unknown> = Promise.resolve()
    await boundaries()
      .required(async () => {
        await seen()
        background = detached(() => transactional({}, () => write('background')))
        throw new Failure()
      })
      .catch(() => undefined)
    await background
    expect(await committed(db)).toEqual(['background'])
  })

  it('PS-W14 calls through this are boundaries too', async () => {
    const [outer, inner] = await running.app.get(SelfCalls).outer()
    expect(inner).not.toBe(outer)
    expect(await committed(db)).toEqual(['inner'])
    await expect(running.app.get(SelfCalls).undecorated()).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
  })
})

async function fail(k: string, failure = new Failure()): Promise<never> {
  await write(k)
  throw failure
}
