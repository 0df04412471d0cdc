import { currentTransaction, detached, entityManager, transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, Note, seen, write } from '../notes'
import { control, failureOf, gate, identity, repeated, stageOn } from '../stage'
import { NAMES, twoSourcesOn, writeTo } from '../two-sources'

describe.each(ENGINES)('parallel and late work that no peer tests, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage
  const first = (): Promise<unknown> => (engine.oneWriter ? seen() : write('o'))
  const codes = (errors: readonly unknown[]): unknown[] => errors.map(error => (error as { code?: string }).code)

  repeated(stage, 'G-01 two NESTED in parallel, the first of which fails when the second has begun', async () => {
    const failure = new Failure()
    const second = gate()
    await stage.in.required(async () => {
      const results = await Promise.allSettled([
        stage.in.nested(async () => {
          await write('a1')
          // The second one is called by now, and waits for its turn.
          await second.opened
          await write('a2')
          throw failure
        }),
        Promise.resolve().then(() => {
          const call = stage.in.nested(async () => {
            await write('b1')
            await write('b2')
          })
          second.open()
          return call
        }),
      ])
      expect(results).toEqual([
        { status: 'rejected', reason: failure },
        { status: 'fulfilled', value: undefined },
      ])
    })
    expect(await committed(db)).toEqual(['b1', 'b2'])
  })

  repeated(
    stage,
    'G-02 two NESTED that begin in one tick: no error of a savepoint, and nothing is poisoned',
    async () => {
      const failure = new Failure()
      await stage.in.required(async () => {
        const calls = ['a', 'b', 'c', 'd'].map(k =>
          stage.in.nested(async () => {
            await write(`${k}1`)
            if (k === 'b' || k === 'd') throw failure
            await write(`${k}2`)
          }),
        )
        const reasons = (await Promise.allSettled(calls)).map(result =>
          result.status === 'rejected' ? result.reason : 0,
        )
        expect(reasons).toEqual([0, failure, 0, failure])
      })
      expect(await committed(db)).toEqual(['a1', 'a2', 'c1', 'c2'])
      await stage.in.required(() => write('next'))
    },
  )

  repeated(stage, 'G-03 a branch that fails: what its siblings still send comes to nothing', async () => {
    const failure = new Failure()
    const { opened, open } = gate()
    let late: Promise<unknown> = Promise.resolve()
    const outcome = stage.in.required(() =>
      Promise.all([
        (async () => {
          await write('a')
          throw failure
        })(),
        (late = failureOf(
          (async () => {
            await write('b')
            await opened
            await write('late')
          })(),
        )),
      ]),
    )
    await expect(outcome).rejects.toBe(failure)
    const sent = db.log.commands.length
    open()
    expect(await late).toMatchObject({ code: 'AMBIT_TX_ENDED' })
    expect(db.log.commands.length).toBe(sent)
    expect(db.log.commands.at(-1)).toBe('ROLLBACK')
    expect(await committed(db)).toEqual([])
    expect(codes(stage.reports.splice(0))).toContain('AMBIT_TX_ENDED')
  })

  repeated(stage, 'G-06 a plain sibling of REQUIRES_NEW stays in the outer transaction', async () => {
    const failure = new Failure()
    const { opened, open } = gate()
    const outcome = stage.in.required(async () => {
      await first()
      const outer = currentTransaction()?.id
      await Promise.all([
        stage.in.requiresNew(async () => {
          await write('inner')
          // On SQLite the sibling waits for the connection that the outer has lent.
          if (!engine.oneWriter) await opened
        }),
        (async () => {
          expect(currentTransaction()?.id).toBe(outer)
          await write('sibling').finally(open)
          expect(currentTransaction()?.id).toBe(outer)
        })(),
      ])
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['inner'])
  })

  repeated(stage, 'G-06 a plain sibling of NOT_SUPPORTED stays in the outer transaction', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await first()
      const outer = currentTransaction()?.id
      const inner = stage.in.notSupported(async () => {
        expect(currentTransaction()).toBeUndefined()
        await write('inner')
      })
      expect(currentTransaction()?.id).toBe(outer)
      await inner
      await write('sibling')
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['inner'])
  })

  repeated(stage, 'G-07 two REQUIRES_NEW in parallel: three identities, each the same across awaits', async () => {
    const track = async (k: string): Promise<string[]> => {
      const places: string[] = []
      for (const step of [1, 2, 3]) {
        await write(`${k}${step}`)
        places.push(await identity(stage))
      }
      return places
    }
    const places = await stage.in.required(async () => {
      await first()
      const outer = await identity(stage)
      const inner = await Promise.all(['a', 'b'].map(k => stage.in.requiresNew(() => track(k))))
      return [[outer, await identity(stage)], ...inner]
    })
    expect(places.map(own => new Set(own).size)).toEqual([1, 1, 1])
    expect(new Set(places.flat()).size).toBe(3)
    expect((await committed(db)).filter(k => k !== 'o')).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
  })

  it('G-09 every handle that was obtained before is inside; see docs/reference/handles.md for all of them', async () => {
    const { dataSource } = stage
    const manager = dataSource.createEntityManager()
    const early: readonly (() => Promise<unknown>)[] = [
      () => dataSource.getRepository(Note).insert({ k: 'repository' }),
      () => manager.insert(Note, { k: 'own manager' }),
      () => dataSource.manager.insert(Note, { k: 'manager' }),
      () => stage.notes.insert({ k: 'ours' }),
    ]
    const builder = dataSource.createQueryBuilder().insert().into(Note).values({ k: 'builder' })
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      for (const use of [...early, () => builder.execute()]) await use()
      expect(await seen()).toHaveLength(5)
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
  })

  repeated(
    stage,
    'G-10 detached work, plain and joined, is refused behind the end, and detached() is not',
    async () => {
      const { opened, open } = gate()
      let late: Promise<unknown[]> = Promise.resolve([])
      let background: Promise<unknown> = Promise.resolve()
      await stage.in.required(async () => {
        await write('a')
        const works: readonly (() => Promise<unknown>)[] = [
          () => write('plain'),
          () => stage.in.required(() => write('joined')),
          () => stage.in.nested(() => write('nested')),
          () => stage.in.supports(() => write('supports')),
          () => stage.in.mandatory(() => write('mandatory')),
          () => stage.dataSource.transaction(manager => manager.insert(Note, { k: 'own' })),
        ]
        late = Promise.all(works.map(work => failureOf(opened.then(work))))
        background = detached(() => opened.then(() => stage.in.required(() => write('background'))))
      })
      open()
      for (const error of await late) expect(error).toMatchObject({ code: 'AMBIT_TX_ENDED' })
      expect(((await late)[0] as Error).message).toMatch(/Boundaries\.required[\s\S]*detached/)
      await background
      expect(await committed(db)).toEqual(['a', 'background'])
      expect(new Set(codes(stage.reports.splice(0)))).toEqual(new Set(['AMBIT_TX_ENDED']))
    },
  )

  repeated(stage, 'G-14 a plain write beside a transaction that fails survives it', async () => {
    const failure = new Failure()
    const inside = gate()
    const outside = gate()
    const failing = stage.in.required(async () => {
      await write('a')
      inside.open()
      await outside.opened
      await write('b')
      throw failure
    })
    await inside.opened
    // On SQLite it waits for the writer, and is stored behind the rollback: never inside the other one's transaction.
    const plain = write('plain')
    const other = transactional({}, async () => {
      await write('other')
    })
    if (!engine.oneWriter) await Promise.all([plain, other])
    outside.open()
    await expect(failing).rejects.toBe(failure)
    await Promise.all([plain, other])
    expect(await committed(db)).toEqual(['other', 'plain'])
  })

  it('G-14 64 unrelated transactions that count up one row, half of which fail, lose no update', async () => {
    await write('n00')
    const increment = (fails: boolean): Promise<void> =>
      transactional({ isolation: 'SERIALIZABLE', retry: 100 }, async () => {
        const [row] = await entityManager().find(Note)
        const next = `n${String(Number(row?.k.slice(1)) + 1).padStart(2, '0')}`
        await entityManager().update(Note, { k: row?.k }, { k: next })
        if (fails) throw new Failure()
      })
    const workers = Array.from({ length: 8 }, async (_, worker) => {
      for (let time = 0; time < 8; time += 1) await increment((worker + time) % 2 === 0).catch(expectFailure)
    })
    await Promise.all(workers)
    expect(await committed(db)).toEqual(['n32'])
  })
})

describe.each(ENGINES)('two data sources that no peer tests, on $name', engine => {
  const sources = twoSourcesOn(engine)

  it('G-08 inside a transaction of the second source, the first one is still in its own', async () => {
    const failure = new Failure()
    const outcome = transactional({}, async () => {
      const outer = currentTransaction()?.id
      await writeTo('default', 'a')
      await transactional({ dataSource: 'ledger' }, async () => {
        await writeTo('ledger', 'b')
        expect(currentTransaction()?.id).toBe(outer)
        await writeTo('default', 'c')
        expect(await sources.dataSource('default').getRepository(Note).count()).toBe(2)
      })
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await Promise.all(NAMES.map(name => committed(sources.db(name))))).toEqual([[], ['b']])
    expect(sources.db('default').log.connections).toBe(1)
    expect(sources.db('default').log.commands.at(-1)).toBe('ROLLBACK')
    expect(sources.db('ledger').log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
  })
})

function expectFailure(error: unknown): void {
  if (!(error instanceof Failure)) throw error
}
