import { CrudRepository, defineQueryable, type QueryBuilder, Repository, transactional, where } from 'ambit'
import { allOf, not, oneOf } from 'ambit/query'
import { InvalidUpsertError } from 'ambit/errors'
import {
  BeforeInsert,
  Column,
  DeleteDateColumn,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm'
import { ComparisonNode } from '../../src/query/ast/comparison-node'
import { ExistsNode } from '../../src/query/ast/exists-node'
import { ParameterNode } from '../../src/query/ast/parameter-node'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { gate } from '../support/gate'
import { until } from '../support/until'

class Source {
  @Column({ type: 'varchar', nullable: true })
  city!: string | null
}

@Entity('market')
class Market {
  @PrimaryColumn({ type: 'integer' })
  id!: number

  @Column()
  name!: string

  @OneToMany(() => Quote, quote => quote.market)
  quotes!: Quote[]
}

@Entity('quote')
class Quote {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  article!: string

  @Column({ type: 'integer' })
  cents!: number

  @Column()
  quotedAt!: Date

  @Column({ type: 'varchar', nullable: true })
  note!: string | null

  @Column({ default: true })
  open!: boolean

  @Column({
    type: 'varchar',
    default: 'a',
    transformer: { to: (value?: string) => value && `<${value}>`, from: String },
  })
  secret!: string

  /** What looks like a parameter in a text is a name in quotes. */
  @Column({ name: 'odd :v1 $1 ?', type: 'integer', default: 1 })
  odd!: number

  @Column(() => Source)
  source!: Source

  @ManyToOne(() => Market, market => market.quotes, { nullable: true })
  market!: Market | null

  @ManyToMany(() => Market)
  @JoinTable()
  others!: Market[]

  @UpdateDateColumn()
  updatedAt!: Date

  @DeleteDateColumn()
  deletedAt!: Date | null

  @VersionColumn()
  version!: number
}

/** Its key is of two columns, and nothing else is given. */
@Entity('mark')
class Mark {
  @PrimaryColumn({ type: 'varchar' })
  book!: string

  @PrimaryColumn({ type: 'integer' })
  page!: number

  @Column({ type: 'integer', default: 0 })
  reads!: number
}

/** Somebody listens to what becomes of it. */
@Entity('overheard')
class Overheard {
  @PrimaryColumn({ type: 'varchar' })
  name!: string

  @Column()
  tag!: string

  @BeforeInsert()
  mark(): void {
    this.tag = `<${this.tag}>`
  }
}

@Repository(Market)
class Markets extends CrudRepository<Market> {}
@Repository(Quote)
class Quotes extends CrudRepository<Quote> {}
@Repository(Mark)
class Marks extends CrudRepository<Mark, { book: string; page: number }> {}
@Repository(Overheard)
class Overheards extends CrudRepository<Overheard, string> {}

const [OLD, MIDDLE, NEW] = ['2026-01-01', '2026-02-01', '2026-03-01'].map(day => new Date(day)) as [Date, Date, Date]

describe.each(ENGINES)('upserts under a condition on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Market, Quote, Mark, Overheard],
    components: [Markets, Quotes, Marks, Overheards],
  }))
  const quotes = (): Quotes => running.app.get(Quotes)
  const older = (at: Date): QueryBuilder<Quote> => where<Quote>().lt('quotedAt', at)
  const sent = (): readonly string[] => db.log.texts.filter(text => /INSERT|UPDATE/.test(text))
  const rows = (): Promise<unknown[]> => db.query('SELECT article, cents, version FROM quote ORDER BY article')
  const stored = (article: string): Promise<Quote> =>
    quotes().orm.findOneOrFail({ where: { article }, withDeleted: true })
  const given = (article: string, cents: number, quotedAt = MIDDLE): Partial<Quote> => ({ article, cents, quotedAt })

  it('insert what is new, change what satisfies it, and leave the rest, each in one statement', async () => {
    const made = await quotes().upsert(given('a', 1), ['article'], { where: older(MIDDLE) })
    expect(made).toMatchObject({ id: expect.any(Number), cents: 1, version: 1 })
    expect(await quotes().upsert(given('a', 2, OLD), ['article'], { where: older(OLD) })).toBeNull()
    expect(await rows()).toEqual([{ article: 'a', cents: 1, version: 1 }])
    db.log.clear()
    expect(await quotes().upsert(given('a', 3, NEW), ['article'], { where: older(NEW) })).toMatchObject({
      id: made?.id,
      cents: 3,
      version: 2,
    })
    expect(sent()).toEqual([
      expect.stringMatching(
        / ON CONFLICT \("article"\) DO UPDATE SET .* WHERE "quote"\."quotedAt" < (\$\d+|\?) RETURNING /,
      ),
    ])
    expect(await rows()).toEqual([{ article: 'a', cents: 3, version: 2 }])
  })

  it('leave an entity alone whose row is left: no key, no version and no date come into it', async () => {
    await quotes().insert(given('a', 1, NEW))
    const late = Object.assign(new Quote(), given('a', 9))
    const before = { ...late }
    expect(await quotes().upsert(late, ['article'], { where: older(MIDDLE) })).toBeNull()
    expect({ ...late }).toEqual(before)
    expect(await quotes().upsertAll([late], ['article'], { where: older(MIDDLE) })).toEqual([])
    expect({ ...late }).toEqual(before)
  })

  it('of a list answer those that were written, in the order of the input', async () => {
    await quotes().insertAll([given('b', 1, NEW), given('c', 1, OLD), given('e', 1, NEW)])
    const list = ['e', 'd', 'c', 'b', 'a'].map(article => Object.assign(new Quote(), given(article, 7)))
    const skipped = list.filter(({ article }) => 'eb'.includes(article))
    db.log.clear()
    const written = await quotes().upsertAll(list, ['article'], { where: older(MIDDLE) })
    expect(sent()).toHaveLength(engine.oneWriter ? list.length : 1)
    expect(written).toEqual(list.filter(each => !skipped.includes(each)))
    expect(written.every((each, at) => each === list.filter(other => !skipped.includes(other))[at])).toBe(true)
    expect(written.map(({ article, version }) => `${article}${version}`)).toEqual(['d1', 'c2', 'a1'])
    for (const each of written)
      expect(await quotes().getById(each.id)).toMatchObject({ cents: 7, article: each.article })
    expect(skipped.map(({ id, version }) => [id, version])).toEqual(skipped.map(() => [undefined, undefined]))
    expect(await rows()).toEqual([
      { article: 'a', cents: 7, version: 1 },
      { article: 'b', cents: 1, version: 1 },
      { article: 'c', cents: 7, version: 2 },
      { article: 'd', cents: 7, version: 1 },
      { article: 'e', cents: 1, version: 1 },
    ])
  })

  it('hold in every row of a long list, of whatever shapes', async () => {
    const count = engine.oneWriter ? 300 : 6_000
    const names = Array.from({ length: count }, (_, at) => `q${String(at).padStart(5, '0')}`)
    await quotes().insertAll(names.map((article, at) => given(article, at % 2, MIDDLE)))
    const list = names.map((article, at) => ({ ...given(article, 5, NEW), ...(at % 3 === 0 && { note: 'x' }) }))
    const written = await quotes().upsertAll(list, ['article'], { where: where<Quote>().eq('cents', 1) })
    expect(written.map(({ article }) => article)).toEqual(names.filter((_, at) => at % 2 === 1))
    expect(await quotes().count(where<Quote>().eq('cents', 5))).toBe(count / 2)
  }, 60_000)

  it.each([
    ['equal', () => where<Quote>().eq('note', 'it\'s \\ ; -- :v1 $1 ? "')],
    ['a null that is tested', () => where<Quote>().isNotNull('note')],
    ['a list', () => where<Quote>().in('cents', [8, 9])],
    ['a range', () => where<Quote>().between('quotedAt', OLD, MIDDLE)],
    ['a boolean', () => where<Quote>().isFalse('open')],
    ['part of a text', () => where<Quote>().contains('note', "t's")],
    ['a text by any case', () => where<Quote>().eq('article', 'A', { ignoreCase: true })],
    ['a list by any case', () => where<Quote>().in('article', ['X', 'A'], { ignoreCase: true })],
    ['an embedded property', () => where<Quote>().eq('source.city', 'Oslo')],
    ['a relation, by its key', () => where<Quote>().eq('market', 4)],
    ['a relation, by the property of its key', () => where<Quote>().eq('market.id', 4)],
    ['a relation, by an entity', () => where<Quote>().eq('market', Object.assign(new Market(), { id: 4 }))],
    ['what a transformer stores', () => where<Quote>().eq('secret', 'pss')],
    ['a column with an odd name', () => where<Quote>().eq('odd', 3)],
    ['a version', () => where<Quote>().eq('version', 1)],
    ['a negation', () => not(where<Quote>().eq('cents', 3))],
    ['all of several', () => allOf(where<Quote>().eq('cents', 8), oneOf('note', ['x', 'it\'s \\ ; -- :v1 $1 ? "']))],
    ['one of several', () => where<Quote>().eq('cents', 7).or().eq('odd', 3)],
    ['an example of a class of its own', () => ({ predicate: where<Quote>().gt('cents', 7).predicate })],
  ])('compare with the stored row: %s', async (_, condition) => {
    await running.app.get(Markets).insert({ id: 4, name: 'm' })
    const market = Object.assign(new Market(), { id: 4 })
    const row = {
      note: 'it\'s \\ ; -- :v1 $1 ? "',
      open: false,
      source: { city: 'Oslo' },
      market,
      secret: 'pss',
      odd: 3,
    }
    await quotes().insertAll([
      { ...given('a', 8), ...row },
      { ...given('b', 3, NEW), note: null, version: 1 },
    ])
    await quotes().updateMany(where<Quote>().eq('article', 'b'), { cents: 3 })
    // What is given is no part of the condition: it says the opposite.
    const opposite = { note: null, open: true, source: { city: null }, market: null, secret: 'x', odd: 0 }
    const list = [
      { ...given('b', 8), ...row },
      { ...given('a', 3), ...opposite },
    ]
    const written = await quotes().upsertAll(list, ['article'], { where: condition() })
    expect(written.map(({ article }) => article)).toEqual(['a'])
    expect(await stored('a')).toMatchObject({ cents: 3, open: true, odd: 0, version: 2 })
    expect(await stored('b')).toMatchObject({ cents: 3, note: null, version: 2 })
  })

  it('are not satisfied by what is null, and by no member of an empty list', async () => {
    await quotes().insert(given('a', 1))
    for (const condition of [where<Quote>().ne('note', 'x'), where<Quote>().in('cents', [])]) {
      expect(await quotes().upsert(given('a', 2), ['article'], { where: condition })).toBeNull()
    }
    expect(await rows()).toEqual([{ article: 'a', cents: 1, version: 1 }])
  })

  it('go with a list of what is set, and with one that is empty', async () => {
    await quotes().insertAll([given('a', 1, OLD), given('b', 1, NEW)])
    const list = [given('a', 9, MIDDLE), given('b', 9, MIDDLE)]
    await quotes().upsertAll(list, ['article'], { update: ['cents'], where: older(MIDDLE) })
    expect(await rows()).toEqual([
      { article: 'a', cents: 9, version: 2 },
      { article: 'b', cents: 1, version: 1 },
    ])
    expect((await stored('a')).quotedAt).toEqual(OLD)
    expect(await quotes().upsertAll(list, ['article'], { update: [], where: older(MIDDLE) })).toHaveLength(1)
    const marks = running.app.get(Marks)
    await marks.insertAll([
      { book: 'x', page: 1 },
      { book: 'x', page: 2, reads: 5 },
    ])
    const read = where<Mark>().gt('reads', 0)
    const touched = await marks.upsertAll(
      [
        { book: 'x', page: 2 },
        { book: 'x', page: 1 },
        { book: 'y', page: 1 },
      ],
      ['page', 'book'],
      { where: read },
    )
    expect(touched.map(({ book, page }) => `${book}${page}`)).toEqual(['x2', 'y1'])
  })

  it('see rows that are deleted softly, unless they speak of the date', async () => {
    const { id } = await quotes().insert(given('a', 1, OLD))
    await quotes().orm.softDelete(id)
    const alive = older(NEW).isNull('deletedAt')
    expect(await quotes().upsert(given('a', 2), ['article'], { where: alive })).toBeNull()
    const version = (await stored('a')).version
    expect(await quotes().upsert(given('a', 2), ['article'], { where: older(NEW) })).toMatchObject({
      id,
      version: version + 1,
    })
    expect((await stored('a')).deletedAt).toEqual(expect.any(Date))
  })

  it('make one statement for all values, and another for another condition', async () => {
    for (const condition of [older(OLD), older(NEW), older(NEW).eq('cents', 1)]) {
      await quotes().upsert(given('a', 1), ['article'], { where: condition })
    }
    await quotes().upsert(given('a', 1), ['article'])
    expect(new Set(sent()).size).toBe(3)
    expect(sent()[0]).toBe(sent()[1])
  })

  it.each([
    ['of another row', where<Quote>().eq('market.name', 'm'), 'AMBIT_REPOSITORY_UPSERT', "speaks of 'market.name'"],
    [
      'of a collection',
      { predicate: ExistsNode.create('others', undefined, { negated: true }) },
      'AMBIT_REPOSITORY_UPSERT',
      "speaks of 'others'",
    ],
    ['of its elements', where().eq('others.name', 'm'), 'AMBIT_REPOSITORY_UPSERT', "speaks of 'others.name'"],
    [
      'of one among others',
      where<Quote>().eq('cents', 1).or().eq('market.name', 'm'),
      'AMBIT_REPOSITORY_UPSERT',
      'speaks',
    ],
    ['of no property', where().eq('cnts', 1), 'AMBIT_QUERY_UNKNOWN_PROPERTY', 'Did you mean cents'],
    ['of SQL', where().eq('cents" = 1 OR "x', 1), 'AMBIT_QUERY_UNKNOWN_PROPERTY', 'is no property of Quote'],
    ['with no value of the column', where().eq('cents', 'x'), 'AMBIT_QUERY_VALUE', 'cents'],
    ['that restricts nothing', where<Quote>(), 'AMBIT_REPOSITORY_UNRESTRICTED', 'Leave where out'],
    ['not in an empty list', where<Quote>().notIn('cents', []), 'AMBIT_REPOSITORY_UNRESTRICTED', 'restricts nothing'],
    ['that got lost', undefined, 'AMBIT_REPOSITORY_SPECIFICATION', 'no specification'],
    ['of all rows', { all: true }, 'AMBIT_REPOSITORY_SPECIFICATION', 'no specification'],
    ['as an object of TypeORM', { cents: 1 }, 'AMBIT_REPOSITORY_SPECIFICATION', 'no specification'],
    ['as SQL', 'cents = 1', 'AMBIT_REPOSITORY_SPECIFICATION', 'no specification'],
    ['that is a function', () => 'cents = 1', 'AMBIT_REPOSITORY_SPECIFICATION', 'no specification'],
  ])('refuse one %s, before any SQL', async (_, condition, code, says) => {
    for (const method of ['upsert', 'upsertAll'] as const) {
      const entity = given('a', 1)
      const options = { where: condition as QueryBuilder<Quote> }
      const refused: Promise<unknown> =
        method === 'upsert'
          ? quotes().upsert(entity, ['article'], options)
          : quotes().upsertAll([entity], ['article'], options)
      await expect(refused).rejects.toMatchObject({ code })
      await expect(refused).rejects.toThrow(says)
      await expect(refused).rejects.toThrow(`Quotes.${method}`)
    }
    expect(db.log.commands).toEqual([])
  })

  it('take the conditions of a request, and none of which there is a limit', async () => {
    await quotes().insert(given('a', 1))
    const filters = defineQueryable(Quote, { filter: ['cents'] })
    const params = filters.parse({ filter: 'cents > 0', limit: '1' })
    const condition = where<Quote>().and(params)
    expect(await quotes().upsert(given('a', 2), ['article'], { where: condition })).toMatchObject({ version: 2 })
    db.log.clear()
    await expect(quotes().upsert(given('a', 3), ['article'], { where: params })).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_SPECIFICATION',
    })
    const waiting = { predicate: ComparisonNode.create('eq', 'cents', ParameterNode.create('x')) }
    await expect(quotes().upsert(given('a', 3), ['article'], { where: waiting })).rejects.toThrow('waits for the value')
    expect(db.log.commands).toEqual([])
  })

  it('are refused for entities that somebody listens to, and for values written as SQL', async () => {
    const condition = where<Overheard>().eq('tag', 'x')
    const refused = running.app.get(Overheards).upsert({ name: 'a', tag: 'x' }, ['name'], { where: condition })
    await expect(refused).rejects.toBeInstanceOf(InvalidUpsertError)
    await expect(refused).rejects.toThrow('or a condition: no one statement does both')
    const written = quotes().upsertAll([{ ...given('a', 1), cents: (() => '1 + 1') as never }], ['article'], {
      where: older(NEW),
    })
    await expect(written).rejects.toBeInstanceOf(InvalidUpsertError)
    expect(db.log.commands).toEqual([])
  })

  it('are looked at for an empty list, too, of which nothing is sent', async () => {
    expect(await quotes().upsertAll([], ['article'], { where: older(NEW) })).toEqual([])
    await expect(quotes().upsertAll([], ['article'], { where: where() })).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_UNRESTRICTED',
    })
    expect(db.log.commands).toEqual([])
  })

  it('store all or none, and objects go back with their rows', async () => {
    await quotes().insertAll([given('a', 1, OLD), given('b', 1, NEW)])
    const list = ['a', 'b', 'c'].map(article => Object.assign(new Quote(), given(article, 9)))
    const failing = transactional({}, async () => {
      expect(await quotes().upsertAll(list, ['article'], { where: older(MIDDLE) })).toHaveLength(2)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(list.map(({ id, version }) => [id, version])).toEqual(list.map(() => [undefined, undefined]))
    const bad = quotes().upsertAll([given('a', 9), given('c', null as never)], ['article'], { where: older(MIDDLE) })
    await expect(bad).rejects.toMatchObject({ code: 'AMBIT_DATABASE_INTEGRITY' })
    expect(await rows()).toEqual([
      { article: 'a', cents: 1, version: 1 },
      { article: 'b', cents: 1, version: 1 },
    ])
  })

  it('are held against what another transaction has stored meanwhile', async () => {
    await quotes().insertAll([given('a', 1, OLD), given('b', 1, OLD)])
    const [written, go] = [gate(), gate()]
    const first = transactional({}, async () => {
      await quotes().upsert(given('a', 2, NEW), ['article'], { where: older(NEW) })
      written.open()
      await go.opened
    })
    await written.opened
    const second = quotes().upsertAll([given('b', 3), given('a', 3)], ['article'], { where: older(MIDDLE) })
    await until('the second waits', async () => (engine.oneWriter ? waitsInQueue() : waitsForLock()))
    go.open()
    await first
    expect((await second).map(({ article }) => article)).toEqual(['b'])
    expect(await rows()).toEqual([
      { article: 'a', cents: 2, version: 2 },
      { article: 'b', cents: 3, version: 2 },
    ])
  })

  const waitsInQueue = async (): Promise<boolean> => (await db.leftovers(running.app, 'default')).waiting > 0
  const waitsForLock = async (): Promise<boolean> => {
    const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return (await db.query(sql)).length > 0
  }
})
