import { detached, transactional } from 'ambit'
import { type Arbitrary, array, assert, asyncProperty, boolean, constant, constantFrom, nat, record } from 'fast-check'

import { databaseCode } from '../../src/data-source/driver-error'
import { Memo, Note, Team } from './entities'
import { gate, postgresDatabase, postgresWorld, rejection, Undo } from './harness'

// Promise.all inside transactions: branches queue for the connection, savepoints never interleave, and nothing lands behind
// the end.

const postgres = postgresWorld({ settings: { poolSize: 20 }, bootstrap: { waitTimeoutMs: 20_000 } })

const write = (k: string): Promise<void> => postgres.world.write(k)
const nested = <T>(work: () => Promise<T>): Promise<T> => transactional({ propagation: 'NESTED' }, work)
const pause = (): Promise<unknown> => postgres.world.dataSource.query('SELECT 1')

describe('statements in Promise.all', () => {
  it('queue for the connection, in the order in which they were asked for', async () => {
    await transactional({}, () => Promise.all(['a', 'b', 'c', 'd', 'e'].map(write)))
    const { log } = postgres.world
    expect(log.entries.filter(({ text }) => text.startsWith('INSERT')).map(({ parameters }) => parameters)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map(k => [k]),
    )
    expect(log.pids).toHaveLength(1)
    expect(await postgres.world.rows()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('may be TypeORM’s own, many of them at once, on one connection', async () => {
    const { dataSource, log } = postgres.world
    await transactional({}, async () => {
      const teams = dataSource.getRepository(Team)
      await Promise.all([
        teams.save({ name: 's', players: [{ name: 'p' }, { name: 'q' }] }),
        teams.save({ name: 't', players: [{ name: 'r' }] }),
        dataSource.manager.save(Note, { k: 'a', n: 1 }),
        Memo.create({ text: 'm' }).save(),
        teams.find({ relations: { players: true }, relationLoadStrategy: 'query' }),
      ])
      expect(
        await teams.find({ relations: { players: true }, relationLoadStrategy: 'query', order: { name: 'ASC' } }),
      ).toMatchObject([{ players: [{ name: 'p' }, { name: 'q' }] }, { players: [{ name: 'r' }] }])
    })
    expect(log.pids).toHaveLength(1)
    expect(log.words.filter(word => /BEGIN|SAVEPOINT/.test(word))).toEqual(['BEGIN'])
  })

  it('one of which fails: the others are refused by the aborted transaction, and nothing is stored', async () => {
    const error = await rejection(transactional({}, () => Promise.all([write('a'), write('a'), write('b')])))
    expect(databaseCode(error)).toBe('23505')
    expect(await postgres.world.rows()).toEqual([])
  })

  it('G-03 SP J5: what a sibling of a failed branch still does is refused, and reported', async () => {
    const { opened, open } = gate()
    const late: Promise<unknown>[] = []
    const { dataSource } = postgres.world
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        await write('a')
        const sibling = async (work: () => Promise<unknown>): Promise<unknown> => {
          await opened
          return work()
        }
        const attempts: (() => Promise<unknown>)[] = [
          () => write('late'),
          () => dataSource.manager.save(Note, { k: 'late', n: 1 }),
          () => dataSource.manager.save(Team, { name: 'late', players: [{ name: 'late' }] }),
          () => dataSource.transaction(manager => manager.insert(Note, { k: 'late' })),
          () => dataSource.createQueryBuilder().insert().into(Note).values({ k: 'late' }).execute(),
          () => dataSource.getRepository(Note).find(),
          () => Memo.create({ text: 'late' }).save(),
          () => nested(() => write('late')),
          () => transactional({}, () => write('late')),
          () => Promise.resolve().then(() => dataSource.createQueryRunner().query('SELECT 1')),
          () => dataSource.getRepository(Note).createQueryBuilder().stream(),
        ]
        late.push(...attempts.map(attempt => rejection(sibling(attempt))))
        throw new Undo()
      }),
    )
    expect(error).toBeInstanceOf(Undo)
    open()
    const codes = (await Promise.all(late)).map(each => (each as { code?: string }).code)
    expect(codes).toEqual(Array(11).fill('AMBIT_TX_ENDED'))
    expect(await postgres.world.rows()).toEqual([])
    expect(postgres.world.reports.map(report => (report as { code?: string }).code)).toContain('AMBIT_TX_ENDED')
  })

  it('late work that wants a transaction of its own has one: REQUIRES_NEW, NOT_SUPPORTED and detached()', async () => {
    const { opened, open } = gate()
    let late: Promise<unknown> | undefined
    await transactional({}, async () => {
      await write('a')
      late = opened.then(async () => {
        await transactional({ propagation: 'REQUIRES_NEW' }, () => write('new'))
        await transactional({ propagation: 'NOT_SUPPORTED' }, () => write('plain'))
        await detached(() => write('detached'))
      })
    })
    open()
    await late
    expect(await postgres.world.rows()).toEqual(['a', 'detached', 'new', 'plain'])
  })

  it('a save() that is cut between its SELECT and its INSERT stores nothing', async () => {
    const { dataSource, log } = postgres.world
    let saving: Promise<unknown> | undefined
    await rejection(
      transactional({}, async () => {
        saving = rejection(dataSource.manager.save(Note, { k: 'a', n: 1 }))
        throw new Undo()
      }),
    )
    expect(await saving).toMatchObject({ code: 'AMBIT_TX_ENDED' })
    expect(log.words.filter(word => word === 'INSERT')).toEqual([])
    expect(await postgres.world.rows()).toEqual([])
  })
})

describe('NESTED blocks in Promise.all', () => {
  it.each(['staggered', 'in one tick'])(
    'G-01 G-02 SP J3: %s: the failing one’s rows are gone, all others are there',
    async timing => {
      const { log } = postgres.world
      const failing = nested(async () => undefined)
      await rejection(failing.then(() => Promise.reject(new Undo())))
      log.clear()
      await transactional({}, async () => {
        const results = await Promise.allSettled([
          nested(async () => {
            await write('n1')
            if (timing === 'staggered') await pause()
            throw new Undo()
          }),
          nested(async () => {
            await write('n2')
            await pause()
            await write('n3')
          }),
          write('p1'),
          write('p2'),
        ])
        expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
      })
      expect(await postgres.world.rows()).toEqual(['n2', 'n3', 'p1', 'p2'])
      expect(log.words.filter(word => /SAVEPOINT|BEGIN|COMMIT/.test(word))).toEqual([
        'BEGIN',
        'SAVEPOINT ambit_1',
        'ROLLBACK TO SAVEPOINT ambit_1',
        'RELEASE SAVEPOINT ambit_1',
        'SAVEPOINT ambit_2',
        'RELEASE SAVEPOINT ambit_2',
        'COMMIT',
      ])
    },
  )

  it('the same by dataSource.transaction(), with ambient calls inside', async () => {
    const { dataSource } = postgres.world
    await transactional({}, async () => {
      const results = await Promise.allSettled([
        dataSource.transaction(async manager => {
          await manager.insert(Note, { k: 'n1' })
          await write('n1 ambient')
          throw new Undo()
        }),
        dataSource.transaction(async manager => {
          await manager.insert(Note, { k: 'n2' })
          await write('n2 ambient')
        }),
        write('p'),
      ])
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    })
    expect(await postgres.world.rows()).toEqual(['n2', 'n2 ambient', 'p'])
  })

  it('a statement error in one does not touch the others', async () => {
    await write('dup')
    await transactional({}, async () => {
      const results = await Promise.allSettled([
        nested(() => write('dup')),
        nested(() => write('x')),
        nested(() => write('dup')),
        write('y'),
      ])
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled'])
    })
    expect(await postgres.world.rows()).toEqual(['dup', 'x', 'y'])
  })

  it('late work inside a failed one is refused, naming it, and the transaction goes on', async () => {
    const { opened, open } = gate()
    let late: Promise<unknown> | undefined
    await transactional({}, async () => {
      await rejection(
        transactional({ propagation: 'NESTED', label: 'Shop.try' }, async () => {
          await write('n')
          late = rejection(opened.then(() => write('late')))
          throw new Undo()
        }),
      )
      open()
      expect(await late).toMatchObject({ code: 'AMBIT_TX_ENDED', method: 'Shop.try' })
      await write('o')
    })
    expect(await postgres.world.rows()).toEqual(['o'])
  })

  it('SP J4: is on the connection of the transaction, and goes with it', async () => {
    const places: unknown[] = []
    await rejection(
      transactional({}, async () => {
        places.push(await postgres.world.place())
        await nested(async () => {
          places.push(await postgres.world.place())
          await write('n')
        })
        throw new Undo()
      }),
    )
    expect(places[0]).toEqual(places[1])
    expect(await postgres.world.rows()).toEqual([])
  })
})

describe('a NESTED block that awaits a sibling which waits for it', () => {
  const own = postgresDatabase()

  it('fails in time, and says who holds what; all is rolled back', async () => {
    const world = await own.start({ settings: { schema: 'create' }, bootstrap: { waitTimeoutMs: 200 } })
    const error = await rejection(
      world.app.run(() =>
        transactional({ label: 'Shop.order' }, async () => {
          await world.write('a')
          const memo = gate()
          let sibling: Promise<unknown> = Promise.resolve()
          const block = transactional({ propagation: 'NESTED', label: 'Shop.block' }, async () => {
            await memo.opened
            await sibling
          })
          sibling = world.write('b')
          sibling.catch(() => undefined)
          memo.open()
          await block
        }),
      ),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_TURN_TIMEOUT', waiter: 'Shop.order', holder: 'Shop.block' })
    expect(await world.rows()).toEqual([])
    await world.assertClean()
  })
})

describe('REQUIRES_NEW and NOT_SUPPORTED beside siblings', () => {
  it.each(['REQUIRES_NEW', 'NOT_SUPPORTED'] as const)(
    'G-06: a plain sibling of %s stays in the outer transaction',
    async propagation => {
      const { opened, open } = gate()
      const error = await rejection(
        transactional({}, async () => {
          await Promise.all([
            transactional({ propagation }, async () => {
              await write('inner')
              await opened
              await write('inner 2')
            }),
            write('sibling').finally(open),
          ])
          throw new Undo()
        }),
      )
      expect(error).toBeInstanceOf(Undo)
      expect(await postgres.world.rows()).toEqual(['inner', 'inner 2'])
    },
  )
})

describe('two data sources', () => {
  const own = postgresDatabase()

  it('G-08: do not mix: inside a transaction of the second, the first one’s is still there', async () => {
    const url = own.database.url
    const world = await own.start({
      settings: { schema: 'create' },
      bootstrap: { dataSources: { reporting: { url, entities: [] } } },
    })
    const { dataSource } = world
    const error = await rejection(
      world.app.run(() =>
        transactional({}, async () => {
          const first = await world.place()
          await transactional({ dataSource: 'reporting' }, async () => {
            await world.write('a')
            expect(await world.place()).toEqual(first)
            await transactional({ propagation: 'NESTED' }, () => dataSource.query(`INSERT INTO note (k) VALUES ('b')`))
          })
          throw new Undo()
        }),
      ),
    )
    expect(error).toBeInstanceOf(Undo)
    expect(await world.rows()).toEqual([])
    await world.assertClean()
  })
})

/** A call tree: each node writes its own row, then runs its children, all of whose failures it swallows. */
interface Tree {
  readonly kind: 'nested' | 'new'
  readonly parallel: boolean
  readonly pauses: number
  readonly fails: boolean
  readonly children: readonly Tree[]
}

function tree(depth: number): Arbitrary<Tree> {
  return record({
    kind: constantFrom('nested' as const, 'nested' as const, 'new' as const),
    parallel: boolean(),
    pauses: nat(2),
    fails: nat(99).map(percent => percent < 35),
    children: depth > 1 ? array(tree(depth - 1), { maxLength: 3 }) : constant([]),
  })
}

/** The rows that must be there, by the meaning of savepoints and of independent transactions. */
function expected({ kind, fails, children }: Tree, path: string, outerKept: boolean): string[] {
  const kept = !fails && (kind === 'new' || outerKept)
  return [...(kept ? [path] : []), ...children.flatMap((child, at) => expected(child, `${path}.${at}`, kept))]
}

async function run({ kind, parallel, pauses, fails, children }: Tree, path: string): Promise<void> {
  const propagation = kind === 'nested' ? 'NESTED' : 'REQUIRES_NEW'
  await transactional({ propagation }, async () => {
    await write(path)
    for (let at = 0; at < pauses; at += 1) await pause()
    const call = (child: Tree, at: number): Promise<unknown> => run(child, `${path}.${at}`).catch(expectUndo)
    if (parallel) await Promise.all(children.map(call))
    else for (const [at, child] of children.entries()) await call(child, at)
    if (fails) throw new Undo()
  })
}

function expectUndo(error: unknown): void {
  if (!(error instanceof Undo)) throw error
}

describe('sixty random trees of NESTED and REQUIRES_NEW, parallel and sequential, a third of them failing', () => {
  it('leave the rows that a small model says', async () => {
    await assert(
      asyncProperty(tree(4), async root => {
        await postgres.world.empty()
        await run(root, 'r').catch(expectUndo)
        expect(await postgres.world.rows()).toEqual(expected(root, 'r', true).sort())
        await postgres.world.assertClean()
      }),
      { numRuns: 60 },
    )
  }, 120_000)
})
