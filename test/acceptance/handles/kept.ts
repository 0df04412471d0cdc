import { Author, Note } from '../../data-source/entities'
import type { KeptRow } from './row'

const ENDED = 'refused: AMBIT_TX_ENDED'

/** Handles that are kept, and used when their transaction is over. */
export const KEPT_ROWS: readonly KeptRow[] = [
  {
    id: 'H-50',
    handle: 'managers, repositories, query builders',
    after: 'works',
    why: 'outside every transaction they work as ever, each call on a connection of its own',
    keep: async dataSource => {
      const [manager, notes] = [dataSource.createEntityManager(), dataSource.getRepository(Note)]
      const insert = dataSource.createQueryBuilder().insert().into(Note).values({ k: 'by builder' })
      return async () => {
        await manager.insert(Note, { k: 'by manager' })
        await notes.save({ k: 'by repository', n: 1 })
        await insert.execute()
      }
    },
  },
  {
    id: 'H-51',
    handle: 'lazy relations of an entity that was loaded inside',
    after: 'works',
    why: 'read outside, when they are touched',
    keep: async ({ manager }) => {
      await manager.insert(Author, { name: 'ann' })
      const author = await manager.findOneByOrFail(Author, { name: 'ann' })
      await manager.query(`INSERT INTO book (title, version, "authorId") VALUES ('one', 1, ${author.id})`)
      return async () => expect(await author.books).toMatchObject([{ title: 'one' }])
    },
  },
  {
    id: 'H-52',
    handle: 'a query runner, and its manager',
    after: ENDED,
    why: 'it was a handle on that transaction, and on nothing else',
    keep: async dataSource => {
      const runner = dataSource.createQueryRunner()
      await runner.query('SELECT 1')
      await runner.manager.count(Note)
      return async () => {
        await expect(runner.manager.insert(Note, { k: 'late' })).rejects.toMatchObject({ code: 'AMBIT_TX_ENDED' })
        await runner.query("INSERT INTO note (k) VALUES ('late')")
      }
    },
  },
  {
    id: 'H-53',
    handle: 'the raw client of a query runner',
    after: ENDED,
    why: 'the same',
    keep: async dataSource => {
      const client = (await dataSource.createQueryRunner().connect()) as { query(text: string): Promise<unknown> }
      await client.query('SELECT 1')
      return () => client.query("INSERT INTO note (k) VALUES ('late')")
    },
  },
  {
    id: 'H-54',
    handle: 'a stream that was opened inside (PostgreSQL)',
    after: ENDED,
    engine: 'PostgreSQL',
    why: 'its cursor is closed with the transaction',
    keep: async dataSource => {
      await dataSource.manager.insert(Note, { k: 'a' })
      const rows = await dataSource.getRepository(Note).createQueryBuilder('note').stream()
      return () => rows.toArray()
    },
  },
  {
    id: 'H-55',
    handle: 'anything, used by a promise of the transaction that nobody awaited',
    after: ENDED,
    why: 'never an autocommit: the call still belongs to the transaction. It is told to onError as well',
    keep: async ({ manager }) => {
      let start = (): void => undefined
      const started = new Promise<void>(resolve => (start = resolve))
      const late = started.then(() => manager.insert(Note, { k: 'late' }))
      return () => (start(), late)
    },
  },
]
