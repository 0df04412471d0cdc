import fc from 'fast-check'
import { AndNode } from '../../../src/query/ast/and-node'
import { BetweenNode } from '../../../src/query/ast/between-node'
import { BooleanTestNode } from '../../../src/query/ast/boolean-test-node'
import { ComparisonNode } from '../../../src/query/ast/comparison-node'
import { ExistsNode } from '../../../src/query/ast/exists-node'
import { LiteralNode } from '../../../src/query/ast/literal-node'
import { MembershipNode } from '../../../src/query/ast/membership-node'
import { NotNode } from '../../../src/query/ast/not-node'
import { NullTestNode } from '../../../src/query/ast/null-test-node'
import { OrNode } from '../../../src/query/ast/or-node'
import { PatternNode } from '../../../src/query/ast/pattern-node'
import type { Condition, Predicate } from '../../../src/query/ast/predicate'
import type { Row } from './three-valued'

/** A number, a text and a truth, of which any may be missing; few values, so that conditions meet. */
const AGES = [1, 2, 3]
const NAMES = ['a', 'A', 'ab', 'b']

export const row: fc.Arbitrary<Row> = fc.record({
  age: fc.constantFrom(...AGES, null),
  name: fc.constantFrom(...NAMES, null),
  active: fc.constantFrom(true, false, null),
})

/** Every row there is. */
export const EVERY_ROW: readonly Row[] = [...AGES, null].flatMap(age =>
  [...NAMES, null].flatMap(name => [true, false, null].map(active => ({ age, name, active }))),
)

const age = fc.constantFrom(...AGES).map(LiteralNode.create)
const name = fc.constantFrom(...NAMES).map(LiteralNode.create)
const operator = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte')
const negated = fc.record({ negated: fc.boolean() })
const flags = fc.record({ negated: fc.boolean(), ignoreCase: fc.boolean() })

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(operator, age).map(([sign, value]) => ComparisonNode.create(sign, 'age', value)),
  fc
    .tuple(fc.constantFrom('eq', 'ne'), name, fc.record({ ignoreCase: fc.boolean() }))
    .map(([sign, value, options]) => ComparisonNode.create(sign, 'name', value, options)),
  fc
    .tuple(fc.array(age, { maxLength: 3 }), negated)
    .map(([list, options]) => MembershipNode.create('age', list, options)),
  fc
    .tuple(fc.array(name, { maxLength: 2 }), flags)
    .map(([list, options]) => MembershipNode.create('name', list, options)),
  fc
    .tuple(fc.constantFrom('contains', 'startsWith', 'endsWith', 'like'), name, flags)
    .map(([kind, value, options]) => PatternNode.create(kind, 'name', value, options)),
  fc
    .tuple(fc.constantFrom('age', 'name', 'active'), negated)
    .map(([path, options]) => NullTestNode.create(path, options)),
  fc.tuple(fc.boolean(), negated).map(([expected, options]) => BooleanTestNode.create('active', expected, options)),
  fc.tuple(age, age, negated).map(([low, high, options]) => BetweenNode.create('age', low, high, options)),
)

/** Trees over the three properties, with much to simplify. */
export const smallPredicate: fc.Arbitrary<Predicate> = treesOf(condition, 5)

const ITEMS: readonly (readonly Row[])[] = [[], [1], [null], [2, null]].map(list => list.map(size => ({ size })))
const ORDERS: readonly Row[] = [1, 2, null].flatMap(total => ITEMS.map(items => ({ total, items })))

/** Every row that has no order, one, or two; an order has a total, and items of some size. */
export const EVERY_OWNER: readonly Row[] = [
  { orders: [] },
  ...ORDERS.map(order => ({ orders: [order] })),
  ...ORDERS.flatMap((order, at) => ORDERS.slice(at).map(other => ({ orders: [order, other] }))),
]

/** Trees about collections, and collections of theirs. */
export const collectionPredicate: fc.Arbitrary<Predicate> = treesOf(
  fc.oneof(
    exists('orders', treesOf(fc.oneof(numbers('total'), numbers('items.size'), exists('items', itemTree())), 2)),
    exists('orders.items', itemTree()),
    numbers('orders.total'),
    numbers('orders.items.size'),
  ),
  3,
)

function itemTree(): fc.Arbitrary<Predicate> {
  return treesOf(numbers('size'), 2)
}

/** With something said of the element, or without. */
function exists(path: string, inside: fc.Arbitrary<Predicate>): fc.Arbitrary<Predicate> {
  return fc
    .tuple(fc.option(inside, { nil: undefined }), negated)
    .map(([predicate, options]) => ExistsNode.create(path, predicate, options))
}

function numbers(path: string): fc.Arbitrary<Predicate> {
  return fc.oneof(
    fc.tuple(operator, age).map(([sign, value]) => ComparisonNode.create(sign, path, value)),
    fc
      .tuple(fc.array(age, { maxLength: 2 }), negated)
      .map(([list, options]) => MembershipNode.create(path, list, options)),
    negated.map(options => NullTestNode.create(path, options)),
  )
}

function treesOf(leaf: fc.Arbitrary<Predicate>, maxDepth: number): fc.Arbitrary<Predicate> {
  return fc.letrec<{ tree: Predicate }>(tie => ({
    tree: fc.oneof(
      { maxDepth, withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(AndNode.create),
      fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(OrNode.create),
      tie('tree').map(NotNode.create),
      tie('tree').map(each => NotNode.create(NotNode.create(each))),
    ),
  })).tree
}
