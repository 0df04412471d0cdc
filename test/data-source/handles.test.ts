import { currentTransaction, detached, entityManager, transactional } from 'ambit'
import type { EntityManager, Repository, TreeRepository } from 'typeorm'
import type { QueryRunner, SelectQueryBuilder } from 'typeorm'
import { Author, Category, Memo, Note, NoteShelf, Player, Team } from './entities'
import { type Logged, postgresWorld, rejection, Undo } from './harness'

// Handles of every kind, obtained before a scope or inside it. Each runs in a scope that is then rolled back: what it did
// went over one connection, in one transaction, and nothing of it is left.

const postgres = postgresWorld()

/** Handles obtained before any scope. */
interface Early {
  readonly manager: EntityManager
  readonly made: EntityManager
  readonly notes: Repository<Note>
  readonly notesOfMade: Repository<Note>
  readonly extended: Repository<Note> & { addAll(keys: readonly string[]): Promise<Note[]> }
  readonly shelf: NoteShelf
  readonly teams: Repository<Team>
  readonly tree: TreeRepository<Category>
  readonly select: SelectQueryBuilder<Note>
}

let early: Early

beforeAll(() => {
  const { dataSource } = postgres.world
  const made = dataSource.createEntityManager()
  const notes = dataSource.getRepository(Note)
  early = {
    manager: dataSource.manager,
    made,
    notes,
    notesOfMade: made.getRepository(Note),
    extended: notes.extend({
      addAll(this: Repository<Note>, keys: readonly string[]) {
        return this.save(keys.map(k => ({ k, n: 1 })))
      },
    }),
    shelf: new NoteShelf(Note, dataSource.manager),
    teams: dataSource.getRepository(Team),
    tree: dataSource.getTreeRepository(Category),
    select: dataSource.getRepository(Note).createQueryBuilder('note'),
  }
})

beforeEach(() => postgres.world.database.query(`INSERT INTO note (k, n) VALUES ('kept', 1)`))

/** Runs work in a scope, rolls it back, and answers what was sent. */
async function rolledBack(work: () => Promise<unknown>): Promise<readonly Logged[]> {
  const { log } = postgres.world
  log.clear()
  const error = await rejection(
    transactional({}, async () => {
      await work()
      throw new Undo()
    }),
  )
  expect(error).toBeInstanceOf(Undo)
  return [...log.entries]
}

/** One connection, one BEGIN, first; one ROLLBACK, last. */
function expectOneTransaction(entries: readonly Logged[]): void {
  expect(new Set(entries.map(({ pid }) => pid)).size).toBe(1)
  const texts = entries.map(({ text }) => text)
  expect(texts.filter(text => /^(BEGIN|START)/.test(text))).toEqual(['BEGIN'])
  expect([texts[0], texts.at(-1)]).toEqual(['BEGIN', 'ROLLBACK'])
  expect(texts).not.toContain('COMMIT')
}

/** Every row of every table, seen from outside. */
async function everything(): Promise<unknown> {
  const { database } = postgres.world
  const count = (table: string): string => `(SELECT count(*) FROM "${table}")::int AS "${table}"`
  const tables = ['author', 'book', 'team', 'player', 'category', 'category_closure', 'memo']
  const [counts] = await database.query(`SELECT ${tables.map(count).join(', ')}`)
  return { notes: await database.query('SELECT k, n FROM note ORDER BY k'), ...counts }
}

const NOTHING = {
  notes: [{ k: 'kept', n: 1 }],
  author: 0,
  book: 0,
  team: 0,
  player: 0,
  category: 0,
  category_closure: 0,
  memo: 0,
}

const HANDLES: Readonly<Record<string, () => Promise<unknown>>> = {
  'dataSource.query()': () => postgres.world.dataSource.query(`INSERT INTO note (k) VALUES ('a')`),
  'dataSource.sql``': () => postgres.world.dataSource.sql`INSERT INTO note (k) VALUES (${'a'})`,
  'dataSource.manager.save()': () => postgres.world.dataSource.manager.save(Note, { k: 'a', n: 1 }),
  'the manager, captured before': () => early.manager.save(Note, { k: 'a', n: 1 }),
  'a manager made before': () => early.made.save(Note, { k: 'a', n: 1 }),
  'a manager made inside': () => postgres.world.dataSource.createEntityManager().save(Note, { k: 'a', n: 1 }),
  'entityManager()': () => entityManager().save(Note, { k: 'a', n: 1 }),
  'a repository, captured before': () => early.notes.save({ k: 'a', n: 1 }),
  'a repository, obtained inside': () => postgres.world.dataSource.getRepository(Note).save({ k: 'a', n: 1 }),
  'a repository of a manager made before': () => early.notesOfMade.save({ k: 'a', n: 1 }),
  'a repository extended before': () => early.extended.addAll(['a', 'b']),
  'a repository extended inside': () =>
    postgres.world.dataSource
      .getRepository(Note)
      .extend({
        add(this: Repository<Note>, k: string) {
          return this.insert({ k })
        },
      })
      .add('a'),
  'a repository written as a class': () => early.shelf.add('a'),
  'manager.withRepository()': () =>
    postgres.world.dataSource.manager.withRepository(early.notes).save({ k: 'a', n: 1 }),
  'repository.insert()': () => early.notes.insert({ k: 'a' }),
  'repository.upsert()': () => early.notes.upsert({ k: 'kept', n: 9 }, ['k']),
  'repository.update()': () => early.notes.update({ k: 'kept' }, { n: 9 }),
  'repository.delete()': () => early.notes.delete({ k: 'kept' }),
  'repository.remove()': async () => early.notes.remove(await early.notes.findOneByOrFail({ k: 'kept' })),
  'repository.increment()': () => early.notes.increment({ k: 'kept' }, 'n', 1),
  'repository.clear()': () => early.notes.clear(),
  'repository.preload() and save()': async () => {
    const loaded = await early.notes.preload({ k: 'kept', n: 9 })
    if (loaded) await early.notes.save(loaded)
  },
  'a tree repository, captured before': async () => {
    const root = await early.tree.save({ name: 'root', children: [{ name: 'leaf' }] })
    expect(await early.tree.findTrees()).toMatchObject([{ name: 'root', children: [{ name: 'leaf' }] }])
    expect(await early.tree.countDescendants(root)).toBe(2)
  },
  'a tree repository, obtained inside': () =>
    postgres.world.dataSource.manager.getTreeRepository(Category).save({ name: 'root', children: [{ name: 'leaf' }] }),
  'Active Record: save()': () => Memo.create({ text: 'a' }).save(),
  'Active Record: statics': async () => {
    await Memo.insert({ text: 'a' })
    expect(await Memo.countBy({ text: 'a' })).toBe(1)
    await Memo.update({ text: 'a' }, { text: 'b' })
    expect(await Memo.findBy({ text: 'b' })).toHaveLength(1)
  },
  'Active Record: createQueryBuilder()': () => Memo.createQueryBuilder().insert().values({ text: 'a' }).execute(),
  'a query builder built before: insert': () =>
    early.manager.createQueryBuilder().insert().into(Note).values({ k: 'a' }).execute(),
  'a query builder of dataSource': () =>
    postgres.world.dataSource.createQueryBuilder().delete().from(Note).where('k = :k', { k: 'kept' }).execute(),
  cascades: () => early.teams.save({ name: 't', players: [{ name: 'p' }, { name: 'q' }] }),
  'cascades with orphans': async () => {
    const { id } = await early.teams.save({ name: 't', players: [{ name: 'p' }, { name: 'q' }] })
    const [, kept] = await postgres.world.dataSource.getRepository(Player).find({ order: { id: 'ASC' } })
    await early.teams.save({ id, players: kept ? [kept] : [] })
    expect(await postgres.world.dataSource.getRepository(Player).count()).toBe(1)
  },
  'relation().add()': async () => {
    const team = await early.teams.save({ name: 't' })
    const player = await postgres.world.dataSource.getRepository(Player).save({ name: 'p' })
    await early.teams.createQueryBuilder().relation(Team, 'players').of(team).add(player)
    const loaded = await early.teams.find({ relations: { players: true }, relationLoadStrategy: 'query' })
    expect(loaded).toMatchObject([{ players: [{ name: 'p' }] }])
  },
  'skip and take over a relation': async () => {
    await early.teams.save([
      { name: 's', players: [{ name: 'p' }] },
      { name: 't', players: [{ name: 'q' }] },
    ])
    const found = await early.teams.find({ relations: { players: true }, order: { name: 'ASC' }, skip: 1, take: 1 })
    expect(found).toMatchObject([{ name: 't', players: [{ name: 'q' }] }])
  },
  'a pessimistic lock': async () => {
    const found = await early.notes.findOne({ where: { k: 'kept' }, lock: { mode: 'pessimistic_write' } })
    await early.notes.save({ ...found, n: 9 })
  },
  'a lazy relation of an entity loaded inside': async () => {
    await early.manager.insert(Author, { name: 'ann' })
    await early.manager.query(`INSERT INTO book (title, version, "authorId") SELECT 'one', 1, id FROM author`)
    const loaded = await early.manager.findOneByOrFail(Author, { name: 'ann' })
    expect(await loaded.books).toMatchObject([{ title: 'one' }])
  },
  'a query runner made by hand: query()': async () => {
    const runner = postgres.world.dataSource.createQueryRunner()
    await runner.query(`INSERT INTO note (k) VALUES ('a')`)
    await runner.release()
  },
  'a query runner made by hand: connect()': async () => {
    const runner = postgres.world.dataSource.createQueryRunner()
    const client = (await runner.connect()) as {
      query(text: string, values?: unknown[]): Promise<{ rowCount: number }>
    }
    expect(await client.query('INSERT INTO note (k) VALUES ($1)', ['a'])).toMatchObject({ rowCount: 1 })
    await client.query(`INSERT INTO note (k) VALUES ('b')`)
    await runner.release()
  },
  'a query runner made by hand: manager': async () => {
    const runner = postgres.world.dataSource.createQueryRunner()
    await runner.manager.save(Note, { k: 'a', n: 1 })
    await runner.manager.getRepository(Note).insert({ k: 'b' })
    await runner.release()
  },
  'a query runner made by hand: schema helpers': async () => {
    const runner = postgres.world.dataSource.createQueryRunner()
    expect(await runner.hasTable('note')).toBe(true)
    await runner.clearTable('note')
    await runner.release()
  },
  'a query builder on a query runner made by hand': async () => {
    const runner = postgres.world.dataSource.createQueryRunner()
    await postgres.world.dataSource.createQueryBuilder(runner).insert().into(Note).values({ k: 'a' }).execute()
    await runner.release()
  },
  'dataSource.transaction()': () =>
    postgres.world.dataSource.transaction(manager => manager.save(Note, { k: 'a', n: 1 })),
  'manager.transaction()': () => early.manager.transaction(() => early.notes.insert({ k: 'a' })),
}

describe('a handle in a scope', () => {
  it.each(Object.keys(HANDLES))('%s works in the transaction of the scope', async name => {
    const entries = await rolledBack(HANDLES[name] ?? (() => Promise.reject(new Error('unknown'))))
    expectOneTransaction(entries)
    expect(await everything()).toEqual(NOTHING)
  })

  it.each(Object.keys(HANDLES))('%s leaves its work behind when the scope commits', async name => {
    await transactional({}, async () => {
      await HANDLES[name]?.()
    })
    expect(await everything()).not.toEqual(NOTHING)
  })

  it('sees what other kinds of handle wrote before it', async () => {
    const entries = await rolledBack(async () => {
      await early.notes.insert({ k: 'a' })
      expect(await early.select.where('note.k = :k', { k: 'a' }).getMany()).toHaveLength(1)
      expect(await early.shelf.countBy({ k: 'a' })).toBe(1)
      expect(await early.extended.existsBy({ k: 'a' })).toBe(true)
    })
    expectOneTransaction(entries)
  })
})

describe('a query builder', () => {
  it('built before the scope and executed inside works inside', async () => {
    const { dataSource } = postgres.world
    const insert = dataSource.createQueryBuilder().insert().into(Note).values({ k: 'a' })
    const count = dataSource.getRepository(Note).createQueryBuilder('note')
    const entries = await rolledBack(async () => {
      await insert.execute()
      expect(await count.getCount()).toBe(2)
    })
    expectOneTransaction(entries)
    expect(await postgres.world.rows()).toEqual(['kept'])
  })

  it('built inside the scope and executed after it works outside', async () => {
    const { dataSource } = postgres.world
    const insert = await transactional({}, () => dataSource.createQueryBuilder().insert().into(Note).values({ k: 'a' }))
    await insert.execute()
    expect(await postgres.world.rows()).toEqual(['a', 'kept'])
  })
})

describe('a lazy relation', () => {
  async function storedAuthor(): Promise<Author> {
    const { database, dataSource } = postgres.world
    await database.query(`INSERT INTO author (name) VALUES ('ann')`)
    await database.query(`INSERT INTO book (title, version, "authorId") VALUES ('one', 1, 1)`)
    return dataSource.getRepository(Author).findOneByOrFail({ name: 'ann' })
  }

  it('of an entity loaded outside, touched inside, is read in the scope', async () => {
    const author = await storedAuthor()
    const entries = await rolledBack(async () => {
      await postgres.world.dataSource.query(`UPDATE book SET title = 'two'`)
      expect(await author.books).toMatchObject([{ title: 'two' }])
    })
    expectOneTransaction(entries)
  })

  it('of an entity loaded inside, touched after the end, is read outside', async () => {
    await storedAuthor()
    const { dataSource, log } = postgres.world
    const author = await transactional({}, () => dataSource.getRepository(Author).findOneByOrFail({ name: 'ann' }))
    log.clear()
    expect(await author.books).toMatchObject([{ title: 'one' }])
    expect(log.words).toEqual(['SELECT'])
  })

  it('of an entity loaded in one scope, touched in another, is read in the other', async () => {
    await storedAuthor()
    const { dataSource } = postgres.world
    const author = await transactional({}, () => dataSource.getRepository(Author).findOneByOrFail({ name: 'ann' }))
    const entries = await rolledBack(async () => {
      await dataSource.query(`UPDATE book SET title = 'two'`)
      expect(await author.books).toMatchObject([{ title: 'two' }])
    })
    expectOneTransaction(entries)
  })
})

describe('query runners made by hand', () => {
  it('are handles: each save keeps its own data, all in one transaction', async () => {
    const { dataSource } = postgres.world
    const seen: unknown[] = []
    const subscriber = {
      listenTo: () => Note,
      beforeInsert: ({ queryRunner, entity }: { queryRunner: QueryRunner; entity: Note }) => {
        seen.push([entity.k, queryRunner.data])
      },
    }
    dataSource.subscribers.push(subscriber)
    try {
      const entries = await rolledBack(() =>
        Promise.all(['a', 'b', 'c'].map(k => dataSource.manager.save(Note, { k, n: 1 }, { data: { for: k } }))),
      )
      expectOneTransaction(entries)
    } finally {
      dataSource.subscribers.pop()
    }
    expect(seen).toEqual([
      ['a', { for: 'a' }],
      ['b', { for: 'b' }],
      ['c', { for: 'c' }],
    ])
  })

  it.each(['startTransaction', 'commitTransaction', 'rollbackTransaction'] as const)(
    'refuse %s() inside a scope, with advice, and the scope goes on',
    async method => {
      const { dataSource } = postgres.world
      await transactional({ label: 'Shop.order' }, async () => {
        const runner = dataSource.createQueryRunner()
        const error = await rejection(runner[method]())
        expect(error).toMatchObject({
          code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION',
          name: 'ExplicitTransactionError',
        })
        expect(error.message).toBe(
          [
            `${method}() was used inside the transaction of Shop.order, which begins and ends by itself. [AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION]`,
            '  where: Shop.order',
            "  next:  Use transactional({ propagation: 'NESTED' }, …) or dataSource.transaction(…) for a block of its own, or detached(…) for an independent connection.",
          ].join('\n'),
        )
        await runner.query(`INSERT INTO note (k) VALUES ('a')`)
        await runner.release()
      })
      expect(await postgres.world.rows()).toEqual(['a', 'kept'])
    },
  )

  it('do not commit when they are disposed of', async () => {
    const entries = await rolledBack(async () => {
      await using runner = postgres.world.dataSource.createQueryRunner() as QueryRunner & AsyncDisposable
      await runner.query(`INSERT INTO note (k) VALUES ('a')`)
    })
    expectOneTransaction(entries)
    expect(await postgres.world.rows()).toEqual(['kept'])
  })

  it('say after release() that they are released, and refuse to work', async () => {
    await transactional({}, async () => {
      const runner = postgres.world.dataSource.createQueryRunner()
      expect([runner.isReleased, runner.isTransactionActive]).toEqual([false, true])
      await runner.release()
      expect(runner.isReleased).toBe(true)
      await expect(runner.query('SELECT 1')).rejects.toThrow(/released/)
    })
  })

  it('made before a scope stay independent: their work is not the scope’s', async () => {
    const { dataSource, log } = postgres.world
    const runner = dataSource.createQueryRunner()
    const entries = await rolledBack(async () => {
      await dataSource.query(`INSERT INTO note (k) VALUES ('inside')`)
      await runner.query(`INSERT INTO note (k) VALUES ('independent')`)
    })
    await runner.release()
    expect(new Set(entries.map(({ pid }) => pid)).size).toBe(2)
    expect(await postgres.world.rows()).toEqual(['independent', 'kept'])
    log.clear()
  })

  it('made before a scope may run a transaction of their own inside it', async () => {
    const { dataSource } = postgres.world
    const runner = dataSource.createQueryRunner()
    await rolledBack(async () => {
      await dataSource.query(`INSERT INTO note (k) VALUES ('inside')`)
      await runner.startTransaction('SERIALIZABLE')
      await runner.manager.insert(Note, { k: 'independent' })
      await runner.commitTransaction()
    })
    await runner.release()
    expect(await postgres.world.rows()).toEqual(['independent', 'kept'])
  })

  it('made with detached() inside a scope are independent', async () => {
    const { dataSource } = postgres.world
    await rolledBack(() =>
      detached(async () => {
        const runner = dataSource.createQueryRunner()
        await runner.startTransaction()
        await runner.query(`INSERT INTO note (k) VALUES ('independent')`)
        await runner.commitTransaction()
        await runner.release()
      }),
    )
    expect(await postgres.world.rows()).toEqual(['independent', 'kept'])
  })

  it('made outside every scope work as TypeORM’s own', async () => {
    const { dataSource } = postgres.world
    const runner = dataSource.createQueryRunner()
    await runner.startTransaction()
    await runner.manager.transaction(manager => manager.insert(Note, { k: 'a' }))
    await runner.rollbackTransaction()
    await runner.release()
    expect(await postgres.world.rows()).toEqual(['kept'])
  })
})

describe('handles kept after the end of their scope', () => {
  it('refuse all work, also when it is quite another call that uses them', async () => {
    const { dataSource } = postgres.world
    const kept = await transactional({ label: 'Shop.order' }, async () => {
      const runner = dataSource.createQueryRunner()
      await runner.query('SELECT 1')
      return { runner, client: (await runner.connect()) as { query(text: string): Promise<unknown> } }
    })
    const manager = kept.runner.manager
    const attempts: Record<string, () => Promise<unknown>> = {
      'runner.query': () => kept.runner.query(`INSERT INTO note (k) VALUES ('late')`),
      'client.query': () => kept.client.query(`INSERT INTO note (k) VALUES ('late')`),
      'manager.save': () => manager.save(Note, { k: 'late', n: 1 }),
      'repository.insert': () => manager.getRepository(Note).insert({ k: 'late' }),
      'query builder': () => manager.createQueryBuilder().insert().into(Note).values({ k: 'late' }).execute(),
      'manager.transaction': () => manager.transaction(inner => inner.insert(Note, { k: 'late' })),
    }
    for (const [name, attempt] of Object.entries(attempts)) {
      const error = await rejection(attempt())
      expect([name, error['code']]).toEqual([name, 'AMBIT_TX_ENDED'])
    }
    // Here TypeORM itself looks first, and says so in its own words.
    expect(await rejection(manager.query('SELECT 1'))).toMatchObject({
      name: 'QueryRunnerProviderAlreadyReleasedError',
    })
    expect(await postgres.world.rows()).toEqual(['kept'])
  })

  it('refuse all work inside another scope too, which goes on', async () => {
    const { dataSource } = postgres.world
    const manager = await transactional({}, async () => {
      const runner = dataSource.createQueryRunner()
      await runner.query('SELECT 1')
      return runner.manager
    })
    await transactional({}, async () => {
      expect(await rejection(manager.insert(Note, { k: 'late' }))).toMatchObject({ code: 'AMBIT_TX_ENDED' })
      expect(await rejection(manager.transaction(() => Promise.resolve()))).toMatchObject({ code: 'AMBIT_TX_ENDED' })
      await dataSource.manager.insert(Note, { k: 'new' })
    })
    expect(await postgres.world.rows()).toEqual(['kept', 'new'])
  })
})

describe('dataSource.transaction()', () => {
  it('is a savepoint inside a scope, for ambient handles in the callback too', async () => {
    const { dataSource, log } = postgres.world
    await transactional({}, async () => {
      await early.notes.insert({ k: 'outer' })
      const error = await rejection(
        dataSource.transaction(async manager => {
          await manager.insert(Note, { k: 'explicit' })
          await early.notes.insert({ k: 'ambient' })
          throw new Undo()
        }),
      )
      expect(error).toBeInstanceOf(Undo)
      await dataSource.transaction(() => early.notes.insert({ k: 'second' }))
    })
    expect(await postgres.world.rows()).toEqual(['kept', 'outer', 'second'])
    expect(log.words).toEqual([
      'BEGIN',
      'INSERT',
      'SAVEPOINT ambit_1',
      'INSERT',
      'INSERT',
      'ROLLBACK TO SAVEPOINT ambit_1',
      'RELEASE SAVEPOINT ambit_1',
      'SAVEPOINT ambit_2',
      'INSERT',
      'RELEASE SAVEPOINT ambit_2',
      'COMMIT',
    ])
  })

  it('is a new scope outside: ambient handles join it, and hooks may be registered', async () => {
    const { dataSource, log } = postgres.world
    const answer = await dataSource.transaction(async manager => {
      await manager.insert(Note, { k: 'explicit' })
      await early.notes.insert({ k: 'ambient' })
      expect(currentTransaction()).toMatchObject({ isNew: true, isNested: false })
      return 7
    })
    expect(answer).toBe(7)
    expect(log.words).toEqual(['BEGIN', 'INSERT', 'INSERT', 'COMMIT'])
    expect(log.pids).toHaveLength(1)
  })

  it('rolls everything back when its callback fails, outside a scope', async () => {
    const { dataSource } = postgres.world
    const error = await rejection(
      dataSource.transaction(async manager => {
        await manager.insert(Note, { k: 'explicit' })
        await early.notes.insert({ k: 'ambient' })
        throw new Undo()
      }),
    )
    expect(error).toBeInstanceOf(Undo)
    expect(await postgres.world.rows()).toEqual(['kept'])
  })

  it('gives the isolation level it is asked for, outside a scope', async () => {
    const { dataSource } = postgres.world
    const [row] = await dataSource.transaction('SERIALIZABLE', manager =>
      manager.query<{ transaction_isolation: string }[]>('SHOW transaction_isolation'),
    )
    expect(row).toEqual({ transaction_isolation: 'serializable' })
  })

  it('refuses a stronger isolation level inside a scope, before its callback runs, and takes a weaker one', async () => {
    const { dataSource } = postgres.world
    let ran = false
    await transactional({ isolation: 'REPEATABLE READ' }, async () => {
      const error = await rejection(
        dataSource.transaction('SERIALIZABLE', async () => {
          ran = true
        }),
      )
      expect(error).toMatchObject({ code: 'AMBIT_TX_INCOMPATIBLE' })
      await dataSource.transaction('READ COMMITTED', manager => manager.insert(Note, { k: 'a' }))
    })
    expect(ran).toBe(false)
    expect(await postgres.world.rows()).toEqual(['a', 'kept'])
  })

  it('refuses an isolation level that does not exist', async () => {
    const error = await rejection(postgres.world.dataSource.transaction('CHAOS' as 'SERIALIZABLE', async () => {}))
    expect(error).toMatchObject({ code: 'AMBIT_TX_INVALID_OPTIONS' })
  })

  it('without a callback says what it needs', async () => {
    const error = await rejection(postgres.world.dataSource.transaction('SERIALIZABLE', undefined as never))
    expect(error.message).toMatch(/needs a callback/)
  })

  it('of a manager on a query runner made outside every scope stays TypeORM’s own', async () => {
    const { dataSource, log } = postgres.world
    const runner = dataSource.createQueryRunner()
    await runner.manager.transaction(manager => manager.insert(Note, { k: 'a' }))
    await runner.release()
    expect(log.words).toEqual(['START', 'INSERT', 'COMMIT'].map((word, at) => (at === 0 ? 'START TRANSACTION' : word)))
  })

  it('of a handle of the outer transaction, used inside REQUIRES_NEW, is a savepoint of the outer one', async () => {
    const { dataSource } = postgres.world
    const error = await rejection(
      transactional({}, async () => {
        const outer = dataSource.createQueryRunner()
        await transactional({ propagation: 'REQUIRES_NEW' }, async () => {
          await dataSource.manager.insert(Note, { k: 'new' })
          await outer.manager.transaction(async manager => {
            await manager.insert(Note, { k: 'outer explicit' })
            await dataSource.manager.insert(Note, { k: 'outer ambient' })
          })
        })
        throw new Undo()
      }),
    )
    expect(error).toBeInstanceOf(Undo)
    expect(await postgres.world.rows()).toEqual(['kept', 'new'])
  })
})

describe('schema work in a scope', () => {
  it('synchronize() is refused with advice, and the scope goes on', async () => {
    const { dataSource } = postgres.world
    await transactional({}, async () => {
      expect(await rejection(dataSource.synchronize())).toMatchObject({
        code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION',
      })
      await dataSource.manager.insert(Note, { k: 'a' })
    })
    expect(await postgres.world.rows()).toEqual(['a', 'kept'])
  })

  it('runMigrations() with none pending works, in the transaction', async () => {
    const { dataSource, log } = postgres.world
    await transactional({}, async () => {
      expect(await dataSource.runMigrations()).toEqual([])
    })
    expect(log.pids).toHaveLength(1)
  })

  it('a scope goes on after destroy() and initialize() of the data source in between', async () => {
    const { dataSource } = postgres.world
    await dataSource.destroy()
    await dataSource.initialize()
    await rolledBack(() => early.notes.insert({ k: 'a' }))
    expect(await postgres.world.rows()).toEqual(['kept'])
    await transactional({}, () => early.notes.insert({ k: 'b' }))
    expect(await postgres.world.rows()).toEqual(['b', 'kept'])
  })

  it('destroy() inside a scope fails the scope, and does not hang', async () => {
    const { dataSource } = postgres.world
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        await early.notes.insert({ k: 'a' })
        await dataSource.destroy()
        await early.notes.insert({ k: 'b' })
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_CONNECTION_LOST' })
    await dataSource.initialize()
    expect(await postgres.world.rows()).toEqual(['kept'])
  })
})
