import { Note, Player, Team } from '../../data-source/entities'
import { Tag } from './entities'
import { type HandleRow, UNCOMMITTED } from './row'

const works = { before: 'works', inside: 'works' } as const

/** Query builders: built at one time, executed at another. */
export const BUILDER_ROWS: readonly HandleRow[] = [
  {
    id: 'H-20',
    handle: 'a select query builder',
    ...works,
    reads: true,
    why: 'where it is executed counts, not where it was built',
    obtain: dataSource => {
      const select = dataSource.getRepository(Note).createQueryBuilder('note')
      return async () => {
        expect(await select.getMany()).toMatchObject([{ k: UNCOMMITTED }])
        expect([await select.getCount(), await select.getExists()]).toEqual([1, true])
      }
    },
  },
  {
    id: 'H-21',
    handle: 'an insert query builder',
    ...works,
    why: 'the same',
    obtain: dataSource => {
      const insert = dataSource.createQueryBuilder().insert().into(Note).values({ k: 'a' })
      return () => insert.execute()
    },
  },
  {
    id: 'H-22',
    handle: 'an update query builder',
    ...works,
    why: 'the same',
    obtain: dataSource => {
      const update = dataSource.createQueryBuilder().update(Note).set({ n: 7 }).where('k = :k', { k: UNCOMMITTED })
      return async () => expect((await update.execute()).affected).toBe(1)
    },
  },
  {
    id: 'H-23',
    handle: 'a delete query builder',
    ...works,
    why: 'the same',
    obtain: dataSource => {
      const remove = dataSource.createQueryBuilder().delete().from(Note).where('k = :k', { k: UNCOMMITTED })
      return async () => expect((await remove.execute()).affected).toBe(1)
    },
  },
  {
    id: 'H-24',
    handle: 'softDelete() and restore() of a query builder',
    ...works,
    why: 'the same',
    obtain: dataSource => {
      const tags = dataSource.getRepository(Tag)
      const hide = tags.createQueryBuilder().softDelete().where("k = 'a'")
      const show = tags.createQueryBuilder().restore().where("k = 'b'")
      return async () => {
        await tags.insert([{ k: 'a' }, { k: 'b', gone: new Date(0) }])
        await hide.execute()
        await show.execute()
        expect(await tags.find()).toMatchObject([{ k: 'b' }])
      }
    },
  },
  {
    id: 'H-25',
    handle: 'relation()',
    ...works,
    why: 'the same, for each of its verbs',
    obtain: dataSource => {
      const relation = dataSource.createQueryBuilder().relation(Team, 'players')
      return async () => {
        const team = await dataSource.manager.save(Team, { name: 't' })
        const players = await dataSource.manager.save(Player, [{ name: 'p' }, { name: 'q' }])
        await relation.of(team).add(players)
        await relation.of(team).remove(players[1])
        expect(await relation.of(team).loadMany()).toMatchObject([{ name: 'p' }])
      }
    },
  },
  {
    id: 'H-26',
    handle: 'useTransaction(true)',
    ...works,
    why: 'there is a transaction: nothing is begun',
    obtain: dataSource => {
      const insert = dataSource.createQueryBuilder().insert().into(Note).values({ k: 'a' }).useTransaction(true)
      return () => insert.execute()
    },
  },
  {
    id: 'H-27',
    handle: 'a query builder on a query runner: setQueryRunner(), createQueryBuilder(runner)',
    before: "TypeORM's own",
    inside: 'works',
    why: 'it is where its runner is: see H-30',
    obtain: dataSource => {
      const runner = dataSource.createQueryRunner()
      const insert = dataSource.createQueryBuilder(runner).insert().into(Note)
      return async () => {
        await insert.values({ k: 'a' }).execute()
        await dataSource.createQueryBuilder().insert().into(Note).values({ k: 'b' }).setQueryRunner(runner).execute()
        await runner.release()
      }
    },
  },
  {
    id: 'H-28',
    handle: 'stream() of a query builder or query runner (PostgreSQL)',
    before: '–',
    inside: 'works',
    engine: 'PostgreSQL',
    reads: true,
    why: 'a cursor of the transaction; outside, and on a runner made before, it is TypeORM’s own, which needs pg-query-stream',
    obtain: dataSource => async () => {
      const rows = await dataSource.getRepository(Note).createQueryBuilder('note').stream()
      expect(await rows.toArray()).toMatchObject([{ note_k: UNCOMMITTED }])
      const runner = dataSource.createQueryRunner()
      expect(await (await runner.stream('SELECT k FROM note')).toArray()).toEqual([{ k: UNCOMMITTED }])
      await runner.release()
    },
  },
  {
    id: 'H-29',
    handle: 'stream() (SQLite)',
    before: "TypeORM's own",
    inside: "TypeORM's own",
    engine: 'SQLite',
    reads: true,
    why: 'TypeORM has none for this driver, and says so',
    obtain: dataSource => async () => {
      const runner = dataSource.createQueryRunner()
      await expect(runner.stream('SELECT k FROM note')).rejects.toThrow(/Stream is not supported/)
      await runner.release()
    },
  },
]
