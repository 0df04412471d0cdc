import { AndNode } from '../../../src/query/ast/and-node'
import { LiteralNode } from '../../../src/query/ast/literal-node'
import { MembershipNode } from '../../../src/query/ast/membership-node'
import { NotNode } from '../../../src/query/ast/not-node'
import { NullTestNode } from '../../../src/query/ast/null-test-node'
import { OrNode } from '../../../src/query/ast/or-node'
import { OrderTerm } from '../../../src/query/ast/order-term'
import { PatternNode } from '../../../src/query/ast/pattern-node'
import { printOrder, printPredicate, printQuery } from '../../../src/query/ast/print-query'
import { printPath } from '../../../src/query/ast/property-path'

const a = NullTestNode.create('a')
const b = NullTestNode.create('b')
const c = NullTestNode.create('c')

describe('a printed predicate', () => {
  it.each([
    [AndNode.create([a, OrNode.create([b, c])]), 'a is null and (b is null or c is null)'],
    [OrNode.create([AndNode.create([a, b]), c]), 'a is null and b is null or c is null'],
    [NotNode.create(OrNode.create([a, b])), 'not (a is null or b is null)'],
    [NotNode.create(a), 'not (a is null)'],
    [NotNode.create(NotNode.create(a)), 'not (not (a is null))'],
    [AndNode.create([NotNode.create(a), b]), 'not (a is null) and b is null'],
  ])('has the parentheses that its tree needs (%#)', (tree, text) => {
    expect(printPredicate(tree)).toBe(text)
  })

  it.each([
    ["it's", "'it''s'"],
    ['"', `'"'`],
    ['\\', String.raw`'\\'`],
    ['100\\%', String.raw`'100\\%'`],
    ['a\nb\rc\td', String.raw`'a\nb\rc\td'`],
    ['', "''"],
    [':x --', "':x --'"],
  ])('quotes the string %p', (value, text) => {
    expect(printPredicate(PatternNode.create('like', 'a', LiteralNode.create(value)))).toBe(`a like ${text}`)
  })

  it.each([
    [0.1, '0.1'],
    [-5, '-5'],
    [1e-7, '1e-7'],
    [12345678901234567890n, '12345678901234567890'],
    [true, 'true'],
  ])('writes the value %p', (value, text) => {
    expect(printPredicate(MembershipNode.create('a', [LiteralNode.create(value)]))).toBe(`a in (${text})`)
  })
})

describe('a printed path', () => {
  it.each([
    ['name', 'name'],
    ['team.name', 'team.name'],
    ['and', '`and`'],
    ['NULL', '`NULL`'],
    ['order', 'order'],
    ['team.and', 'team.and'],
    ['first name', '`first name`'],
    ['a.first name.b', 'a.`first name`.b'],
    ['1st', '`1st`'],
    ['größe', 'größe'],
  ])('of %s is %s', (path, text) => {
    expect(printPath(path)).toBe(text)
  })
})

describe('a printed order', () => {
  it('names every direction, and nulls and case where they matter', () => {
    const terms = [
      OrderTerm.create('team.name', 'DESC', { nulls: 'LAST', ignoreCase: true }),
      OrderTerm.create('order', 'ASC', { nulls: 'FIRST' }),
      OrderTerm.create('id'),
    ]
    expect(printOrder(terms)).toBe('team.name ignore case desc nulls last, order asc nulls first, id asc')
  })

  it('follows the predicate, or stands alone', () => {
    const order = [OrderTerm.create('id')]
    expect(printQuery(a, order)).toBe('a is null order by id asc')
    expect(printQuery(undefined, order)).toBe('order by id asc')
    expect(printQuery(a)).toBe('a is null')
    expect(printQuery(undefined)).toBe('')
  })
})
