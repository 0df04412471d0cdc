import { ComparisonNode } from '../../../src/query/ast/comparison-node'
import { parameterNamesOf } from '../../../src/query/ast/conditions'
import { liftValues } from '../../../src/query/ast/lift-values'
import { printPredicate } from '../../../src/query/ast/print-query'
import type { Predicate } from '../../../src/query/ast/predicate'
import { ValueNode } from '../../../src/query/ast/value-node'
import { parseWhere } from '../../../src/query/parser/parse-where'

function read(text: string): Predicate {
  const { predicate } = parseWhere(text)
  if (predicate === undefined) throw new TypeError('no predicate')
  return predicate
}

function lifted(text: string): [text: string, values: Readonly<Record<string, unknown>>] {
  const { predicate, values } = liftValues(read(text))
  return [printPredicate(predicate), values]
}

describe('lifting the values out of a predicate', () => {
  it.each([
    ['a = 1', 'a = :v1', { v1: 1 }],
    ["a = 'x' ignore case and not (b < 2.5)", 'a = :v1 ignore case and not (b < :v2)', { v1: 'x', v2: 2.5 }],
    ['a = true or b is null', 'a = :v1 or b is null', { v1: true }],
    ['a between 1 and 2', 'a between :v1 and :v2', { v1: 1, v2: 2 }],
    ["a not like 'x%'", 'a not like :v1', { v1: 'x%' }],
    ['a is true', 'a is true', {}],
    ['a in (1, 2, 3)', 'a in :v1', { v1: [1, 2, 3] }],
    ['a not in (1)', 'a not in :v1', { v1: [1] }],
    ['a = 9007199254740993', 'a = :v1', { v1: '9007199254740993' }],
    ['a any (b = 1 or c none (d in (1, 2)))', 'a any (b = :v1 or c none (d in :v2))', { v1: 1, v2: [1, 2] }],
    ['a is empty', 'a is empty', {}],
    ['a = 1e400', 'a = :v1', { v1: '1e400' }],
  ])('%s', (text, expected, values) => {
    expect(lifted(text)).toEqual([expected, values])
  })

  it('leaves what the call supplies', () => {
    expect(lifted('a = :x and b in :ids')).toEqual(['a = :x and b in :ids', {}])
    expect(lifted('b in (1, :x)')).toEqual(['b in (:v1, :x)', { v1: 1 }])
  })

  it('keeps the very values', () => {
    const moment = new Date(5)
    const { values } = liftValues(ComparisonNode.create('lt', 'at', ValueNode.create(moment)))
    expect(values['v1']).toBe(moment)
  })

  it('gives one text to predicates that differ in their values, and their lists in length', () => {
    const of = (text: string): string => lifted(text)[0]
    expect(of("a = 1 and b in (1, 2) and c like 'x'")).toBe(of("a = 2 and b in (7) and c like 'yy'"))
  })

  it('changes nothing of the predicate that it was given, and answers frozen things', () => {
    const predicate = read('a = 1 and b in (2)')
    const before = printPredicate(predicate)
    const { predicate: made, values } = liftValues(predicate)
    expect(printPredicate(predicate)).toBe(before)
    expect([Object.isFrozen(made), Object.isFrozen(values)]).toEqual([true, true])
    expect(parameterNamesOf(made)).toEqual(Object.keys(values))
  })
})

describe('the text of a value that has no spelling', () => {
  const text = (value: ConstructorParameters<typeof Object>[0]): string =>
    printPredicate(ComparisonNode.create('eq', 'a', ValueNode.create(value as object)))

  it('is for people', () => {
    expect(text(new Date(0))).toBe("a = '1970-01-01T00:00:00.000Z'")
    expect(text(new Date(NaN))).toBe("a = 'Invalid Date'")
    expect(text(new Uint8Array(2))).toBe("a = '[object Uint8Array]'")
    expect(text(7)).toBe("a = '7'")
  })
})
