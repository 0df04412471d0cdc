import {
  CrudRepository,
  defineQueryable,
  type Page,
  PageRequest,
  Query,
  QueryParser,
  Repository,
  Sort,
  where,
} from 'ambit'
import type { DeepPartial } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { Berth, Car, Customer, Depot, DEPOTS, Purchase, Region, SHOP, Tag, Van } from './shop'

type Find<A extends unknown[], T = Customer> = (...args: A) => Promise<T[]>

@Repository(Customer)
class Customers extends CrudRepository<Customer> {
  @Query({ where: 'orders.total > :total order by id' })
  declare spending: Find<[total: number]>
  @Query({ where: 'not (orders.total > :total) order by id' })
  declare notSpending: Find<[total: number]>
  @Query({ where: 'orders.total <> :total order by id' })
  declare spendingOther: Find<[total: number]>
  @Query({ where: 'orders.total not in :totals order by id' })
  declare spendingNoneOf: Find<[totals: readonly number[]]>
  @Query({ where: 'orders.total is null order by id' })
  declare withUnknownTotal: Find<[]>
  @Query({ where: 'orders.paid is not true order by id' })
  declare owing: Find<[]>
  @Query({ where: "orders.total > 5 and orders.state = 'open' order by id" })
  declare twoOrders: Find<[]>
  @Query({ where: "orders any (total > 5 and state = 'open') order by id" })
  declare oneOrder: Find<[]>
  @Query({ where: "orders none (total > :total and state = 'open') order by id" })
  declare noOrder: Find<[total: number]>
  @Query({ where: 'orders is empty order by id' })
  declare idle: Find<[]>
  @Query({ where: 'orders is not empty and region is not null order by id' })
  declare placed: Find<[]>
  @Query({ where: 'orders contains :order order by id' })
  declare buyerOf: Find<[order: Purchase | number]>
  @Query({ where: 'orders not contains :order order by id' })
  declare notBuyerOf: Find<[order: Purchase | number]>
  @Query({ where: "orders.tags.label = :label or region.name = 'north' order by id" })
  declare tagged: Find<[label: string]>
  @Query({ where: 'orders any (tags any (label = :label) and total > 5) order by id' })
  declare taggedAbove: Find<[label: string]>
  @Query({ where: 'orders.tags is empty order by id' })
  declare someUntagged: Find<[]>
  @Query({ where: 'not (orders.tags is empty) order by id' })
  declare noneUntagged: Find<[]>
  @Query({ where: "not (orders.tags any (label = 'red')) order by id" })
  declare noneRed: Find<[]>
  @Query({ where: 'orders none (tags is not empty) order by id' })
  declare allUntagged: Find<[]>
  @Query({ where: "orders any (customer.region.name = 'north' or total = 1) order by id" })
  declare backThroughOrders: Find<[]>
  @Query({ where: 'recruits.name = :name order by id' })
  declare recruiterOf: Find<[name: string]>
  @Query({ where: "region.customers any (name = 'bo') order by id" })
  declare neighboursOfBo: Find<[]>
  @Query({ where: 'orders.total > :total', result: 'count' })
  declare countSpending: (total: number) => Promise<number>
  @Query({ where: 'orders.total > :total', result: 'exists' })
  declare anySpending: (total: number) => Promise<boolean>
  @Query({ where: 'orders.total >= :total', result: 'page' })
  declare pageSpending: (total: number, page: PageRequest) => Promise<Page<Customer>>

  @Query()
  declare findByOrdersTotalGreaterThanOrderByIdAsc: Find<[total: number]>
  @Query()
  declare findByOrdersEmptyOrderByIdAsc: Find<[]>
  @Query()
  declare findByOrdersIsNotEmptyOrderByIdAsc: Find<[]>
  @Query()
  declare findByOrdersContainingOrderByIdAsc: Find<[order: Purchase | number]>
  @Query()
  declare findByOrdersNotContainingOrderByIdAsc: Find<[order: Purchase]>
  @Query()
  declare findByOrdersTagsContainsOrderByIdAsc: Find<[tag: Tag | number]>
  @Query()
  declare findByOrdersStateOrderByIdAsc: Find<[state: string | null]>
  @Query()
  declare countByOrdersTagsLabelIn: (labels: readonly string[]) => Promise<number>
  @Query()
  declare existsByRecruitsEmptyAndName: (name: string) => Promise<boolean>
}

@Repository(Purchase)
class Purchases extends CrudRepository<Purchase> {
  @Query()
  declare deleteByTagsLabel: (label: string) => Promise<number>
  @Query()
  declare deleteByTagsEmptyAndTotalGreaterThan: (total: number) => Promise<number>
  @Query()
  declare findByCustomerOrdersTotal: Find<[total: number], Purchase>
}

@Repository(Region)
class Regions extends CrudRepository<Region> {
  @Query({ where: "customers.orders any (state = 'open') order by id" })
  declare open: Find<[], Region>
  @Query({ where: 'customers.recruiter.orders.tags.label = :label order by id' })
  declare far: Find<[label: string], Region>
}

@Repository(Tag)
class Tags extends CrudRepository<Tag> {
  @Query({ where: 'orders.customer.name = :name order by id' })
  declare usedBy: Find<[name: string], Tag>
  @Query()
  declare findByOrdersIsEmpty: Find<[], Tag>
}

const ids = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id)

describe.each(ENGINES)('conditions through collections on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: SHOP, components: [Customers, Purchases, Regions, Tags] }))
  const customers = (): Customers => running.app.get(Customers)
  const purchases = (): Purchases => running.app.get(Purchases)

  // 1 Ann, north, recruited Bo and Cy: 10 open (red, blue), 2 closed (red)
  // 2 Bo, south: 3 open (untagged), 9 closed (blue)
  // 3 Cy, nowhere: null total, null state (untagged)
  // 4 Di, north: nothing
  beforeEach(async () => {
    await running.app.get(Regions).saveAll([
      { id: 1, name: 'north' },
      { id: 2, name: 'south' },
    ])
    const [red, blue, unused] = await running.app.get(Tags).saveAll([
      { id: 1, label: 'red' },
      { id: 2, label: 'blue' },
      { id: 3, label: 'unused' },
    ])
    expect(unused).toBeDefined()
    const ann = await customers().save({ id: 1, name: 'ann', region: { id: 1 } })
    await customers().saveAll([
      { id: 2, name: 'bo', region: { id: 2 }, recruiter: ann },
      { id: 3, name: 'cy', region: null, recruiter: ann },
      { id: 4, name: 'di', region: { id: 1 } },
    ])
    await purchases().saveAll([
      { id: 1, total: 10, state: 'open', paid: true, customer: { id: 1 }, tags: [red, blue] },
      { id: 2, total: 2, state: 'closed', paid: true, customer: { id: 1 }, tags: [red] },
      { id: 3, total: 3, state: 'open', paid: false, customer: { id: 2 }, tags: [] },
      { id: 4, total: 9, state: 'closed', paid: true, customer: { id: 2 }, tags: [blue] },
      { id: 5, total: null, state: null, paid: null, customer: { id: 3 }, tags: [] },
    ] as DeepPartial<Purchase>[])
    db.log.clear()
  })

  it('Q22 holds where some element satisfies it, and repeats no row', async () => {
    expect(ids(await customers().spending(1))).toEqual([1, 2])
    expect(ids(await customers().spending(9))).toEqual([1])
    const [select] = db.log.texts.filter(text => text.startsWith('SELECT'))
    expect(select).toMatch(/ FROM "customer" "entity" WHERE EXISTS \(SELECT 1 FROM "purchase" "ambit_any_1" WHERE /)
    expect(select).not.toContain('JOIN')
  })

  it('Q26 agrees with the count, whatever the path', async () => {
    expect(await customers().countSpending(1)).toBe(2)
    expect(await customers().anySpending(9)).toBe(true)
    expect(await customers().anySpending(10)).toBe(false)
    expect(await customers().countByOrdersTagsLabelIn(['red', 'blue'])).toBe(2)
    const page = await customers().pageSpending(2, PageRequest.of(0, 1, Sort.by('name', 'desc')))
    expect([ids(page.content), page.total]).toEqual([[2], 2])
  })

  it('not (…) means no element', async () => {
    expect(ids(await customers().notSpending(9))).toEqual([2, 3, 4])
    expect(ids(await customers().notSpending(1))).toEqual([3, 4])
  })

  it('a negated operator speaks of some element, and unknown is not true', async () => {
    expect(ids(await customers().spendingOther(10))).toEqual([1, 2])
    expect(ids(await customers().spendingNoneOf([2, 3, 9]))).toEqual([1])
    expect(ids(await customers().withUnknownTotal())).toEqual([3])
    expect(ids(await customers().owing())).toEqual([2, 3])
  })

  it('each condition may be satisfied by another element; any (…) speaks of one', async () => {
    expect(ids(await customers().twoOrders())).toEqual([1, 2])
    expect(ids(await customers().oneOrder())).toEqual([1])
    expect(ids(await customers().noOrder(5))).toEqual([2, 3, 4])
    expect(ids(await customers().noOrder(2))).toEqual([3, 4])
  })

  it('is empty, is not empty', async () => {
    expect(ids(await customers().idle())).toEqual([4])
    expect(ids(await customers().placed())).toEqual([1, 2])
    expect(ids(await customers().findByOrdersEmptyOrderByIdAsc())).toEqual([4])
    expect(ids(await customers().findByOrdersIsNotEmptyOrderByIdAsc())).toEqual([1, 2, 3])
    expect(ids(await running.app.get(Tags).findByOrdersIsEmpty())).toEqual([3])
    expect(await customers().existsByRecruitsEmptyAndName('ann')).toBe(false)
    expect(await customers().existsByRecruitsEmptyAndName('bo')).toBe(true)
  })

  it('contains an element, told by itself or by its key', async () => {
    const order = await purchases().getById(4)
    expect(ids(await customers().buyerOf(order))).toEqual([2])
    expect(ids(await customers().buyerOf(1))).toEqual([1])
    expect(ids(await customers().notBuyerOf(1))).toEqual([2, 3, 4])
    expect(ids(await customers().findByOrdersContainingOrderByIdAsc(order))).toEqual([2])
    expect(ids(await customers().findByOrdersNotContainingOrderByIdAsc(order))).toEqual([1, 3, 4])
    expect(ids(await customers().findByOrdersTagsContainsOrderByIdAsc(1))).toEqual([1])
  })

  it.each([
    ['null', null],
    ['an entity that was never stored', new Purchase()],
    ['undefined in an object', { id: undefined }],
  ])('looking for %s is refused before any SQL', async (_, element) => {
    const given = element as unknown as Purchase
    const code = 'AMBIT_QUERY_PARAMETER_MEMBER'
    await expect(customers().buyerOf(given)).rejects.toMatchObject({ code })
    await expect(customers().findByOrdersNotContainingOrderByIdAsc(given)).rejects.toMatchObject({ code })
    expect(db.log.texts.filter(text => text.includes('SELECT'))).toEqual([])
  })

  it('Q21: from outside answers nothing about single elements, whatever is open', async () => {
    const open = defineQueryable(Customer, { filter: ['orders', 'orders.id', 'name'] })
    const repository = customers()
    const outside = [
      open.parse({ filter: "orders contains '4'" }),
      open.parse({ filter: "name = 'ann' or not (orders not contains 'abc')" }),
      QueryParser.parse<Customer>("orders contains '4'", { allow: '*' }),
    ]
    for (const params of outside) {
      const refusal = { code: 'AMBIT_QUERY_NOT_ALLOWED', property: 'orders', use: 'filter' }
      await expect(repository.findMany(params)).rejects.toMatchObject(refusal)
      await expect(repository.count(where<Customer>().isNotNull('name').and(params))).rejects.toMatchObject(refusal)
    }
    expect(db.log.texts.filter(text => text.includes('SELECT'))).toEqual([])
    expect(ids(await repository.findMany(open.parse({ filter: 'orders.id = 4' })))).toEqual([2])
    expect(ids(await repository.findMany(where<Customer>().contains('orders', '4')))).toEqual([2])
    await expect(repository.findMany(where<Customer>().contains('orders', 'abc'))).rejects.toMatchObject({
      code: 'AMBIT_QUERY_VALUE',
      property: 'orders',
    })
  })

  it('runs every filter within the limits of a queryable, of elements of elements too', async () => {
    const open = defineQueryable(Customer, {
      filter: ['name', 'orders', 'orders.state', 'orders.tags', 'orders.tags.label' as 'orders.tags'],
    })
    const deepest = (inside: string): string =>
      `name='a' or name='b' and orders any (state='a' or state='b' and tags any (label='a' or label='b' and ${inside}))`
    expect(await customers().count(open.parse({ filter: deepest("label <> 'c'") }))).toBe(0)
    const deeper = { filter: deepest("(label='c' or label='d')") }
    expect(() => open.parse(deeper)).toThrow(expect.objectContaining({ code: 'AMBIT_QUERY_LIMIT' }) as Error)
  })

  it('goes through collections of collections, many to many, to one and back', async () => {
    expect(ids(await customers().tagged('blue'))).toEqual([1, 2, 4])
    expect(ids(await customers().taggedAbove('red'))).toEqual([1])
    expect(ids(await customers().taggedAbove('blue'))).toEqual([1, 2])
    expect(ids(await customers().backThroughOrders())).toEqual([1])
    expect(ids(await running.app.get(Tags).usedBy('bo'))).toEqual([2])
    expect(ids(await running.app.get(Regions).open())).toEqual([1, 2])
    expect(ids(await running.app.get(Regions).far('blue'))).toEqual([2])
  })

  it('of a collection of collections speaks of some element of the first', async () => {
    expect(ids(await customers().someUntagged())).toEqual([2, 3])
    expect(ids(await customers().allUntagged())).toEqual([3, 4])
  })

  it('not (…) of a collection of collections speaks of every element of the first, declared or at run time', async () => {
    const sort = Sort.by('id')
    const found = async (filter: string): Promise<number[]> => {
      const parsed = QueryParser.parse<Customer>(filter, { allow: '*' })
      return ids(await customers().findMany(parsed, { sort }))
    }
    expect(ids(await customers().noneUntagged())).toEqual([1, 4])
    expect(await found('not (orders.tags is empty)')).toEqual([1, 4])
    expect(await found('orders.tags is not empty')).toEqual([1, 2])
    expect(ids(await customers().noneRed())).toEqual([2, 3, 4])
    expect(await found("not (orders.tags any (label = 'red'))")).toEqual([2, 3, 4])
    expect(await found("not (orders.tags none (label = 'red'))")).toEqual([1, 4])
  })

  it('follows relations of an entity with itself', async () => {
    expect(ids(await customers().recruiterOf('bo'))).toEqual([1])
    expect(ids(await customers().recruiterOf('ann'))).toEqual([])
    expect(ids(await customers().neighboursOfBo())).toEqual([2])
  })

  it('derived names: a null argument asks for a missing value of some element', async () => {
    expect(ids(await customers().findByOrdersTotalGreaterThanOrderByIdAsc(9))).toEqual([1])
    expect(ids(await customers().findByOrdersStateOrderByIdAsc('open'))).toEqual([1, 2])
    expect(ids(await customers().findByOrdersStateOrderByIdAsc(null))).toEqual([3])
    expect(ids(await purchases().findByCustomerOrdersTotal(10)).sort()).toEqual([1, 2])
  })

  it('deletes the owners in one statement, and nothing else', async () => {
    expect(await purchases().deleteByTagsEmptyAndTotalGreaterThan(1)).toBe(1)
    expect(db.log.texts.filter(text => text.startsWith('DELETE'))).toHaveLength(1)
    await db.query('DELETE FROM purchase_tag WHERE "purchaseId" = 4')
    expect(await purchases().deleteByTagsLabel('nothing')).toBe(0)
    expect(ids(await purchases().findAll(Sort.by('id')))).toEqual([1, 2, 4, 5])
  })
})

@Repository(Depot)
class Depots extends CrudRepository<Depot> {
  @Query({ where: 'vehicles.plate = :plate order by id' })
  declare withPlate: Find<[plate: string], Depot>
  @Query({ where: 'vans is empty order by id' })
  declare withoutVans: Find<[], Depot>
  @Query({ where: 'vans.load > 1 order by id' })
  declare loaded: Find<[], Depot>
  @Query({ where: 'berths contains :berth order by id' })
  declare having: Find<[berth: Berth | { row: number; place: string }], Depot>
  @Query({ where: 'berths.vehicle.plate = :plate order by id' })
  declare parked: Find<[plate: string], Depot>
  @Query({ where: 'berths any (vehicle.plate is null and vehicle is not null) order by id' })
  declare haunted: Find<[], Depot>
}
@Repository(Van)
class Vans extends CrudRepository<Van> {}
@Repository(Car)
class Cars extends CrudRepository<Car> {}
@Repository(Berth)
class Berths extends CrudRepository<Berth, { row: number; place: string }> {}

describe.each(ENGINES)('collections of more than plain entities on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: DEPOTS, components: [Depots, Vans, Cars, Berths] }))
  const depots = (): Depots => running.app.get(Depots)

  const names = (rows: readonly Depot[]): string[] => rows.map(({ name }) => name)

  beforeEach(async () => {
    const a = await depots().save({ name: 'a' })
    const b = await depots().save({ name: 'b' })
    const van = await running.app.get(Vans).save({ plate: 'van', load: 2, depot: a, garage: a })
    // A row of another class that the same column leads to.
    const car = await running.app.get(Cars).save({ plate: 'car', depot: b, garage: b })
    const gone = await running.app.get(Cars).save({ plate: 'gone', depot: b })
    await running.app.get(Berths).saveAll([
      { row: 1, place: 'x', depot: a, vehicle: van },
      { row: 1, place: 'y', depot: b, vehicle: car },
      { row: 2, place: 'x', depot: b, vehicle: gone },
    ])
    await running.app.get(Cars).orm.softDelete(gone.id)
    db.log.clear()
  })

  it('what is deleted softly is no element', async () => {
    expect(names(await depots().withPlate('car'))).toEqual(['b'])
    expect(names(await depots().withPlate('gone'))).toEqual([])
    expect(names(await depots().parked('car'))).toEqual(['b'])
    expect(names(await depots().parked('gone'))).toEqual([])
    expect(names(await depots().haunted())).toEqual(['b'])
  })

  it('a collection of one class holds no row of another', async () => {
    expect(names(await depots().loaded())).toEqual(['a'])
    expect(names(await depots().withoutVans())).toEqual(['b'])
  })

  it('elements with a key of two columns are told by both', async () => {
    const berth = await running.app.get(Berths).getById({ row: 1, place: 'y' })
    expect(names(await depots().having(berth))).toEqual(['b'])
    expect(names(await depots().having({ row: 1, place: 'x' }))).toEqual(['a'])
    expect(names(await depots().having({ row: 3, place: 'x' }))).toEqual([])
    const half = { row: 1 } as Berth
    await expect(depots().having(half)).rejects.toMatchObject({ code: 'AMBIT_QUERY_PARAMETER_MEMBER' })
  })
})
