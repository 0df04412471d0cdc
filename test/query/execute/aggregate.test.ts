import { CrudRepository, Repository, Sort } from 'ambit'
import { Column, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm'
import { aggregates } from '../../../src/query/builder/aggregates'
import type { Specification } from '../../../src/query/builder/specification'
import { aggregate } from '../../../src/query/execute/aggregate'
import type { AggregateValues, Aggregation, Groups } from '../../../src/query/aggregation'
import { parseWhere } from '../../../src/query/parser/parse-where'
import { bindingOf } from '../../../src/repository/binding'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

@Entity('shop')
class Shop {
  @PrimaryGeneratedColumn()
  id!: number
  @Column()
  city!: string
  @OneToMany(() => Sale, sale => sale.shop)
  sales!: Sale[]
}

@Entity('sale')
class Sale {
  @PrimaryGeneratedColumn()
  id!: number
  @Column({ name: 'item_state', type: 'varchar', nullable: true })
  state!: string | null
  @Column({ type: 'integer', nullable: true })
  total!: number | null
  @Column({ type: 'bigint', nullable: true })
  large!: string | null
  @Column({ type: 'numeric', precision: 20, scale: 4, nullable: true })
  price!: string | null
  @Column({ type: 'real', nullable: true })
  weight!: number | null
  @Column({ nullable: true })
  soldAt!: Date
  @Column({ default: true })
  paid!: boolean
  @Column({ type: 'simple-array', nullable: true })
  tags!: string[] | null
  @Column({ type: 'uuid', nullable: true })
  receipt!: string | null
  @ManyToOne(() => Shop, shop => shop.sales, { nullable: true })
  shop!: Shop | null
}

@Repository(Sale)
class Sales extends CrudRepository<Sale> {}
@Repository(Shop)
class Shops extends CrudRepository<Shop> {}

const { count, countDistinct, sum, avg, min, max } = aggregates
const where = (text: string): Specification<Sale> => ({ predicate: parseWhere(text).predicate })
const day = (n: number): Date => new Date(Date.UTC(2026, 0, n))

describe.each(ENGINES)('aggregations on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Sale, Shop], components: [Sales, Shops] }))
  const of = async <const G extends Groups = readonly [], V extends AggregateValues = AggregateValues>(
    aggregation: Aggregation<Sale, G, V>,
  ) => {
    const { context } = bindingOf(running.app.get(Sales))
    return running.app.run(async () => aggregate<Sale, G, V>(context, 'Sales.aggregate', aggregation))
  }
  const last = (): string => db.log.texts.findLast(text => text.startsWith('SELECT')) ?? ''

  beforeEach(async () => {
    const graz = await running.app.get(Shops).save({ city: 'Graz' })
    const wien = await running.app.get(Shops).save({ city: 'Wien' })
    await running.app.get(Sales).saveAll([
      { state: 'open', total: 1, large: '9007199254740993', price: '0.10', weight: 0.5, soldAt: day(1), shop: graz },
      { state: 'open', total: 2, large: '9007199254740993', price: '0.20', weight: 1.5, soldAt: day(3), shop: wien },
      { state: 'done', total: 4, large: '1', price: '2.40', weight: null, soldAt: day(2), shop: graz },
      { state: 'done', total: null, large: null, price: null, weight: null, soldAt: day(5), shop: graz, paid: false },
      { state: null, total: 10, large: '-5', price: '-1', weight: 2, soldAt: day(4) },
    ])
    db.log.clear()
  })

  it('A1 without groups there is one row, and no GROUP BY', async () => {
    expect(await of({ values: { n: count() } })).toStrictEqual([{ n: 5 }])
    expect(last()).toBe('SELECT COUNT(*) AS "ambit_0" FROM "sale" "entity"')
    expect(await of({ values: { n: count(), total: sum('total') }, where: where('total > 100') })).toStrictEqual([
      { n: 0, total: null },
    ])
  })

  it('A1 has all functions, which skip missing values', async () => {
    const [row] = await of({
      values: {
        n: count('total'),
        states: countDistinct('state'),
        total: sum('total'),
        mean: avg('total'),
        least: min('total'),
        most: max<Date>('soldAt'),
        name: min('state'),
        weight: sum('weight'),
        shops: countDistinct('shop'),
      },
    })
    const states = { n: 4, states: 2, total: 17, mean: 4.25, least: 1, most: day(5), name: 'done', weight: 4, shops: 2 }
    expect(row).toStrictEqual(states)
  })

  it('sums of whole numbers are exact, and those of decimals are their digits', async () => {
    const [row] = await of({ values: { large: sum('large'), price: sum('price'), mean: avg('price') } })
    expect(row).toEqual({ large: 18014398509481982n, price: '1.7', mean: expect.closeTo(0.425, 10) as number })
  })

  it('A1 groups by properties, also behind relations to one, by their names', async () => {
    const rows = await of({
      groupBy: { state: 'state', city: 'shop.city' },
      values: { n: count(), total: sum('total') },
      sort: Sort.by('state').and('city', 'desc'),
    })
    expect(rows).toStrictEqual([
      { state: 'done', city: 'Graz', n: 2, total: 4 },
      { state: 'open', city: 'Wien', n: 1, total: 2 },
      { state: 'open', city: 'Graz', n: 1, total: 1 },
      { state: null, city: null, n: 1, total: 10 },
    ])
    expect(last()).toMatch(/ GROUP BY "entity"."item_state", "entity__shop"."city" ORDER BY /)
  })

  it('A1 limit and offset: the groups break ties', async () => {
    const page = async (offset: number) =>
      of({ groupBy: ['state'], values: { n: countDistinct('paid') }, sort: Sort.by('n'), limit: 1, offset })
    const pages = [...(await page(0)), ...(await page(1)), ...(await page(2))]
    expect(pages.map(({ state }) => state)).toEqual(['open', null, 'done'])
    expect(await of({ groupBy: ['state'], values: { n: count() }, limit: 2 })).toHaveLength(2)
  })

  it('sorts sums of whole numbers as numbers, with the missing ones in their place', async () => {
    await running.app.get(Sales).saveAll([
      { state: 'nine', total: 9 },
      { state: 'hundred', total: 100 },
      { state: 'minus', total: -20 },
      { state: 'none', total: null },
    ])
    const sorted = async (sort: Sort, limit?: number) =>
      (await of({ groupBy: ['state'], values: { total: sum('total') }, sort, limit })).map(({ total }) => total)
    expect(await sorted(Sort.by('total'))).toEqual([-20, 3, 4, 9, 10, 100, null])
    expect(await sorted(Sort.by('total').desc())).toEqual([null, 100, 10, 9, 4, 3, -20])
    expect(await sorted(Sort.by('total').desc().nullsLast(), 2)).toEqual([100, 10])
    expect(await sorted(Sort.by('total').nullsFirst(), 2)).toEqual([null, -20])
    expect(last()).toMatch(/ CAST\(SUM\(.*\) AS TEXT\) .* ORDER BY SUM\(/)
  })

  it('sorts sums that a number cannot hold, of columns behind relations too', async () => {
    const shops = await running.app.get(Shops).saveAll([{ city: 'x' }, { city: 'y' }])
    const [x = null, y = null] = shops
    await running.app.get(Sales).saveAll([
      { large: '9007199254740993', shop: x },
      { large: '9007199254740992', shop: y },
    ])
    const { context } = bindingOf(running.app.get(Sales))
    const rows = await running.app.run(async () =>
      aggregate<Sale, { city: 'shop.city' }, { shops: ReturnType<typeof sum>; large: ReturnType<typeof sum> }>(
        context,
        'Sales',
        {
          groupBy: { city: 'shop.city' },
          values: { shops: sum('shop.id'), large: sum('large') },
          where: where("shop.city in ('x', 'y')"),
          sort: Sort.by('large').and('shops'),
        },
      ),
    )
    // @ts-expect-error there are sales without a shop
    const cities: readonly string[] = rows.map(({ city }) => city)
    expect(cities).toEqual(['y', 'x'])
  })

  it('A3 having speaks of names of values and groups', async () => {
    const grouped = {
      groupBy: ['state'],
      values: { n: count(), total: sum('total'), newest: max<Date>('soldAt') },
    } as const
    const states = async (having: string | Specification<unknown>) =>
      (await of({ ...grouped, having, sort: Sort.by('state') })).map(({ state }) => state)
    expect(await states('n > 1')).toEqual(['done', 'open'])
    expect(await states('n > 1 and total >= 4')).toEqual(['done'])
    expect(await states("state = 'open' or total = 10")).toEqual(['open', null])
    expect(await states('not (n in (1, 3))')).toEqual(['done', 'open'])
    expect(await states('total between 3 and 9007199254740993')).toEqual(['done', 'open', null])
    expect(last()).toMatch(/ HAVING CAST\(/)
  })

  it('A3 having compares exactly, whatever the form of the number', async () => {
    const large = async (having: string) => of({ values: { large: sum('large') }, having })
    expect(await large('large > 18014398509481981')).toHaveLength(1)
    expect(await large('large > 18014398509481982')).toHaveLength(0)
    expect(await large('large = 18014398509481982')).toHaveLength(1)
    expect(await of({ values: { price: sum('price') }, having: 'price > 1.65 and price < 1.75' })).toHaveLength(1)
  })

  it('A3 having reads values as their columns do', async () => {
    const grouped = { groupBy: ['state'], values: { total: sum('total'), newest: max<Date>('soldAt') } } as const
    const states = async (having: string) =>
      (await of({ ...grouped, having, sort: Sort.by('state') })).map(({ state }) => state)
    expect(await states("total > '3'")).toEqual(['done', null])
    expect(await states("newest >= '2026-01-04T00:00:00Z'")).toEqual(['done', null])
    expect(await states("state contains 'pe' and total is not null")).toEqual(['open'])
  })

  it.each<[string, string | Specification<unknown>, string, string]>([
    ['elements', 'total is empty', 'AMBIT_QUERY_AGGREGATE', "asks 'total' for elements"],
    ['some element', 'total any (id = 1)', 'AMBIT_QUERY_AGGREGATE', "asks 'total' for elements"],
    ['a part of a number', "total contains '9'", 'AMBIT_QUERY_VALUE', "'contains' needs"],
    ['a number that is a word', "total > 'x'", 'AMBIT_QUERY_VALUE', 'takes a number'],
    ['a word in a list of numbers', "n in (1, 'x')", 'AMBIT_QUERY_VALUE', 'takes a number'],
    ['a word between numbers', "n between 1 and 'x'", 'AMBIT_QUERY_VALUE', 'takes a number'],
    ['the truth of a number', 'n is true', 'AMBIT_QUERY_VALUE', 'true or false'],
    ['the case of a number', "n = '1' ignore case", 'AMBIT_QUERY_VALUE', 'ignores case'],
    ['a date that is none', "newest > 'soon'", 'AMBIT_QUERY_VALUE', 'takes a moment'],
    ['a parameter', { predicate: parseWhere('n > :least').predicate }, 'AMBIT_QUERY_AGGREGATE', 'a parameter'],
    ['no specification', {} as never, 'AMBIT_QUERY_AGGREGATE', 'no specification'],
    ['null', null as never, 'AMBIT_QUERY_AGGREGATE', 'no specification'],
  ])('A3 having that asks for %s is refused before any SQL', async (_, having, code, message) => {
    const values = { n: count(), total: sum('total'), newest: max('soldAt') }
    const refused = of({ groupBy: ['state'], values, having })
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(message)
    expect(db.log.texts).toEqual([])
  })

  it('A1 conditions go through collections, and repeat no row', async () => {
    const rows = await of({ values: { n: count() }, where: where("shop.sales any (state = 'open') and total > 0") })
    expect(rows).toEqual([{ n: 3 }])
  })

  it('the name of a value may be that of a property, or of a collection', async () => {
    const { context } = bindingOf(running.app.get(Shops))
    const rows = await running.app.run(async () =>
      aggregate<Shop, ['city'], { sales: ReturnType<typeof count> }>(context, 'Shops', {
        groupBy: ['city'],
        values: { sales: count() },
        having: 'sales > 0',
        sort: Sort.by('city'),
      }),
    )
    expect(rows).toEqual([
      { city: 'Graz', sales: 1 },
      { city: 'Wien', sales: 1 },
    ])
  })

  it('makes one statement for all values of its conditions', async () => {
    const above = async (total: number) =>
      of({ groupBy: ['state'], values: { n: count() }, where: where(`total > ${total}`), having: `n < ${total}` })
    await above(1)
    await above(2)
    const texts = db.log.texts.filter(text => text.startsWith('SELECT')).map(text => text.replace(/[<>] \S+/g, '? ?'))
    expect(new Set(texts).size).toBe(1)
  })

  it.each<[string, Aggregation<Sale>, string]>([
    ['no values', { values: {} }, 'computes nothing'],
    ['a sum of nothing', { values: { n: { fn: 'sum', path: undefined } } }, 'sum of no property'],
    ['an unknown function', { values: { n: { fn: 'median' as never, path: 'total' } } }, 'no function'],
    ['a sum of texts', { values: { n: sum('state') } }, "sum of 'state'"],
    ['a mean of dates', { values: { n: avg('soldAt') } }, "avg of 'soldAt'"],
    ['a least boolean', { values: { n: min('paid') } }, "min of 'paid'"],
    ['a greatest list', { values: { n: max('tags') } }, "max of 'tags'"],
    ['a least uuid, which only SQLite could tell', { values: { n: min('receipt') } }, "min of 'receipt'"],
    ['an empty name', { values: { '': count() } }, 'the name ""'],
    ['a name that is SQL', { values: { 'n; DROP TABLE sale': count() } }, 'n; DROP TABLE sale'],
    ['a group that is SQL', { groupBy: { 'a"b': 'state' }, values: { n: count() } }, 'HAVING could not use'],
    ['one name twice', { groupBy: { n: 'state' }, values: { n: count() } }, "two columns called 'n'"],
    ['having of an unknown name', { values: { n: count() }, having: 'm > 1' }, "called 'm'"],
    ['a sort by an unknown name', { values: { n: count() }, sort: Sort.by('total') }, "called 'total'"],
    [
      'a sort without case',
      { groupBy: ['state'], values: { n: count() }, sort: Sort.by('state').ignoreCase() },
      'case',
    ],
  ])('A2 %s is refused before any SQL', async (_, aggregation, message) => {
    await expect(of(aggregation)).rejects.toMatchObject({ code: 'AMBIT_QUERY_AGGREGATE' })
    await expect(of(aggregation)).rejects.toThrow(message)
    expect(db.log.texts).toEqual([])
  })

  it.each<[string, Aggregation<Sale>]>([
    ['property', { values: { n: sum('totl') } }],
    ['group', { groupBy: ['stat'], values: { n: count() } }],
    ['condition', { values: { n: count() }, where: where('totl > 1') }],
  ])('A2 an unknown %s is refused before any SQL', async (_, aggregation) => {
    await expect(of(aggregation)).rejects.toMatchObject({ code: 'AMBIT_QUERY_UNKNOWN_PROPERTY' })
    expect(db.log.texts).toEqual([])
  })
})
