import {
  CrudRepository,
  type Page,
  PageRequest,
  Query,
  Repository,
  type Slice,
  Sort,
  where,
  WindowRequest,
} from 'ambit'
import {
  Column,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { Contact, contact, ContactRepository, CONTACTS, names, type Team, TeamRepository } from './contacts'

@Entity('label')
class Label {
  @PrimaryColumn({ type: 'varchar' })
  name!: string
}

@Entity('author')
class Author {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

/** With eager relations: to one, to many, and many to many. */
@Entity('book')
class Book {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  title!: string

  @Column({ type: 'integer', nullable: true })
  rank!: number | null

  @ManyToOne(() => Author, { eager: true, nullable: true, cascade: true })
  author!: Author | null

  @OneToMany(() => Chapter, chapter => chapter.book, { eager: true, cascade: true })
  chapters!: Chapter[]

  @ManyToMany(() => Label, { eager: true, cascade: true })
  @JoinTable()
  labels!: Label[]
}

@Entity('chapter')
class Chapter {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  heading!: string

  @ManyToOne(() => Book, book => book.chapters)
  book!: Book
}

@Repository(Book)
class BookRepository extends CrudRepository<Book> {
  @Query({ where: 'rank >= 0 or rank is null', result: 'page' })
  declare page: (page: PageRequest) => Promise<Page<Book>>
  @Query({ where: 'rank >= 0 or rank is null', result: 'slice' })
  declare slice: (page: PageRequest) => Promise<Slice<Book>>
  @Query({ where: 'title = :title', result: 'one' })
  declare byTitle: (title: string) => Promise<Book | null>
  @Query({ where: 'author.name = :name order by author.name, title desc' })
  declare ofAuthor: (name: string) => Promise<Book[]>
  @Query()
  declare findTop2ByOrderByTitleDesc: () => Promise<Book[]>
  @Query()
  declare countByTitleStartingWith: (title: string) => Promise<number>
}

/** A key of two columns: both break ties. */
@Entity('seat')
class Seat {
  @PrimaryColumn()
  hall!: number

  @PrimaryColumn()
  place!: number

  @Column()
  kind!: string
}

@Repository(Seat)
class SeatRepository extends CrudRepository<Seat, { hall: number; place: number }> {}

/** Its key is that of a relation: one column with two properties. */
@Entity('note')
class Note {
  @PrimaryColumn()
  labelName!: string

  @ManyToOne(() => Label)
  @JoinColumn({ name: 'labelName' })
  label!: Label
}

@Repository(Note)
class NoteRepository extends CrudRepository<Note, string> {
  @Query({ where: "label.name <> '' order by label.name desc, label.name", result: 'slice' })
  declare named: (page: PageRequest) => Promise<Slice<Note>>
  @Query()
  declare findAllByOrderByLabelNameDescLabelNameAsc: () => Promise<Note[]>
}

describe.each(ENGINES)('the order of results on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [...CONTACTS.entities, Book, Author, Chapter, Label, Note, Seat],
    components: [...CONTACTS.components, BookRepository, NoteRepository, SeatRepository],
  }))
  const contacts = (): ContactRepository => running.app.get(ContactRepository)
  const books = (): BookRepository => running.app.get(BookRepository)
  const sorted = async (sort: Sort): Promise<string[]> => names(await contacts().findAll(sort))

  describe('missing values', () => {
    beforeEach(async () => {
      const rows = [
        { firstname: 'one', age: 1 },
        { firstname: 'none', age: null },
        { firstname: 'two', age: 2 },
      ]
      await contacts().saveAll(rows.map(contact))
    })

    it.each([
      ['ascending', Sort.by('age'), ['one', 'two', 'none']],
      ['descending', Sort.by('age', 'desc'), ['none', 'two', 'one']],
      ['ascending, nulls first', Sort.by('age').nullsFirst(), ['none', 'one', 'two']],
      ['ascending, nulls last', Sort.by('age').nullsLast(), ['one', 'two', 'none']],
      ['descending, nulls first', Sort.by('age').desc().nullsFirst(), ['none', 'two', 'one']],
      ['descending, nulls last', Sort.by('age').desc().nullsLast(), ['two', 'one', 'none']],
    ])('stand in the same place on every database: %s', async (_, sort, expected) => {
      expect(await sorted(sort)).toEqual(expected)
    })

    it('of a relation stand there too, and lose no row', async () => {
      const [red] = await running.app.get(TeamRepository).saveAll([{ name: 'red' }])
      const [one] = await contacts().findByAgeIn([1])
      await contacts().save(Object.assign(one as Contact, { team: red as Team }))
      expect((await sorted(Sort.by<Contact>('team.name').nullsFirst()))[2]).toBe('one')
      expect((await sorted(Sort.by<Contact>('team.name')))[0]).toBe('one')
      const page = await contacts().findAll(PageRequest.of(0, 10, Sort.by<Contact>('team.name')))
      expect(page.total).toBe(3)
    })
  })

  it('case counts unless it is to be ignored, by code point', async () => {
    await contacts().saveAll(['b', 'A', 'a', 'C'].map(firstname => contact({ firstname })))
    expect(await sorted(Sort.by('firstname'))).toEqual(['A', 'C', 'a', 'b'])
    const folded = await sorted(Sort.by('firstname').ignoreCase())
    expect(folded.map(name => name.toLowerCase())).toEqual(['a', 'a', 'b', 'c'])
    expect(await sorted(Sort.by('firstname').ignoreCase().and(Sort.by('firstname')))).toEqual(['A', 'a', 'b', 'C'])
  })

  it('ignoring case works in pages, with relations, and twice', async () => {
    await contacts().saveAll(['b', 'A'].map(firstname => contact({ firstname, lastname: firstname })))
    const sort = Sort.by<Contact>('firstname').ignoreCase().and(Sort.by<Contact>('manager.firstname').ignoreCase())
    const page = await contacts().findAll(PageRequest.of(0, 1, sort))
    expect(names(page.content)).toEqual(['A'])
    expect(Object.keys(page.content[0] ?? {})).toEqual(expect.arrayContaining(['firstname', 'lastname']))
    expect(Object.keys(page.content[0] ?? {}).filter(key => key.includes('ambit'))).toEqual([])
  })

  it('embedded properties can be sorted by', async () => {
    const rows = ['b', 'a'].map(city => contact({ firstname: city, address: { city, zip: null } }))
    await contacts().saveAll(rows)
    expect(await sorted(Sort.by<Contact>('address.city'))).toEqual(['a', 'b'])
  })

  it('every part of a composite key breaks ties between pages', async () => {
    const seats = running.app.get(SeatRepository)
    const all = [1, 2, 3].flatMap(hall => [1, 2, 3].map(place => ({ hall, place, kind: 'same' })))
    await seats.saveAll([...all].reverse())
    const found: string[] = []
    for (let page = 0; page < 5; page++) {
      const { content } = await seats.findAll(PageRequest.of(page, 2, 'kind'))
      found.push(...content.map(({ hall, place }) => `${hall}.${place}`))
    }
    expect(found).toEqual(all.map(({ hall, place }) => `${hall}.${place}`))
  })

  it('a key that is sorted by already is no second tie-break', async () => {
    db.log.clear()
    await contacts().findAll(PageRequest.of(0, 5, Sort.by('id', 'desc')))
    const select = db.log.texts.find(text => text.includes('ORDER BY'))
    expect(select?.match(/"id"|entity_id/g)?.length).toBeGreaterThan(0)
    expect(/ORDER BY (.*?)(?: LIMIT|$)/.exec(select ?? '')?.[1]).not.toContain(',')
  })

  describe('a key that comes again decides nothing', () => {
    const keys = (notes: readonly Note[]): string => notes.map(({ labelName }) => labelName).join('')

    beforeEach(async () => {
      await contacts().saveAll(['b', 'a', 'c'].map(firstname => contact({ firstname })))
    })

    it('behind the own order of the query', async () => {
      const page = await contacts().findByActiveTrueOrderByFirstnameAsc(
        PageRequest.of(0, 2, Sort.by('firstname').desc()),
      )
      expect(names(page.content)).toEqual(['a', 'b'])
    })

    it('in the sort of a request', async () => {
      const twice = Sort.by('firstname').desc().and(Sort.by('firstname'))
      expect(await sorted(twice)).toEqual(['c', 'b', 'a'])
      expect(await sorted(Sort.by('firstname').ignoreCase().and(Sort.by('firstname').desc().ignoreCase()))).toEqual([
        'a',
        'b',
        'c',
      ])
      const found = await contacts().findMany(where<Contact>().eq('active', true), { sort: twice, limit: 2 })
      expect(names(found)).toEqual(['c', 'b'])
    })

    it('in the declared order, and as another property of the same column', async () => {
      await running.app.run(async () => {
        const { manager } = running.app.get(NoteRepository)
        for (const name of ['a', 'b', 'c']) {
          await manager.save(Label, { name })
          await manager.save(Note, { labelName: name, label: { name } })
        }
      })
      const notes = running.app.get(NoteRepository)
      expect(keys((await notes.named(PageRequest.of(0, 2))).content)).toBe('cb')
      expect(keys(await notes.findAllByOrderByLabelNameDescLabelNameAsc())).toBe('cba')
      const unrestricted = where<Note>().notIn('labelName', [])
      const first = await notes.findWindow(unrestricted, WindowRequest.first(2, Sort.by<Note>('label').desc()))
      const more = WindowRequest.first(2, Sort.by<Note>('label').desc()).after(first.endCursor ?? '')
      expect(keys(first.content) + keys((await notes.findWindow(unrestricted, more)).content)).toBe('cba')
    })
  })

  describe('with eager relations', () => {
    beforeEach(async () => {
      const writer = await running.app.run(async () => books().manager.save(Author, { name: 'Ann' }))
      for (const [index, title] of ['A', 'B', 'C', 'D', 'E'].entries()) {
        await books().save({
          title,
          rank: index % 2 === 0 ? index : null,
          author: writer,
          chapters: [1, 2, 3].map(n => ({ heading: `${title}${n}` })),
          labels: [{ name: 'x' }, { name: 'y' }],
        })
      }
      db.log.clear()
    })

    it('a page counts entities, not joined rows', async () => {
      const page = await books().page(PageRequest.of(1, 2, Sort.by('title', 'desc')))
      expect({ total: page.total, titles: page.content.map(({ title }) => title) }).toEqual({
        total: 5,
        titles: ['C', 'B'],
      })
      for (const book of page.content) {
        expect(book.chapters).toHaveLength(3)
        expect(book.labels).toHaveLength(2)
        expect(book.author?.name).toBe('Ann')
      }
    })

    it('a slice, a limit and the guard against a second row do too', async () => {
      expect(await books().slice(PageRequest.of(2, 2, 'title'))).toMatchObject({ hasNext: false })
      expect((await books().slice(PageRequest.of(0, 4, 'title'))).content).toHaveLength(4)
      expect((await books().findTop2ByOrderByTitleDesc()).map(({ title }) => title)).toEqual(['E', 'D'])
      expect(await books().byTitle('A')).toMatchObject({ title: 'A' })
      await books().save({ title: 'A', rank: null, chapters: [{ heading: 'x' }, { heading: 'y' }] })
      await expect(books().byTitle('A')).rejects.toMatchObject({ code: 'AMBIT_QUERY_RESULT_SIZE' })
    })

    it('missing values and ignored case are placed before the page is cut', async () => {
      const first = await books().page(PageRequest.of(0, 2, Sort.by('rank').nullsFirst()))
      expect(first.content.map(({ title }) => title)).toEqual(['B', 'D'])
      const last = await books().page(PageRequest.of(1, 3, Sort.by('rank')))
      expect(last.content.map(({ rank }) => rank)).toEqual([null, null])
      const folded = await books().page(PageRequest.of(0, 2, Sort.by('title').ignoreCase().desc()))
      expect(folded.content.map(({ title }) => title)).toEqual(['E', 'D'])
    })

    it('a relation may be joined for the condition and for the entity at once', async () => {
      const found = await books().ofAuthor('Ann')
      expect(found.map(({ title }) => title)).toEqual(['E', 'D', 'C', 'B', 'A'])
      expect(found[0]?.author?.name).toBe('Ann')
      expect(await books().countByTitleStartingWith('A')).toBe(1)
      expect(await books().findAll(Sort.by<Book>('author.name'))).toHaveLength(5)
    })
  })
})
