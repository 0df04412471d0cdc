import type { EntityManager, Repository } from 'typeorm'
import { Author, Book, Category, Memo, Note, NoteShelf, Player, Team } from '../../data-source/entities'
import { NoteView, Tag } from './entities'
import { type HandleRow, UNCOMMITTED } from './row'

const saving = (manager: EntityManager) => () => manager.save(Note, { k: 'a', n: 1 })
const works = { before: 'works', inside: 'works' } as const

/** Managers, repositories and entities. */
export const REPOSITORY_ROWS: readonly HandleRow[] = [
  {
    id: 'H-1',
    handle: 'dataSource.query(), dataSource.sql',
    ...works,
    why: 'each statement asks for a runner when it is sent, and is given the transaction’s',
    obtain: dataSource => async () => {
      await dataSource.query("INSERT INTO note (k) VALUES ('a')")
      await dataSource.sql`INSERT INTO note (k) VALUES (${'b'})`
    },
  },
  {
    id: 'H-2',
    handle: 'dataSource.manager',
    ...works,
    why: 'the same; its save() begins nothing in between',
    obtain: ({ manager }) => saving(manager),
  },
  {
    id: 'H-3',
    handle: 'createEntityManager()',
    ...works,
    why: 'the same',
    obtain: dataSource => saving(dataSource.createEntityManager()),
  },
  {
    id: 'H-4',
    handle: 'getRepository()',
    ...works,
    why: 'the same',
    obtain: dataSource => {
      const notes = dataSource.getRepository(Note)
      return () => notes.save({ k: 'a', n: 1 })
    },
  },
  {
    id: 'H-5',
    handle: 'a class that extends Repository',
    ...works,
    why: 'the same; what the class keeps in itself is not undone by a rollback',
    obtain: ({ manager }) => {
      const shelf = new NoteShelf(Note, manager)
      return () => shelf.add('a')
    },
  },
  {
    id: 'H-6',
    handle: 'repository.extend()',
    ...works,
    why: 'the same',
    obtain: dataSource => {
      const notes = dataSource.getRepository(Note).extend({
        add(this: Repository<Note>, k: string) {
          return this.insert({ k })
        },
      })
      return () => notes.add('a')
    },
  },
  {
    id: 'H-7',
    handle: 'manager.withRepository()',
    ...works,
    why: 'the same',
    obtain: ({ manager }) => {
      const notes = manager.withRepository(new NoteShelf(Note, manager))
      return () => notes.insert({ k: 'a' })
    },
  },
  {
    id: 'H-8',
    handle: 'getTreeRepository()',
    ...works,
    why: 'the same, with the closure table',
    obtain: dataSource => {
      const tree = dataSource.getTreeRepository(Category)
      return async () => {
        const root = await tree.save({ name: 'root', children: [{ name: 'leaf' }] })
        expect(await tree.countDescendants(root)).toBe(2)
      }
    },
  },
  {
    id: 'H-9',
    handle: 'Active Record: instances and statics of BaseEntity',
    ...works,
    why: 'the class holds its DataSource; an instance made before is saved where save() is called',
    obtain: () => {
      const memo = Memo.create({ text: 'a' })
      return async () => {
        await memo.save()
        expect(await Memo.countBy({ text: 'a' })).toBe(1)
      }
    },
  },
  {
    id: 'H-10',
    handle: 'lazy relations',
    ...works,
    why: 'read where they are touched: an entity loaded before sees what the transaction wrote',
    obtain: async ({ manager }) => {
      await manager.upsert(Author, { name: 'ann' }, ['name'])
      const author = await manager.findOneByOrFail(Author, { name: 'ann' })
      return async () => {
        await manager.query(`INSERT INTO book (title, version, "authorId") VALUES ('one', 1, ${author.id})`)
        expect(await author.books).toMatchObject([{ title: 'one' }])
        expect(await (await manager.findOneByOrFail(Book, { title: 'one' })).author).toMatchObject({ name: 'ann' })
      }
    },
  },
  {
    id: 'H-11',
    handle: "relationLoadStrategy: 'query'",
    ...works,
    why: 'each of its statements is one of the transaction',
    obtain: dataSource => {
      const teams = dataSource.getRepository(Team)
      return async () => {
        await teams.save({ name: 't', players: [{ name: 'p' }] })
        const found = await teams.find({ relations: { players: true }, relationLoadStrategy: 'query' })
        expect(found).toMatchObject([{ name: 't', players: [{ name: 'p' }] }])
      }
    },
  },
  {
    id: 'H-12',
    handle: 'view entities',
    ...works,
    reads: true,
    why: 'a view shows what the transaction wrote',
    obtain: dataSource => {
      const view = dataSource.getRepository(NoteView)
      return async () => expect(await view.find()).toMatchObject([{ k: UNCOMMITTED }])
    },
  },
  {
    id: 'H-13',
    handle: 'softDelete(), softRemove(), restore()',
    ...works,
    why: 'plain updates, in the transaction',
    obtain: dataSource => {
      const tags = dataSource.getRepository(Tag)
      return async () => {
        const tag = await tags.save({ k: 'a' })
        await tags.softDelete({ k: 'a' })
        await tags.restore({ k: 'a' })
        await tags.softRemove(tag)
        expect([await tags.count(), await tags.count({ withDeleted: true })]).toEqual([0, 1])
      }
    },
  },
  {
    id: 'H-14',
    handle: 'cache: true',
    ...works,
    why: 'the result is kept by the transaction, and goes with it; TypeORM does not drop it when rows change, so a later find() misses them. In a read-only transaction the database refuses to keep it',
    obtain: dataSource => {
      const notes = dataSource.getRepository(Note)
      return async () => {
        expect(await notes.find({ cache: { id: 'all', milliseconds: 60_000 } })).toHaveLength(1)
        await notes.insert({ k: 'a' })
        expect(await notes.find({ cache: { id: 'all', milliseconds: 60_000 } })).toHaveLength(1)
        expect(await notes.find()).toHaveLength(2)
      }
    },
  },
  {
    id: 'H-15',
    handle: 'subscribers: event.manager, event.queryRunner',
    ...works,
    why: 'both are handles on the transaction of the statement that they are told of',
    obtain: dataSource => {
      const telling = {
        listenTo: () => Note,
        afterInsert: async (event: { entity: Note; manager: EntityManager; queryRunner: EntityManager }) => {
          if (event.entity.k !== 'a') return
          await event.manager.insert(Tag, { k: 'by manager' })
          await event.queryRunner.query("INSERT INTO tag (k) VALUES ('by runner')")
        },
      }
      return async () => {
        dataSource.subscribers.push(telling as never)
        try {
          await dataSource.manager.save(Note, { k: 'a', n: 1 })
          expect(await dataSource.getRepository(Tag).count()).toBe(2)
        } finally {
          dataSource.subscribers.pop()
        }
      }
    },
  },
  {
    id: 'H-16',
    handle: 'cascades',
    ...works,
    why: 'all rows of one save() are in the transaction',
    obtain: dataSource => {
      const teams = dataSource.getRepository(Team)
      return async () => {
        await teams.save({ name: 't', players: [{ name: 'p' }, { name: 'q' }] })
        expect(await dataSource.getRepository(Player).count()).toBe(2)
      }
    },
  },
]
