import fc from 'fast-check'
import { AndNode } from '../../../src/query/ast/and-node'
import { BetweenNode } from '../../../src/query/ast/between-node'
import { BooleanTestNode } from '../../../src/query/ast/boolean-test-node'
import { ComparisonNode } from '../../../src/query/ast/comparison-node'
import { numberOperand } from '../../../src/query/ast/decimal-node'
import { ExistsNode } from '../../../src/query/ast/exists-node'
import { LiteralNode } from '../../../src/query/ast/literal-node'
import { MembershipNode } from '../../../src/query/ast/membership-node'
import { NotNode } from '../../../src/query/ast/not-node'
import { NullTestNode } from '../../../src/query/ast/null-test-node'
import type { Operand, Placeholder } from '../../../src/query/ast/operand'
import { OrNode } from '../../../src/query/ast/or-node'
import { OrderTerm } from '../../../src/query/ast/order-term'
import { ParameterNode } from '../../../src/query/ast/parameter-node'
import { PatternNode } from '../../../src/query/ast/pattern-node'
import type { Condition, Predicate } from '../../../src/query/ast/predicate'

/** Words of the grammar, odd names and plain ones: whatever a property may be called. */
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('name', 'age', 'team', 'active', 'createdAt', '_id', 'größe', '名前', 'x1') },
  fc.constantFrom(
    'and',
    'or',
    'not',
    'in',
    'is',
    'like',
    'order',
    'by',
    'NULL',
    'true',
    'between',
    'ignore',
    'case',
    'asc',
    'any',
    'none',
    'empty',
  ),
  fc.constantFrom('first name', 'a-b', '1st', "o'clock", 'a"b', ':x', '$ref', '(', ' ', 'ends with', '\n', '😀'),
)

export const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map(segments => segments.join('.'))

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom("it's", '"', '\\', '100\\%', '%_', '\\\\', '\n\r\t', "''", ':name', '--', 'null', '\u0000'),
)

const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^\d{1,25}$/),
    fc.stringMatching(/^(\.\d{1,20})?$/),
    fc.constantFrom('', 'e5', 'e-7', 'E+300'),
  )
  .map(parts => parts.join(''))

const literal: fc.Arbitrary<Operand> = fc.oneof(
  text.map(value => LiteralNode.create(value)),
  fc.boolean().map(value => LiteralNode.create(value)),
  fc.maxSafeInteger().map(value => LiteralNode.create(value)),
  fc.bigInt().map(value => LiteralNode.create(value)),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map(value => LiteralNode.create(value)),
  numberText.map(numberOperand),
)

const placeholder: fc.Arbitrary<Placeholder> = fc
  .constantFrom('name', 'ids', '_x', 'and', 'größe', 'a1')
  .map(name => ParameterNode.create(name))

const operand: fc.Arbitrary<Operand> = fc.oneof(literal, placeholder)
const patternText: fc.Arbitrary<Operand> = fc.oneof(
  text.map(value => LiteralNode.create(value)),
  placeholder,
)
const flags = fc.record({ negated: fc.boolean(), ignoreCase: fc.boolean() })

export const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .tuple(fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'), path, operand, flags)
    .map(([operator, at, value, options]) => ComparisonNode.create(operator, at, value, options)),
  fc
    .tuple(path, fc.oneof(placeholder, fc.array(operand, { minLength: 1, maxLength: 4 })), flags)
    .map(([at, members, options]) => MembershipNode.create(at, members, options)),
  fc
    .tuple(fc.constantFrom('like', 'contains', 'startsWith', 'endsWith'), path, patternText, flags)
    .map(([operator, at, value, options]) => PatternNode.create(operator, at, value, options)),
  fc.tuple(path, flags).map(([at, options]) => NullTestNode.create(at, options)),
  fc.tuple(path, fc.boolean(), flags).map(([at, expected, options]) => BooleanTestNode.create(at, expected, options)),
  fc.tuple(path, operand, operand, flags).map(([at, low, high, options]) => BetweenNode.create(at, low, high, options)),
  fc.tuple(path, flags).map(([at, options]) => ExistsNode.create(at, undefined, options)),
)

export const predicate: fc.Arbitrary<Predicate> = fc.letrec<{ tree: Predicate }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tree' },
    condition,
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(operands => AndNode.create(operands)),
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(operands => OrNode.create(operands)),
    tie('tree').map(operand => NotNode.create(operand)),
    fc.tuple(path, tie('tree'), flags).map(([at, inner, options]) => ExistsNode.create(at, inner, options)),
  ),
})).tree

export const orderTerm = fc
  .tuple(path, fc.constantFrom('ASC', 'DESC'), fc.constantFrom('FIRST', 'LAST', undefined), fc.boolean())
  .map(([at, direction, nulls, ignoreCase]) => OrderTerm.create(at, direction, { nulls, ignoreCase }))
