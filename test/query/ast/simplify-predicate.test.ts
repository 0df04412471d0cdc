import fc from 'fast-check'
import { ComparisonNode } from '../../../src/query/ast/comparison-node'
import { conditionsOf } from '../../../src/query/ast/conditions'
import { LiteralNode } from '../../../src/query/ast/literal-node'
import { MembershipNode } from '../../../src/query/ast/membership-node'
import { NotNode } from '../../../src/query/ast/not-node'
import { OrNode } from '../../../src/query/ast/or-node'
import type { Predicate } from '../../../src/query/ast/predicate'
import { sizeOf } from '../../../src/query/ast/predicate-size'
import { printPredicate } from '../../../src/query/ast/print-query'
import { simplifyPredicate } from '../../../src/query/ast/simplify-predicate'
import { ValueNode } from '../../../src/query/ast/value-node'
import { parseWhere } from '../../../src/query/parser/parse-where'
import { collectionPredicate, EVERY_OWNER, EVERY_ROW, smallPredicate } from '../support/small-predicates'
import { evaluate } from '../support/three-valued'

function read(text: string): Predicate {
  const { predicate } = parseWhere(text)
  if (predicate === undefined) throw new TypeError('no predicate')
  return predicate
}

const simple = (text: string): string => printPredicate(simplifyPredicate(read(text)))

describe('Q15 a predicate made simple', () => {
  it.each([
    ['not (not (a = 1))', 'a = 1'],
    ['not not not a is null', 'a is not null'],
    ['not (a = 1)', 'a <> 1'],
    ['not (a < 1 or b >= 2)', 'a >= 1 and b < 2'],
    ['not (a > 1 and b <= 2)', 'a <= 1 or b > 2'],
    ["not (a like 'x%' ignore case)", "a not like 'x%' ignore case"],
    ["not (a not contains 'x')", "a contains 'x'"],
    ['not (a is true)', 'a is not true'],
    ['not (a between 1 and 2)', 'a not between 1 and 2'],
    ['not (a in (1, 2))', 'a not in (1, 2)'],
    ['a in (1)', 'a = 1'],
    ["a not in ('x') ignore case", "a <> 'x' ignore case"],
    ['not (a in (1))', 'a <> 1'],
    ['a = 1 and a = 1', 'a = 1'],
    ['a = 1 or b = 2 or a = 1', 'a = 1 or b = 2'],
    ['a = 1 and (b = 2 and (c = 3 and d = 4))', 'a = 1 and b = 2 and c = 3 and d = 4'],
    ['a = 1 and not (b = 2 or c = 3)', 'a = 1 and b <> 2 and c <> 3'],
    ['(a = 1 or b = 2) and (a = 1 or b = 2)', 'a = 1 or b = 2'],
    ['not (a is empty)', 'a is not empty'],
    ['not (a any (not (b < 1)))', 'a none (b >= 1)'],
    // Some a has no b; and every a has one.
    ['not (a.b is empty)', 'not (a.b is empty)'],
    ['not (not (a.b is empty))', 'a.b is empty'],
    ['not (a.b any (not (c < 1)))', 'not (a.b any (c >= 1))'],
    ["a = 1 and a = '1'", "a = 1 and a = '1'"],
    ['a = 1 and a = 1 ignore case', 'a = 1 and a = 1 ignore case'],
  ])('%s', (text, expected) => {
    expect(simple(text)).toBe(expected)
  })

  it('is the same object where there is nothing to do', () => {
    for (const text of [
      'a = 1',
      'a = 1 and b = 2',
      'a in (1, 2) or b is null and c = 3',
      'a in :ids',
      'a in (:x, 1)',
    ]) {
      const tree = read(text)
      expect(simplifyPredicate(tree)).toBe(tree)
    }
  })

  it('folds the empty list: always false, and with not always true', () => {
    const none = MembershipNode.create('x', [])
    const every = MembershipNode.create('x', [], { negated: true })
    const plain = read('a = 1')
    expect(simplifyPredicate(OrNode.create([none, plain]))).toBe(plain)
    expect(simplifyPredicate(OrNode.create([every, plain]))).toBe(every)
    expect(simplifyPredicate(NotNode.create(OrNode.create([every, plain])))).toEqual(none)
    expect(simplifyPredicate(OrNode.create([none, none]))).toBe(none)
  })

  it('keeps values of the program apart, though they are shown alike', () => {
    const at = (value: object): Predicate => ComparisonNode.create('eq', 'a', ValueNode.create(value))
    const both = OrNode.create([at({ x: 1 }), at({ x: 2 })])
    expect(simplifyPredicate(both)).toBe(both)
    const day = new Date(0)
    const text = ComparisonNode.create('eq', 'a', LiteralNode.create(day.toISOString()))
    expect(conditionsOf(simplifyPredicate(OrNode.create([at(day), text])))).toHaveLength(2)
  })
})

describe('a simplified predicate', () => {
  it('is true, false and unknown for the same rows', () => {
    fc.assert(
      fc.property(smallPredicate, tree => {
        const now = simplifyPredicate(tree)
        const differs = EVERY_ROW.filter(row => evaluate(now, row) !== evaluate(tree, row))
        expect(differs).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })

  it('is so through collections, and collections of theirs', () => {
    fc.assert(
      fc.property(collectionPredicate, tree => {
        const now = simplifyPredicate(tree)
        const differs = EVERY_OWNER.filter(row => evaluate(now, row) !== evaluate(tree, row))
        expect(differs).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('has no not, is no larger, and cannot be made simpler', () => {
    fc.assert(
      fc.property(smallPredicate, tree => {
        const now = simplifyPredicate(tree)
        expect(printPredicate(now)).not.toContain('not (')
        expect(sizeOf(now).conditions).toBeLessThanOrEqual(sizeOf(tree).conditions)
        expect(simplifyPredicate(now)).toBe(now)
      }),
      { numRuns: 1_000 },
    )
  })
})
