import { CrudRepository, dataSourceToken, Repository } from 'ambit'
import fc from 'fast-check'
import type { DataSource } from 'typeorm'
import { AndNode } from '../../../src/query/ast/and-node'
import { BetweenNode } from '../../../src/query/ast/between-node'
import { BooleanTestNode } from '../../../src/query/ast/boolean-test-node'
import { ComparisonNode } from '../../../src/query/ast/comparison-node'
import { ExistsNode } from '../../../src/query/ast/exists-node'
import { liftValues } from '../../../src/query/ast/lift-values'
import { LiteralNode } from '../../../src/query/ast/literal-node'
import { MembershipNode } from '../../../src/query/ast/membership-node'
import { NotNode } from '../../../src/query/ast/not-node'
import { NullTestNode } from '../../../src/query/ast/null-test-node'
import { OrNode } from '../../../src/query/ast/or-node'
import { PatternNode } from '../../../src/query/ast/pattern-node'
import type { Predicate } from '../../../src/query/ast/predicate'
import { printPredicate } from '../../../src/query/ast/print-query'
import { applySpecification } from '../../../src/query/execute/apply-specification'
import { EntityQuery } from '../../../src/query/execute/entity-query'
import { bindingOf } from '../../../src/repository/binding'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { holds, type ModelData, type ModelEntity } from './relations-model'
import { Customer, Purchase, Region, SHOP, Tag } from './shop'

@Repository(Customer)
class Customers extends CrudRepository<Customer> {}

const RUNS = Number(process.env['AMBIT_MODEL_RUNS'] ?? 25)

// Values are few, so that conditions meet them.
const number = fc.constantFrom(0, 1, 2, 3)
const text = fc.constantFrom('a', 'A', 'ab', 'b')
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 3 })

/** Rows of all tables; relations by the place of the other row, taken modulo. */
const data: fc.Arbitrary<ModelData> = fc
  .record({
    regions: fc.array(orNull(text), { minLength: 1, maxLength: 2 }),
    customers: fc.array(fc.tuple(orNull(text), orNull(fc.nat(1)), orNull(fc.nat(4))), { minLength: 1, maxLength: 5 }),
    orders: fc.array(
      fc.record({
        total: orNull(number),
        state: orNull(text),
        paid: orNull(fc.boolean()),
        customer: orNull(fc.nat(4)),
        tags: fc.subarray([0, 1, 2]),
      }),
      { maxLength: 7 },
    ),
    tags: fc.tuple(orNull(text), orNull(text), orNull(text)),
  })
  .map(rows => ({
    regions: rows.regions.map((name, at) => ({ id: at + 1, name })),
    customers: rows.customers.map(([name, region, recruiter], at) => ({
      id: at + 1,
      name,
      region: region === null ? null : (region % rows.regions.length) + 1,
      recruiter: recruiter === null ? null : (recruiter % rows.customers.length) + 1,
    })),
    orders: rows.orders.map((order, at) => ({
      ...order,
      id: at + 1,
      customer: order.customer === null ? null : (order.customer % rows.customers.length) + 1,
      tags: order.tags.map(tag => tag + 1),
    })),
    tags: rows.tags.map((label, at) => ({ id: at + 1, label })),
  }))

/** The properties and relations of each entity. */
const TEXTS: Readonly<Record<ModelEntity, readonly string[]>> = {
  region: ['name'],
  customer: ['name'],
  order: ['state'],
  tag: ['label'],
}
const NUMBERS: Readonly<Record<ModelEntity, readonly string[]>> = {
  region: ['id'],
  customer: ['id'],
  order: ['id', 'total'],
  tag: ['id'],
}
const TO_ONE: Readonly<Record<ModelEntity, readonly (readonly [string, ModelEntity])[]>> = {
  region: [],
  customer: [
    ['region', 'region'],
    ['recruiter', 'customer'],
  ],
  order: [['customer', 'customer']],
  tag: [],
}
const TO_MANY: Readonly<Record<ModelEntity, readonly (readonly [string, ModelEntity])[]>> = {
  region: [['customers', 'customer']],
  customer: [
    ['orders', 'order'],
    ['recruits', 'customer'],
  ],
  order: [['tags', 'tag']],
  tag: [['orders', 'order']],
}

/** A path through at most so many relations, and the entity that it ends at. */
function way(entity: ModelEntity, depth: number): fc.Arbitrary<readonly [prefix: string, entity: ModelEntity]> {
  const here = fc.constant(['', entity] as const)
  const relations = [...TO_ONE[entity], ...TO_MANY[entity]]
  if (depth === 0 || relations.length === 0) return here
  const further = fc
    .constantFrom(...relations)
    .chain(([name, target]) => way(target, depth - 1).map(([rest, end]) => [`${name}.${rest}`, end] as const))
  return fc.oneof(here, further)
}

function condition(entity: ModelEntity): fc.Arbitrary<Predicate> {
  return way(entity, 3).chain(([prefix, end]) => {
    const path = (names: readonly string[]) => fc.constantFrom(...names).map(name => prefix + name)
    const value = number.map(each => LiteralNode.create(each))
    const word = text.map(each => LiteralNode.create(each))
    const negated = fc.boolean().map(each => ({ negated: each }))
    const operator = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte')
    const pattern = fc.constantFrom('contains', 'startsWith', 'endsWith')
    const choices: fc.Arbitrary<Predicate>[] = [
      fc.tuple(operator, path(NUMBERS[end]), value).map(([sign, at, given]) => ComparisonNode.create(sign, at, given)),
      fc
        .tuple(fc.constantFrom('eq', 'ne'), path(TEXTS[end]), word)
        .map(([sign, at, given]) => ComparisonNode.create(sign, at, given)),
      fc
        .tuple(path(NUMBERS[end]), fc.array(value, { maxLength: 3 }), negated)
        .map(parts => MembershipNode.create(...parts)),
      fc.tuple(path([...NUMBERS[end], ...TEXTS[end]]), negated).map(parts => NullTestNode.create(...parts)),
      fc.tuple(path(NUMBERS[end]), value, value, negated).map(parts => BetweenNode.create(...parts)),
      fc.tuple(pattern, path(TEXTS[end]), word, negated).map(parts => PatternNode.create(...parts)),
    ]
    if (end === 'order') {
      choices.push(
        fc
          .tuple(fc.boolean(), negated)
          .map(([paid, options]) => BooleanTestNode.create(`${prefix}paid`, paid, options)),
      )
    }
    return fc.oneof(...choices)
  })
}

function predicate(entity: ModelEntity, depth: number): fc.Arbitrary<Predicate> {
  const leaf = condition(entity)
  if (depth === 0) return leaf
  const below = predicate(entity, depth - 1)
  return fc.oneof(
    { weight: 2, arbitrary: leaf },
    fc.array(below, { minLength: 2, maxLength: 3 }).map(parts => AndNode.create(parts)),
    fc.array(below, { minLength: 2, maxLength: 3 }).map(parts => OrNode.create(parts)),
    below.map(each => NotNode.create(each)),
    { weight: 2, arbitrary: quantified(entity, depth) },
  )
}

function quantified(entity: ModelEntity, depth: number): fc.Arbitrary<Predicate> {
  return way(entity, 1).chain(([prefix, end]) =>
    fc.constantFrom(...TO_MANY[end]).chain(([name, target]) => {
      const path = `${prefix}${name}`
      const negated = fc.boolean()
      return fc.oneof(
        fc
          .tuple(predicate(target, depth - 1), negated)
          .map(([inner, none]) => ExistsNode.create(path, inner, { negated: none })),
        negated.map(none => ExistsNode.create(path, undefined, { negated: none })),
        fc
          .tuple(number, negated)
          .map(([key, none]) => PatternNode.create('contains', path, LiteralNode.create(key), { negated: none })),
      )
    }),
  )
}

async function store(dataSource: DataSource, { regions, customers, orders, tags }: ModelData): Promise<void> {
  const { manager } = dataSource
  const key = (id: number | null) => (id === null ? null : { id })
  await manager.createQueryBuilder().delete().from('purchase_tag').execute()
  for (const entity of [Purchase, Tag]) await manager.createQueryBuilder().delete().from(entity).execute()
  await manager.createQueryBuilder().update(Customer).set({ recruiter: null }).execute()
  for (const entity of [Customer, Region]) await manager.createQueryBuilder().delete().from(entity).execute()
  await manager.insert(Region, [...regions])
  await manager.insert(Tag, [...tags])
  await manager.insert(
    Customer,
    customers.map(row => ({ id: row.id, name: row.name, region: key(row.region) })),
  )
  for (const row of customers) await manager.update(Customer, row.id, { recruiter: key(row.recruiter) })
  const purchases = orders.map(row => ({ ...row, customer: key(row.customer), tags: row.tags.map(id => ({ id })) }))
  await manager.save(Purchase, purchases as never[])
}

describe.each(ENGINES)('random conditions through relations on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: SHOP, components: [Customers] }))

  it('find what a model of their meaning finds, by plans, by builders and by counting', async () => {
    const dataSource = running.app.get(dataSourceToken('default'))
    const { context } = bindingOf(running.app.get(Customers))
    const metadata = dataSource.getMetadata(Customer)
    await fc.assert(
      fc.asyncProperty(
        data,
        fc.array(predicate('customer', 3), { minLength: 12, maxLength: 12 }),
        async (rows, trees) => {
          await store(dataSource, rows)
          for (const tree of trees) {
            const expected = rows.customers
              .filter(({ id }) => holds(rows, tree, 'customer', id) === true)
              .map(({ id }) => id)
            const lifted = liftValues(tree)
            const query = new EntityQuery({ ...context, metadata, predicate: lifted.predicate, order: [] })
            const values = { named: lifted.values, positional: [] }
            const found = (await query.select(values, {})).map(row => row['id'] as number).sort()
            expect([printPredicate(tree), found]).toEqual([printPredicate(tree), expected])
            expect(await query.count(values)).toBe(expected.length)
            const builder = dataSource.getRepository(Customer).createQueryBuilder('c')
            const built = await applySpecification(builder, { predicate: tree }).orderBy('c.id').getMany()
            expect(built.map(({ id }) => id)).toEqual(expected)
          }
        },
      ),
      { numRuns: RUNS },
    )
  })
})
