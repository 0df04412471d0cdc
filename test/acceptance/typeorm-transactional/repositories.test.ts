import { transactional } from 'ambit'
import type { DataSource, Repository } from 'typeorm'
import { Author, Category, Memo, Note, NoteShelf, Player, Team } from '../../data-source/entities'
import { expectOneTransaction, gate, SOURCES, transactionId, Undo, words, worldOn } from '../orm-world'

type Extended = Repository<Note> & { add(k: string): Promise<Note> }

const extend = (notes: Repository<Note>): Extended =>
  notes.extend({
    add(this: Repository<Note>, k: string) {
      return this.save({ k, n: 1 })
    },
  })

/** What TypeORM wraps in a transaction of its own where none is active. */
const WRAPPED: Readonly<Record<string, (dataSource: DataSource) => Promise<unknown>>> = {
  'TT-04 Repository.save()': dataSource => dataSource.getRepository(Note).save({ k: 'a', n: 1 }),
  'TT-04 Repository.save() of several, in chunks': dataSource =>
    dataSource.getRepository(Note).save(
      ['a', 'b', 'c'].map(k => ({ k, n: 1 })),
      { chunk: 1 },
    ),
  'TT-04 Repository.save() with cascades': dataSource =>
    dataSource.getRepository(Team).save({ name: 'a', players: [{ name: 'b' }, { name: 'c' }] }),
  'TT-04 Repository.save() that is told to use a transaction': dataSource =>
    dataSource.getRepository(Note).save({ k: 'a', n: 1 }, { transaction: true }),
  'TT-04 Repository.insert(), upsert(), update(), increment()': async dataSource => {
    const notes = dataSource.getRepository(Note)
    await notes.insert({ k: 'a' })
    await notes.upsert({ k: 'a', n: 2 }, ['k'])
    await notes.update({ k: 'a' }, { n: 3 })
    await notes.increment({ k: 'a' }, 'n', 1)
  },
  'TT-04 Repository.remove()': async dataSource => {
    const notes = dataSource.getRepository(Note)
    await notes.save({ k: 'a', n: 1 })
    await notes.remove(await notes.save({ k: 'b', n: 1 }))
  },
  'TT-05 repository.extend().save()': dataSource => extend(dataSource.getRepository(Note)).add('a'),
  'TT-05 a class that extends Repository': dataSource => new NoteShelf(Note, dataSource.manager).add('a'),
  'TT-05 EntityManager.save()': ({ manager }) => manager.save(Note, { k: 'a', n: 1 }),
  'TT-05 createEntityManager().save()': dataSource => dataSource.createEntityManager().save(Note, { k: 'a', n: 1 }),
  'TT-05 a repository of createEntityManager()': dataSource =>
    dataSource.createEntityManager().getRepository(Note).save({ k: 'a', n: 1 }),
  'TT-05 QueryBuilder': dataSource => dataSource.createQueryBuilder().insert().into(Note).values({ k: 'a' }).execute(),
  'TT-05 QueryBuilder that is told to use a transaction': dataSource =>
    dataSource.createQueryBuilder().insert().into(Note).values({ k: 'a' }).useTransaction(true).execute(),
  'TT-05 QueryBuilder.relation()': async dataSource => {
    const team = await dataSource.manager.save(Team, { name: 'a' })
    const player = await dataSource.manager.save(Player, { name: 'b' })
    await dataSource.createQueryBuilder().relation(Team, 'players').of(team).add(player)
  },
  'TT-05 a tree repository': dataSource =>
    dataSource.getTreeRepository(Category).save({ name: 'a', children: [{ name: 'b' }] }),
  'TT-05 Active Record': () => Memo.create({ text: 'a' }).save(),
  'TT-05 lazy relations': async ({ manager }) => {
    const author = await manager.save(Author, { name: 'a' })
    expect(await (await manager.findOneByOrFail(Author, { id: author.id })).books).toEqual([])
  },
}

describe.each(SOURCES)('no transactions in between, on $name', ({ engine, origin }) => {
  const world = worldOn(engine, origin)

  /** Every row of every table, with the transaction that stored it where the database tells. */
  async function writers(): Promise<string[]> {
    const tables = world.dataSource.entityMetadatas.map(({ tableName }) => tableName)
    const writer = engine.oneWriter ? 'NULL' : 'xmin::text'
    const rows = tables.map(table => `SELECT ${writer} AS writer FROM "${table}"`).join(' UNION ALL ')
    return (await world.db.query<{ writer: string }>(rows)).map(row => row.writer)
  }

  // Their suite compares with the id of the next transaction; the counter is the whole server's, so others would show.
  // Each row tells who wrote it instead: a savepoint, too, would have an id of its own there.
  it.each(Object.entries(WRAPPED))('%s', async (_, work) => {
    const id = await transactional({}, async () => {
      await work(world.dataSource)
      return transactionId(world)
    })
    const found = await writers()
    expect(found.length).toBeGreaterThan(0)
    if (!engine.oneWriter) expect(new Set(found)).toEqual(new Set([id]))
    expectOneTransaction(world.db)
  })

  it.each(Object.entries(WRAPPED))('%s: nothing of it is left when the transaction fails', async (_, work) => {
    const outcome = transactional({}, async () => {
      await work(world.dataSource)
      throw new Undo()
    })
    await expect(outcome).rejects.toThrow(Undo)
    expect(await writers()).toEqual([])
    expectOneTransaction(world.db, 'ROLLBACK')
  })
})

describe.each(SOURCES)('custom repositories on $name', ({ engine, origin }) => {
  let shelf: NoteShelf
  let extended: Extended
  const world = worldOn(engine, origin, {
    early: dataSource => {
      shelf = new NoteShelf(Note, dataSource.manager)
      extended = extend(dataSource.getRepository(Note))
    },
  })

  it('TT-06 a custom repository writes in the transaction, and its row is there afterwards', async () => {
    const ids = await transactional({}, async () => {
      const before = await transactionId(world)
      await shelf.add('a')
      expect(await shelf.existsBy({ k: 'a' })).toBe(true)
      return [before, await transactionId(world)]
    })
    expect(ids).toEqual([expect.any(String), ids[0]])
    expect(await words(world.db)).toEqual(['a'])
    expectOneTransaction(world.db)
  })

  it('TT-07 an error rolls back what it wrote', async () => {
    const failure = new Undo()
    const outcome = transactional({}, async () => {
      await shelf.add('a')
      await extended.add('b')
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await words(world.db)).toEqual([])
  })

  it('TT-08 an inner call through a custom repository is in the same transaction', async () => {
    const [outer, inner] = await transactional({}, async () => {
      await shelf.add('a')
      const before = await transactionId(world)
      return [before, await transactional({}, async () => (await shelf.add('b'), transactionId(world)))]
    })
    expect(inner).toBe(outer)
    expect(await words(world.db)).toEqual(['a', 'b'])
    expectOneTransaction(world.db)
  })

  it('TT-09 three at once that do not await their writes are three, and each write is in its own', async () => {
    const writes: Promise<unknown>[] = []
    const run = (k: string): Promise<string | null> =>
      transactional({}, async () => {
        writes.push(shelf.query(`INSERT INTO note (k) VALUES ('${k}')`))
        return transactionId(world)
      })
    const ids = await Promise.all(['a', 'b', 'c'].map(run))
    expect([new Set(ids).size, ids.includes(null)]).toEqual([3, false])
    await Promise.all(writes)
    expect(await words(world.db)).toEqual(['a', 'b', 'c'])
    if (!engine.oneWriter) {
      const rows = await world.db.query<{ writer: string }>('SELECT xmin::text AS writer FROM note')
      expect(rows.map(({ writer }) => writer).sort()).toEqual([...ids].sort())
    }
  })

  it('TT-09 a save of several statements that nobody awaits is in its transaction, or refused and told', async () => {
    let write: Promise<unknown> | undefined
    await transactional({}, async () => {
      write = shelf.add('a')
      write.catch(() => undefined)
      await transactionId(world)
    })
    const [outcome] = await Promise.allSettled([write])
    expect(world.db.log.commands.at(-1)).toBe('COMMIT')
    expect(world.db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
    if (outcome.status === 'fulfilled') expect(await words(world.db)).toEqual(['a'])
    else expect(world.reports.splice(0)).toContainEqual(expect.objectContaining({ code: 'AMBIT_TX_ENDED' }))
  })

  it('TT-09 a write that nobody awaits, of a transaction that fails, is not stored', async () => {
    let write: Promise<unknown> | undefined
    const outcome = transactional({}, async () => {
      write = shelf.insert({ k: 'a' })
      write.catch(() => undefined)
      throw new Undo()
    })
    await expect(outcome).rejects.toThrow(Undo)
    await Promise.allSettled([write])
    expect(await words(world.db)).toEqual([])
    // Refused late work is told to the application, so that a floating promise is seen.
    world.reports.splice(0)
  })

  it('TT-10 nothing of a transaction is seen by code outside it while it sleeps', async () => {
    const [begun, woken] = [gate(), gate()]
    const sleeping = transactional({}, async () => {
      await shelf.add('a')
      begun.open()
      await woken.opened
      return transactionId(world)
    })
    await begun.opened
    expect(await transactionId(world)).toBeNull()
    expect(await shelf.existsBy({ k: 'a' })).toBe(false)
    woken.open()
    expect(await sleeping).toEqual(expect.any(String))
    expect(await words(world.db)).toEqual(['a'])
  })

  it('TT-11 two inserts of one key: the second fails, and neither row stays', async () => {
    const outcome = transactional({}, async () => {
      await extended.insert({ k: 'a' })
      await extended.insert({ k: 'a' })
    })
    await expect(outcome).rejects.toThrow(/UNIQUE|duplicate key/)
    expect(await words(world.db)).toEqual([])
    expectOneTransaction(world.db, 'ROLLBACK')
  })

  it('TT-11 the same when the failure is swallowed, or COMMIT would have been a rollback in silence', async () => {
    const outcome = transactional({}, async () => {
      await extended.insert({ k: 'a' })
      await extended.insert({ k: 'a' }).catch(() => undefined)
    })
    // SQLite undoes the statement alone: there is nothing wrong with its transaction.
    if (engine.oneWriter) await expect(outcome).resolves.toBeUndefined()
    else await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(await words(world.db)).toEqual(engine.oneWriter ? ['a'] : [])
  })
})
