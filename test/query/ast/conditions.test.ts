import fc from 'fast-check'
import { conditionsOf, parameterNamesOf, parametersOf, propertyPathsOf } from '../../../src/query/ast/conditions'
import { ArgumentNode } from '../../../src/query/ast/argument-node'
import { BetweenNode } from '../../../src/query/ast/between-node'
import { ComparisonNode } from '../../../src/query/ast/comparison-node'
import { LiteralNode } from '../../../src/query/ast/literal-node'
import { MembershipNode } from '../../../src/query/ast/membership-node'
import { ParameterNode } from '../../../src/query/ast/parameter-node'
import { NotNode } from '../../../src/query/ast/not-node'
import { NullTestNode } from '../../../src/query/ast/null-test-node'
import { OrNode } from '../../../src/query/ast/or-node'
import { AndNode } from '../../../src/query/ast/and-node'
import type { Predicate } from '../../../src/query/ast/predicate'
import { printPredicate } from '../../../src/query/ast/print-query'
import { parseWhere } from '../../../src/query/parser/parse-where'
import { predicate } from '../support/arbitrary-query'

const read = (text: string): Predicate => {
  const { predicate: found } = parseWhere(text)
  if (!found) throw new Error('no predicate')
  return found
}

describe('the properties of a predicate', () => {
  it('are listed once each, in the order of the text', () => {
    const tree = read('b = 1 and (a.c is null or not (b > 2 and d in :ids)) and a.c is true')
    expect(propertyPathsOf(tree)).toEqual(['b', 'a.c', 'd'])
  })

  it('are the whole paths where they speak of an element', () => {
    const tree = read('a.orders none (b = 1 and c any (d = 2 or e.f is null)) and c = 3 and g is empty')
    const paths = ['a.orders', 'a.orders.b', 'a.orders.c', 'a.orders.c.d', 'a.orders.c.e.f', 'c', 'g']
    expect(propertyPathsOf(tree)).toEqual(paths)
  })

  it.each([
    ['a = 1', ['a']],
    ['a in (1, 2)', ['a']],
    ["a like 'x'", ['a']],
    ['a is null', ['a']],
    ['a is true', ['a']],
    ['a between 1 and 2', ['a']],
    ['not a = 1', ['a']],
    ['a = 1 and b = 2', ['a', 'b']],
    ['a = 1 or b = 2', ['a', 'b']],
  ])('of "%s" are all found', (text, paths) => {
    expect(propertyPathsOf(read(text))).toEqual(paths)
  })
})

describe('the parameters of a predicate', () => {
  it('come with every use, the role they play, and the condition', () => {
    const uses = parametersOf(
      AndNode.create([
        read('a = :x and b in :x and c like :p'),
        BetweenNode.create('d', ParameterNode.create('x'), ArgumentNode.create(1)),
        MembershipNode.create('e', [ParameterNode.create('x'), LiteralNode.create(1), ArgumentNode.create(0)]),
        read('f = 1'),
      ]),
    )
    expect(uses.map(({ parameter, role, condition }) => [printed(parameter), role, condition.path])).toEqual([
      [':x', 'value', 'a'],
      [':x', 'list', 'b'],
      [':p', 'pattern', 'c'],
      [':x', 'value', 'd'],
      ['?2', 'value', 'd'],
      [':x', 'value', 'e'],
      ['?1', 'value', 'e'],
    ])
  })

  it('are pattern texts also where the wildcards are added', () => {
    for (const word of ['contains', 'starts with', 'ends with', 'not like', 'ilike'])
      expect(parametersOf(read(`a ${word} :p`))).toMatchObject([{ role: 'pattern' }])
  })

  it('are named once each, in the order of the text, without those by place', () => {
    const byPlace = ComparisonNode.create('eq', 'd', ArgumentNode.create(0))
    expect(parameterNamesOf(AndNode.create([read('a = :y and b = :x and c = :y'), byPlace]))).toEqual(['y', 'x'])
  })

  it('are none in a text of literals', () => {
    expect(parametersOf(read("a = 1 and b like 'x' and c is null"))).toEqual([])
  })

  function printed(parameter: { kind: 'parameter'; name: string } | { kind: 'argument'; index: number }): string {
    return parameter.kind === 'parameter' ? `:${parameter.name}` : `?${String(parameter.index + 1)}`
  }
})

describe('the conditions of a predicate', () => {
  it('appear in the printed text in the same order', () => {
    fc.assert(
      fc.property(predicate, tree => {
        const text = printPredicate(tree)
        let from = 0
        // Those on elements are listed with the whole path, and printed without its beginning.
        fc.pre(conditionsOf(tree).every(each => each.kind !== 'exists' || each.predicate === undefined))
        for (const condition of conditionsOf(tree)) {
          const at = text.indexOf(printPredicate(condition), from)
          expect(at).toBeGreaterThanOrEqual(from)
          from = at + 1
        }
      }),
      { numRuns: 150 },
    )
  })

  it('are found however deep they lie', () => {
    let tree: Predicate = NullTestNode.create('a')
    for (let level = 0; level < 50_000; level++) tree = NotNode.create(tree)
    expect(propertyPathsOf(tree)).toEqual(['a'])
  })

  it('are found however many they are', () => {
    const many = Array.from({ length: 50_000 }, () => NullTestNode.create('a'))
    expect(conditionsOf(OrNode.create([AndNode.create(many), NullTestNode.create('b')]))).toHaveLength(50_001)
  })
})
