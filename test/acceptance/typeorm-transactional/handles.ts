import type { DataSource, EntityManager, ObjectLiteral, Repository } from 'typeorm'
import { Author, Category, Memo, Note, NoteShelf } from '../../data-source/entities'

/** A handle of some kind, reduced to what the tests do with each. */
export interface Handle {
  /** Stores a word. */
  write(word: string): Promise<unknown>
  /** `SELECT <expression>`, by this handle. */
  evaluate(expression: string): Promise<string | null>
  /** Whether it sees a word. */
  sees(word: string): Promise<boolean>
}

export interface HandleKind {
  readonly obtain: (dataSource: DataSource) => Handle
  /** Where its words are stored. */
  readonly table?: string
  readonly column?: string
}

interface Asking {
  query(sql: string): Promise<unknown>
}

async function ask(target: Asking, expression: string): Promise<string | null> {
  const [row] = (await target.query(`SELECT ${expression} AS id`)) as { id: string | null }[]
  return row?.id ?? null
}

const ofManager = (manager: EntityManager): Handle => ({
  write: k => manager.save(Note, { k, n: 1 }),
  evaluate: expression => ask(manager, expression),
  sees: k => manager.existsBy(Note, { k }),
})

const ofRepository = (notes: Repository<Note>): Handle => ({
  write: k => notes.save({ k, n: 1 }),
  evaluate: expression => ask(notes, expression),
  sees: k => notes.existsBy({ k }),
})

/** The handles of TT-01 to TT-03, and those that their suite leaves out. */
export const HANDLES: Readonly<Record<string, HandleKind>> = {
  DataSource: {
    obtain: dataSource => ({
      write: k => dataSource.query(`INSERT INTO note (k) VALUES ('${k}')`),
      evaluate: expression => ask(dataSource, expression),
      sees: async k => (await dataSource.query<unknown[]>(`SELECT k FROM note WHERE k = '${k}'`)).length === 1,
    }),
  },
  'dataSource.manager': { obtain: ({ manager }) => ofManager(manager) },
  'createEntityManager()': { obtain: dataSource => ofManager(dataSource.createEntityManager()) },
  Repository: { obtain: dataSource => ofRepository(dataSource.getRepository(Note)) },
  'a class that extends Repository': {
    obtain: ({ manager }) => {
      const shelf = new NoteShelf(Note, manager)
      return { ...ofRepository(shelf), write: k => shelf.add(k) }
    },
  },
  'repository.extend()': {
    obtain: dataSource => {
      const notes = dataSource.getRepository(Note).extend({
        add(this: Repository<Note>, k: string) {
          return this.save({ k, n: 1 })
        },
      })
      return { ...ofRepository(notes), write: k => notes.add(k) }
    },
  },
  QueryBuilder: {
    obtain: dataSource => {
      const insert = dataSource.createQueryBuilder().insert().into(Note)
      const select = dataSource.getRepository(Note).createQueryBuilder('note')
      return {
        write: k => insert.clone().values({ k }).execute(),
        evaluate: async expression => valueOf(await select.clone().select(expression, 'id').limit(1).getRawOne()),
        sees: k => select.clone().where('note.k = :k', { k }).getExists(),
      }
    },
  },
  'a tree repository': {
    table: 'category',
    column: 'name',
    obtain: dataSource => {
      const tree = dataSource.getTreeRepository(Category)
      return {
        write: name => tree.save({ name, children: [] }),
        evaluate: expression => ask(tree, expression),
        sees: async name => (await tree.findTrees()).some(root => root.name === name),
      }
    },
  },
  'Active Record': {
    table: 'memo',
    column: 'text',
    // Its entities are bound to the DataSource as a class: there is nothing to obtain.
    obtain: () => ({
      write: text => Memo.create({ text }).save(),
      evaluate: expression => ask(Memo, expression),
      sees: async text => (await Memo.findOneBy({ text })) !== null,
    }),
  },
  'lazy relations': {
    table: 'book',
    column: 'title',
    obtain: ({ manager }) => ({
      write: async title => {
        await manager.insert(Author, { name: title })
        await manager.query(
          `INSERT INTO book (title, version, "authorId") SELECT name, 1, id FROM author WHERE name = '${title}'`,
        )
      },
      // A relation sends no SQL of the caller's: the log tells where its SELECT went.
      evaluate: expression => ask(manager, expression),
      sees: async title => {
        const author = await manager.findOneBy(Author, { name: title })
        return ((await author?.books) ?? []).some(book => book.title === title)
      },
    }),
  },
}

function valueOf(row: ObjectLiteral | undefined): string | null {
  return (row?.['id'] as string | null | undefined) ?? null
}
