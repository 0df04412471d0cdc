import { afterCommit, afterCompletion, afterRollback, beforeCommit, Service, Transactional, transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, seen, write } from '../notes'
import { control, failureOf, repeated, stageOn } from '../stage'

@Service()
class Shapes {
  /** Throws before there is any promise. */
  @Transactional()
  throwsAtOnce(failure: Error): Promise<void> {
    throw failure
  }

  @Transactional()
  value(): unknown {
    return 7
  }

  @Transactional()
  *steps(): Generator<number> {
    yield 1
  }

  @Transactional()
  async *rows(...words: readonly string[]): AsyncGenerator<string> {
    for (const k of words) {
      await write(k)
      yield k
    }
  }
}

describe.each(ENGINES)('outcomes that no peer tests, on $name', engine => {
  const stage = stageOn(engine, { components: [Shapes] })
  const { db } = stage
  const shapes = (): Shapes => stage.app.get(Shapes)

  repeated(stage, 'G-04 a swallowed error of a statement: the call rejects, and does not claim success', async () => {
    await db.query("INSERT INTO note (k) VALUES ('dup')")
    const outcome = stage.in.required(async () => {
      await write('a')
      await stage.notes.insert({ k: 'dup' }).catch(() => undefined)
      return 'success'
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
    expect(await committed(db)).toEqual(['dup'])
  })

  repeated(stage, 'G-05 a swallowed failure of a joined call: the outer rejects', async () => {
    const failure = new Failure()
    const error = await failureOf(
      stage.in.required(async () => {
        await write('a')
        await stage.in.required(() => Promise.reject(failure)).catch(() => undefined)
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', cause: failure })
    expect(error.message).toContain('NESTED')
    expect(await committed(db)).toEqual([])
  })

  it('G-05 NESTED is the way to swallow one', async () => {
    await stage.in.required(async () => {
      await write('a')
      await stage.in.nested(() => Promise.reject(new Failure())).catch(() => undefined)
    })
    expect(await committed(db)).toEqual(['a'])
  })

  const throwing: Readonly<Record<string, (failure: Error) => () => unknown>> = {
    throws: failure => () => {
      throw failure
    },
    rejects: failure => () => Promise.reject(failure),
  }

  // The caller's work is stored, so it is told so; the error goes to the application's listener.
  it.each(Object.keys(throwing))(
    'G-12 a commit hook that %s: stored, the others run, the caller succeeds',
    async how => {
      const failure = new Failure()
      const told: string[] = []
      const answer = await stage.in.required(async () => {
        await write('a')
        afterCommit(() => told.push('first'))
        afterCommit(throwing[how]?.(failure) ?? (() => undefined))
        afterCommit(() => told.push('second'))
        afterCompletion(outcome => told.push(outcome))
        return 7
      })
      expect([answer, told]).toEqual([7, ['first', 'second', 'committed']])
      expect(await committed(db)).toEqual(['a'])
      expect(stage.reports.splice(0)).toEqual([
        expect.objectContaining({ code: 'AMBIT_TX_AFTER_COMMIT', committed: true, cause: failure }),
      ])
    },
  )

  it('G-12 a commit hook that was registered inside a savepoint fails: root and savepoint stay', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await write('root')
      await stage.in.nested(async () => {
        await write('savepoint')
        afterCommit(() => Promise.reject(failure))
      })
    })
    expect(await committed(db)).toEqual(['root', 'savepoint'])
    expect(stage.reports.splice(0)).toEqual([expect.objectContaining({ committed: true, cause: failure })])
  })

  it('G-12 a rollback hook that fails hides neither the error nor the other hooks', async () => {
    const failure = new Failure()
    const told: string[] = []
    const outcome = stage.in.required(async () => {
      await write('a')
      afterRollback(() => Promise.reject(new Failure('in the hook')))
      afterRollback(() => told.push('second'))
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(told).toEqual(['second'])
    expect(stage.reports.splice(0)).toEqual([expect.objectContaining({ committed: false })])
  })

  repeated(stage, 'G-13 hooks run before the call returns, and one may begin a transaction of its own', async () => {
    const told: string[] = []
    await stage.in.required(async () => {
      await write('a')
      afterCommit(async () => {
        await stage.in.required(() => write('hook'))
        told.push('hook')
      })
    })
    told.push('caller')
    expect(told).toEqual(['hook', 'caller'])
    expect(await committed(db)).toEqual(['a', 'hook'])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT', 'c1 BEGIN', 'c1 COMMIT'])
  })

  repeated(stage, 'G-13 hooks of a NESTED that was rolled back are dropped', async () => {
    const told: string[] = []
    await stage.in.required(async () => {
      const nested = stage.in.nested(async () => {
        await write('n')
        beforeCommit(() => told.push('beforeCommit'))
        afterCommit(() => told.push('afterCommit'))
        afterRollback(() => told.push('afterRollback'))
        throw new Failure()
      })
      await nested.catch(() => undefined)
      expect(told).toEqual([])
      await write('o')
      afterCommit(() => told.push('outer'))
    })
    expect(told.toSorted()).toEqual(['afterRollback', 'outer'])
    expect(await committed(db)).toEqual(['o'])
  })

  it.each([
    ['isolation', { isolation: 'REPEATABLE READ' }, { isolation: 'SERIALIZABLE' }],
    ['readOnly', { readOnly: true }, { readOnly: false }],
  ] as const)('G-17 an inner %s that the joined transaction did not ask for is refused', async (_, outer, inner) => {
    const body = jest.fn(seen)
    const outcome = transactional(outer, async () => {
      await seen()
      await transactional(inner, body)
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_INCOMPATIBLE' })
    expect(body).not.toHaveBeenCalled()
  })

  it('G-17 an inner timeoutMs is honoured: it bounds the inner call, and dooms', async () => {
    const outcome = stage.in.required(async () => {
      await write('a')
      const inner = transactional({ timeoutMs: 20 }, () => new Promise(resolve => setTimeout(resolve, 40)))
      await expect(inner).rejects.toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(await committed(db)).toEqual([])
  })

  it('G-18 a method that throws at once gives a rejected promise, and rolls back', async () => {
    const failure = new Failure()
    await expect(shapes().throwsAtOnce(failure)).rejects.toBe(failure)
    await expect(stage.in.required(() => shapes().throwsAtOnce(failure))).rejects.toBe(failure)
    expect(db.log.entries).toEqual([])
  })

  it('G-18 a method that gives no promise, or a plain generator, is refused', async () => {
    for (const call of [() => shapes().value(), () => shapes().steps()]) {
      const error = await failureOf(Promise.resolve().then(call))
      expect(error).toMatchObject({ code: 'AMBIT_TX_INVALID_METHOD' })
    }
    expect(db.log.entries).toEqual([])
  })

  it('G-18 an async generator is one transaction, from its first row to its last', async () => {
    const read: string[] = []
    for await (const k of shapes().rows('a', 'b')) read.push(k)
    expect(read).toEqual(['a', 'b'])
    expect(db.log.commandsByConnection).toEqual(['c1 BEGIN', 'c1 INSERT note', 'c1 INSERT note', 'c1 COMMIT'])
    expect(await committed(db)).toEqual(['a', 'b'])
  })
})
