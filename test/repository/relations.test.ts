import { bootstrap, CrudRepository, PageRequest, Repository, Sort, transactional } from 'ambit'
import fc from 'fast-check'
import {
  AfterLoad,
  Column,
  DataSource,
  DeleteDateColumn,
  Entity,
  type EntitySubscriberInterface,
  type FindOptionsRelations,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  type ObjectLiteral,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  SelectQueryBuilder,
} from 'typeorm'
import { QueryBuilder } from '../../src/query/builder/query-builder'
import { emptyTables } from '../support/empty-tables'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { createTestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'

class Origin {
  @Column({ type: 'varchar', nullable: true }) city!: string | null
  @ManyToOne(() => Land, { nullable: true }) land!: Land | null
}

@Entity('graph_land')
class Land {
  @PrimaryColumn({ type: 'varchar' }) code!: string
  @Column() name!: string
}

@Entity('graph_author')
class Author {
  @PrimaryColumn({ type: 'bigint' }) id!: string
  @Column() name!: string
  @Column(() => Origin) origin!: Origin
  @OneToMany(() => Work, work => work.author) works!: Work[]
  @OneToOne(() => Profile, profile => profile.author) profile!: Profile | null
  @ManyToOne(() => Author, author => author.pupils, { nullable: true }) teacher!: Author | null
  @OneToMany(() => Author, author => author.teacher) pupils!: Author[]
}

@Entity('graph_profile')
class Profile {
  @PrimaryGeneratedColumn('uuid') id!: string
  @Column({ type: 'simple-json' }) data!: object
  @OneToOne(() => Author, author => author.profile) @JoinColumn() author!: Author
}

@Entity('graph_work')
class Work {
  @PrimaryGeneratedColumn() id!: number
  @Column() title!: string
  @Column({ nullable: true }) printedAt!: Date
  @ManyToOne(() => Author, author => author.works, { nullable: true }) author!: Author | null
  @ManyToMany(() => Tag, tag => tag.works) @JoinTable({ name: 'graph_work_tag' }) tags!: Tag[]
  @OneToMany(() => Copy, copy => copy.work) copies!: Copy[]
  @DeleteDateColumn() deletedAt!: Date | null
}

@Entity('graph_tag')
class Tag {
  @PrimaryColumn({ type: 'varchar', length: 20 }) word!: string
  @Column({ type: 'integer' }) weight!: number
  @ManyToMany(() => Work, work => work.tags) works!: Work[]
}

/** A key of two columns, and lists below it. */
@Entity('graph_copy')
class Copy {
  @PrimaryColumn({ type: 'integer' }) shelf!: number
  @PrimaryColumn({ type: 'integer' }) place!: number
  @ManyToOne(() => Work, work => work.copies) work!: Work
  @OneToMany(() => Loan, loan => loan.copy) loans!: Loan[]
}

@Entity('graph_loan')
class Loan {
  @PrimaryGeneratedColumn() id!: number
  @Column() reader!: string
  @ManyToOne(() => Copy, copy => copy.loans) copy!: Copy
}

/** What only TypeORM can load: it looks at its list when it is loaded. */
@Entity('graph_basket')
class Basket {
  @PrimaryGeneratedColumn() id!: number
  @OneToMany(() => BasketLine, line => line.basket, { cascade: true, eager: true }) lines!: BasketLine[]
  total!: number
  @AfterLoad() sum(): void {
    const lines = this.lines as BasketLine[] | undefined // of a line it has none
    this.total = (lines ?? []).reduce((sum, { cents }) => sum + cents, 0)
  }
}

@Entity('graph_basket_line')
class BasketLine {
  @PrimaryGeneratedColumn() id!: number
  @Column({ type: 'integer' }) cents!: number
  @ManyToOne(() => Basket, basket => basket.lines) basket!: Basket
}

/** Eager without more: its list is a statement of its own as any other. */
@Entity('graph_box')
class Box {
  @PrimaryGeneratedColumn() id!: number
  @OneToMany(() => Thing, thing => thing.box, { cascade: true, eager: true }) things!: Thing[]
}

@Entity('graph_thing')
class Thing {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @ManyToOne(() => Box, box => box.things) box!: Box
  @ManyToOne(() => Land, { eager: true, nullable: true, cascade: true }) land!: Land | null
}

/** Its lists refer to columns that are no keys: one may be missing, the other is not loaded. */
@Entity('graph_stock')
class Stock {
  @PrimaryGeneratedColumn() id!: number
  @Column({ type: 'varchar', unique: true, nullable: true }) code!: string | null
  @Column({ type: 'varchar', unique: true, select: false }) hidden!: string
  @OneToMany(() => Move, move => move.byCode) byCode!: Move[]
  @OneToMany(() => Move, move => move.byHidden) byHidden!: Move[]
}

@Entity('graph_move')
class Move {
  @PrimaryGeneratedColumn() id!: number
  @ManyToOne(() => Stock, stock => stock.byCode, { nullable: true })
  @JoinColumn({ referencedColumnName: 'code' })
  byCode!: Stock | null
  @ManyToOne(() => Stock, stock => stock.byHidden, { nullable: true })
  @JoinColumn({ referencedColumnName: 'hidden' })
  byHidden!: Stock | null
}

@Repository(Stock)
class Stocks extends CrudRepository<Stock> {}
@Repository(Author)
class Authors extends CrudRepository<Author, string> {}
@Repository(Work)
class Works extends CrudRepository<Work> {}
@Repository(Copy)
class Copies extends CrudRepository<Copy, { shelf: number; place: number }> {}
@Repository(Basket)
class Baskets extends CrudRepository<Basket> {}
@Repository(Box)
class Boxes extends CrudRepository<Box> {}
@Repository(Thing)
class Things extends CrudRepository<Thing> {}
@Repository(Tag)
class Tags extends CrudRepository<Tag, string> {}

const GRAPH = {
  entities: [Land, Author, Profile, Work, Tag, Copy, Loan, Basket, BasketLine, Box, Thing, Stock, Move],
  components: [Authors, Works, Copies, Baskets, Boxes, Things, Tags, Stocks],
}

const SEED = 20_261_130

/** Paths that begin at an author. */
const PATHS = [
  'works',
  'works.tags',
  'works.tags.works',
  'works.copies',
  'works.copies.loans',
  'works.copies.loans.copy',
  'works.author',
  'works.author.pupils',
  'profile',
  'profile.author.works',
  'teacher',
  'teacher.teacher',
  'teacher.works',
  'teacher.works.tags',
  'teacher.profile',
  'pupils',
  'pupils.pupils',
  'pupils.works.copies',
  'pupils.profile',
  'origin.land',
] as const

interface Given {
  readonly authors: readonly { readonly teacher: number; readonly land: number; readonly profile: boolean }[]
  readonly works: readonly { readonly author: number; readonly tags: readonly number[]; readonly gone: boolean }[]
  readonly copies: readonly { readonly work: number; readonly loans: number }[]
}

const nat = (max: number): fc.Arbitrary<number> => fc.integer({ min: -1, max })

const given: fc.Arbitrary<Given> = fc.record({
  authors: fc.array(fc.record({ teacher: nat(5), land: nat(1), profile: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  }),
  works: fc.array(
    fc.record({ author: nat(5), tags: fc.uniqueArray(fc.integer({ min: 0, max: 3 })), gone: fc.boolean() }),
    { maxLength: 8 },
  ),
  copies: fc.array(fc.record({ work: fc.integer({ min: 0, max: 7 }), loans: fc.integer({ min: 0, max: 2 }) }), {
    maxLength: 8,
  }),
})

function treeOf(paths: readonly string[]): FindOptionsRelations<Author> {
  const tree: ObjectLiteral = {}
  for (const path of paths) {
    path.split('.').reduce<ObjectLiteral>((node, name) => (node[name] ??= {}) as ObjectLiteral, tree)
  }
  return tree
}

/** Lists in the order that is promised for them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  for (const [name, each] of Object.entries(value)) (value as ObjectLiteral)[name] = sorted(each)
  return value
}

function keyOf(entity: unknown): string {
  const { id, word, shelf, place } = entity as ObjectLiteral
  return [id ?? word ?? shelf, place].map(part => String(part).padStart(12)).join()
}

describe.each(ENGINES)('relations on request on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => GRAPH)
  const authors = (): Authors => running.app.get(Authors)
  const works = (): Works => running.app.get(Works)
  const orm = (): DataSource => running.app.get(DataSource)
  const author = (name: string): QueryBuilder<Author> => new QueryBuilder<Author>().eq('name', name)

  async function fill({ authors: people, works: all, copies }: Given): Promise<void> {
    const { manager } = orm()
    await manager.insert(Land, [
      { code: 'it', name: 'Italy' },
      { code: 'at', name: 'Austria' },
    ])
    const tags = ['a', 'b', 'c', 'd'].map((word, weight) => ({ word, weight }))
    await manager.insert(Tag, tags)
    const made: Author[] = []
    for (const [at, { teacher, land, profile }] of people.entries()) {
      const origin = { city: `city ${at}`, land: land < 0 ? null : { code: land === 0 ? 'it' : 'at' } }
      made.push(
        await manager.save(Author, { id: String(at + 1), name: `n${at}`, origin, teacher: made[teacher] ?? null }),
      )
      if (profile) await manager.save(Profile, { data: { at }, author: made[at] as Author })
    }
    const written: Work[] = []
    for (const [at, each] of all.entries()) {
      const labels = each.tags.map(tag => tags[tag] as Tag)
      const work = { title: `t${at}`, printedAt: new Date(at), author: made[each.author] ?? null, tags: labels }
      written.push(await manager.save(Work, work))
      if (each.gone) await manager.softDelete(Work, { id: written[at]?.id as number })
    }
    for (const [at, { work, loans }] of copies.entries()) {
      if (written[work] === undefined) continue
      const copy = await manager.save(Copy, { shelf: at % 3, place: at, work: written[work] })
      for (let reader = 0; reader < loans; reader += 1) await manager.save(Loan, { reader: `r${reader}`, copy })
    }
  }

  async function empty(): Promise<void> {
    const { entityMetadatas, manager } = orm()
    const tables = [...new Set(entityMetadatas.map(({ tableName }) => `"${tableName}"`))]
    if (!engine.oneWriter) await manager.query(emptyTables(tables))
    else {
      await manager.query('PRAGMA defer_foreign_keys = ON')
      await manager.transaction(async inner => {
        await inner.query('PRAGMA defer_foreign_keys = ON')
        for (const table of tables) await inner.query(`DELETE FROM ${table}`)
      })
    }
  }

  it('M4 answers what TypeORM answers, whatever the graph', async () => {
    const stock = jest.spyOn(SelectQueryBuilder.prototype, 'getMany')
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.uniqueArray(fc.constantFrom(...PATHS), { minLength: 1, maxLength: 5 }),
        async (rows, relations) => {
          await empty()
          await fill(rows)
          const theirs = await orm().manager.find(Author, { relations: treeOf(relations), order: { id: 'ASC' } })
          stock.mockClear()
          const ours = await authors().findMany(undefined, { relations, sort: Sort.by<Author>('id') })
          expect(stock).not.toHaveBeenCalled()
          expect(ours).toStrictEqual(sorted(theirs))
          const inSteps = await transactional({}, () =>
            authors().findMany(undefined, { relations, sort: Sort.by<Author>('id') }),
          )
          expect(inSteps).toStrictEqual(ours)
          const some = await authors().findMany(undefined, {
            relations,
            sort: Sort.by<Author>('id'),
            limit: 2,
            offset: 1,
          })
          expect(some).toStrictEqual((sorted(theirs) as Author[]).slice(1, 3))
          const rest = await authors().findMany(undefined, { relations, sort: Sort.by<Author>('id').desc(), offset: 1 })
          expect(rest).toStrictEqual((sorted(theirs) as Author[]).reverse().slice(1))
          const [first] = ours
          if (first) expect(await authors().getById(first.id, { relations })).toStrictEqual(first)
        },
      ),
      { numRuns: 40, seed: SEED },
    )
    stock.mockRestore()
  })

  describe('with a small graph', () => {
    beforeEach(async () => {
      await fill({
        authors: [
          { teacher: -1, land: 0, profile: true },
          { teacher: 0, land: -1, profile: false },
          { teacher: 0, land: 1, profile: true },
        ],
        works: [
          { author: 0, tags: [0, 1], gone: false },
          { author: 0, tags: [1], gone: false },
          { author: 1, tags: [], gone: false },
          { author: 0, tags: [2], gone: true },
        ],
        copies: [
          { work: 0, loans: 2 },
          { work: 0, loans: 0 },
          { work: 2, loans: 1 },
        ],
      })
      db.log.clear()
    })

    it('joins what is one, and asks once for each list of all owners', async () => {
      await authors().findMany(undefined, { relations: ['works.tags', 'profile', 'pupils'] })
      const [root = '', ...lists] = db.log.texts.filter(text => text.startsWith('SELECT'))
      expect(root).toMatch(/LEFT JOIN "graph_profile"/)
      expect(root).not.toMatch(/graph_work/)
      expect(lists).toHaveLength(3)
      expect(lists.every(text => (engine.oneWriter ? /json_each/ : / IN \(SELECT /).test(text))).toBe(true)
    })

    it('reads all of it in one read-only transaction', async () => {
      await authors().findMany(undefined, { relations: ['works'] })
      expect(db.log.commands).toEqual(['BEGIN', 'SELECT graph_author', 'SELECT graph_work', 'COMMIT'])
    })

    it('asks for the lists of what it has found where the transaction may see other rows by then', async () => {
      const relations = ['works.tags'] as const
      await transactional({}, () => authors().findMany(author('n0'), { relations }))
      const lists = db.log.texts.filter(text => text.startsWith('SELECT')).slice(1)
      expect(lists).toHaveLength(2)
      expect(lists.every(text => /(= ANY\(|json_each)/.test(text))).toBe(true)
    })

    it('takes no other part of an order than its own', async () => {
      const relations = ['works'] as const
      await authors().findMany(undefined, { relations, limit: 2, sort: Sort.by<Author>('origin.city') })
      await authors().findMany(undefined, {
        relations,
        limit: 2,
        sort: Sort.by<Author>('id').and(Sort.by<Author>('name').ignoreCase()),
      })
      expect(db.log.texts.filter(text => text.includes(' IN (SELECT "entity"'))).toEqual([])
      const folded = Sort.by<Author>('name').ignoreCase()
      expect(await authors().findMany(undefined, { relations, sort: folded })).toHaveLength(3)
      const page = await authors().findPage(undefined, PageRequest.of<Author>(0, 2, 'name'), { relations })
      expect(page.content.map(({ works: list }) => list.length)).toEqual([2, 1])
    })

    it('fills the lists of those behind an offset, without a limit', async () => {
      const sort = Sort.by<Author>('id').desc()
      const found = await authors().findMany(undefined, { relations: ['works.tags'], sort, offset: 1 })
      expect(found.map(({ name, works: list }) => [name, list.length])).toEqual([
        ['n1', 1],
        ['n0', 2],
      ])
      const lists = db.log.texts.filter(text => text.startsWith('SELECT')).slice(1)
      expect(lists.every(text => (engine.oneWriter ? /json_each/ : / IN \(SELECT .* OFFSET /).test(text))).toBe(true)
    })

    it('joins a transaction', async () => {
      await transactional({}, () => authors().findMany(undefined, { relations: ['works', 'pupils'] }))
      expect(db.log.commands).toEqual([
        'BEGIN',
        'SELECT graph_author',
        'SELECT graph_work',
        'SELECT graph_author',
        'COMMIT',
      ])
    })

    it('asks for no list where nobody has one', async () => {
      const work = transactional({}, () => authors().findMany(author('nobody'), { relations: ['works'] }))
      expect(await work).toEqual([])
      expect(db.log.commands).toEqual(['BEGIN', 'SELECT graph_author', 'COMMIT'])
    })

    it('counts owners, not rows, in limits and pages', async () => {
      const sort = Sort.by<Author>('name')
      const two = await authors().findMany(undefined, { relations: ['works.tags'], sort, limit: 2 })
      expect(two.map(({ name, works: list }) => [name, list.length])).toEqual([
        ['n0', 2],
        ['n1', 1],
      ])
      const page = await authors().findPage(undefined, PageRequest.of<Author>(1, 2, 'name'), { relations: ['works'] })
      expect([page.content.map(({ name }) => name), page.total]).toEqual([['n2'], 3])
      const slice = await authors().findSlice(undefined, PageRequest.of<Author>(0, 2, 'name'), { relations: ['works'] })
      expect([slice.content.map(({ works: list }) => list.length), slice.hasNext]).toEqual([[2, 1], true])
    })

    it('works with one', async () => {
      const relations = ['works.copies', 'origin.land'] as const
      const found = await authors().findOne(author('n0'), { relations })
      expect(found).toMatchObject({
        origin: { land: { name: 'Italy' } },
        works: [{ copies: [{ place: 0 }, { place: 1 }] }, {}],
      })
      expect(await authors().getOne(author('n0'), { relations })).toEqual(found)
      expect(await authors().findById(found?.id ?? '', { relations })).toEqual(found)
      expect(await authors().findFirst(author('n0'), { relations })).toEqual(found)
      await expect(
        authors().findOne(new QueryBuilder<Author>().isNotNull('name'), { relations }),
      ).rejects.toMatchObject({
        code: 'AMBIT_QUERY_RESULT_SIZE',
      })
      expect(
        await running.app.get(Copies).findById({ shelf: 0, place: 0 }, { relations: ['loans', 'work.author'] }),
      ).toMatchObject({
        loans: [{ reader: 'r0' }, { reader: 'r1' }],
        work: { author: { name: 'n0' } },
      })
    })

    it('combines with conditions through the same relations', async () => {
      const pupils = new QueryBuilder<Author>().eq('teacher.name', 'n0')
      const found = await authors().findMany(pupils, {
        relations: ['teacher.works'],
        sort: Sort.by<Author>('teacher.name'),
      })
      expect(found.map(({ teacher }) => teacher?.works.length)).toEqual([2, 2])
    })

    it('gives each owner a list of its own', async () => {
      const [first, second] = await authors().findMany(new QueryBuilder<Author>().isNotNull('teacher'), {
        relations: ['teacher.works'],
      })
      expect(first?.teacher?.works).toEqual(second?.teacher?.works)
      first?.teacher?.works.pop()
      expect(second?.teacher?.works).toHaveLength(2)
    })

    it.each([
      ['wroks', 'Did you mean works?'],
      ['works.tag', 'Did you mean works.tags?'],
      ['name', 'Use one of'],
      ['works.title', 'is no relation'],
      ['works.', 'is no relation'],
      ['', 'is no relation'],
      ['origin', 'is no relation'],
      ['__proto__', 'is no relation'],
    ])('refuses the relation %j before any SQL', async (relation, message) => {
      for (const call of [
        () => authors().findMany(undefined, { relations: [relation as never] }),
        () => authors().findById('1', { relations: [relation as never] }),
        () => authors().findPage(undefined, PageRequest.of(0, 1), { relations: [relation as never] }),
      ]) {
        await expect(call()).rejects.toMatchObject({
          code: 'AMBIT_QUERY_UNKNOWN_PROPERTY',
          message: expect.stringContaining(message),
        })
      }
      expect(db.log.texts).toEqual([])
    })

    it('makes its statements once', async () => {
      const relations = ['works.tags'] as const
      await authors().findMany(author('n0'), { relations })
      const builders = jest.spyOn(orm().manager, 'createQueryBuilder')
      expect((await authors().findMany(author('n1'), { relations }))[0]?.works).toHaveLength(1)
      expect(builders).not.toHaveBeenCalled()
      builders.mockRestore()
    })

    it('lets TypeORM load it while a subscriber listens', async () => {
      const told: string[] = []
      class Curious implements EntitySubscriberInterface<Work> {
        listenTo(): typeof Work {
          return Work
        }
        afterLoad({ title }: Work): void {
          told.push(title)
        }
      }
      const subscriber = new Curious()
      orm().subscribers.push(subscriber)
      try {
        const found = await authors().findMany(author('n0'), { relations: ['works.tags'] })
        expect(found[0]?.works).toHaveLength(2)
      } finally {
        orm().subscribers.splice(orm().subscribers.indexOf(subscriber), 1)
      }
      expect(told.sort()).toEqual(['t0', 't1'])
    })

    it('reads tags with their works, many to many from the other side', async () => {
      const tags = await running.app
        .get(Tags)
        .findMany(undefined, { relations: ['works.author'], sort: Sort.by<Tag>('word') })
      expect(tags.map(({ word, works: list }) => [word, list.map(({ title }) => title)])).toEqual([
        ['a', ['t0']],
        ['b', ['t0', 't1']],
        ['c', []],
        ['d', []],
      ])
      expect(await works().findMany(undefined, { relations: ['author'], limit: 0 })).toEqual([])
    })
  })

  it('lets TypeORM load entities that look at their lists', async () => {
    const baskets = running.app.get(Baskets)
    await baskets.saveAll([{ lines: [{ cents: 1 }, { cents: 2 }] }, { lines: [] }, { lines: [{ cents: 5 }] }])
    const found = await baskets.findMany(undefined, {
      relations: ['lines.basket'],
      sort: Sort.by<Basket>('id'),
      limit: 2,
    })
    expect(found.map(({ total, lines }) => [total, lines.length])).toEqual([
      [3, 2],
      [0, 0],
    ])
    expect(found[0]?.lines[0]?.basket).toBeInstanceOf(Basket)
  })

  it('finds lists by other columns than keys, missing ones and such as are not loaded', async () => {
    const { manager } = orm()
    const [first] = await manager.save(Stock, [
      { code: 'a', hidden: 'x' },
      { code: null, hidden: 'y' },
    ])
    await manager.save(Move, [
      { byCode: first as Stock, byHidden: first as Stock },
      { byCode: null, byHidden: null },
    ])
    for (const inside of [false, true]) {
      const load = (): Promise<Stock[]> =>
        running.app.get(Stocks).findMany(undefined, { relations: ['byCode'], sort: Sort.by<Stock>('id') })
      const found = await (inside ? transactional({}, load) : load())
      expect(found.map(({ byCode }) => byCode.length)).toEqual([1, 0])
    }
    const hidden = await running.app
      .get(Stocks)
      .findMany(undefined, { relations: ['byHidden'], sort: Sort.by<Stock>('id') })
    expect(hidden.map(({ byHidden }) => byHidden.length)).toEqual([1, 0])
  })

  it('loads eager relations as TypeORM does', async () => {
    const boxes = running.app.get(Boxes)
    await boxes.saveAll([
      { things: [{ name: 'a', land: { code: 'it', name: 'Italy' } }, { name: 'b' }] },
      { things: [] },
    ])
    const theirs = await orm().manager.find(Box, { relations: { things: { box: true } }, order: { id: 'ASC' } })
    const ours = await boxes.findMany(undefined, { relations: ['things.box'], sort: Sort.by<Box>('id') })
    expect(ours).toStrictEqual(sorted(theirs))
    const thing = await orm().manager.find(Thing, { relations: { box: true }, order: { id: 'ASC' } })
    const things = await running.app.get(Things).findMany(undefined, { relations: ['box'], sort: Sort.by<Thing>('id') })
    expect(things).toStrictEqual(sorted(thing))
  })
})

it('M4 sends owners and their lists in one write, BEGIN and COMMIT with them, whatever the depth', async () => {
  const database = await createTestDatabase()
  const proxy = await WireProxy.start(database.url)
  const app = await bootstrap({
    ...GRAPH,
    logger: silentLogger,
    database: { url: proxy.url, schema: 'create', poolSize: 1 },
  })
  try {
    await app.get(Authors).insert({ id: '1', name: 'a', origin: { city: null } })
    const relations = ['works.copies.loans', 'works.tags', 'pupils', 'teacher.works'] as const
    for (let calls = 0; calls < 3; calls += 1) {
      proxy.clear()
      expect(await app.get(Authors).findMany(undefined, { relations })).toHaveLength(1)
      expect(proxy.roundTrips).toBe(1)
    }
  } finally {
    await app.close()
    await proxy.close()
    await database.drop()
  }
})
