import fc from 'fast-check'
import { AndNode } from '../../../src/query/ast/and-node'
import { BetweenNode } from '../../../src/query/ast/between-node'
import { BooleanTestNode } from '../../../src/query/ast/boolean-test-node'
import { ComparisonNode } from '../../../src/query/ast/comparison-node'
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
export const smallPredicate: fc.Arbitrary<Predicate> = fc.letrec<{ tree: Predicate }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    condition,
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(AndNode.create),
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(OrNode.create),
    tie('tree').map(NotNode.create),
    tie('tree').map(each => NotNode.create(NotNode.create(each))),
  ),
})).tree
