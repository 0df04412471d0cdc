import { AndNode } from '../../../src/query/ast/and-node'
import { ArgumentNode } from '../../../src/query/ast/argument-node'
import { BetweenNode } from '../../../src/query/ast/between-node'
import { BooleanTestNode } from '../../../src/query/ast/boolean-test-node'
import { allOf, anyOf } from '../../../src/query/ast/combine'
import { ComparisonNode } from '../../../src/query/ast/comparison-node'
import { DecimalNode, numberOperand } from '../../../src/query/ast/decimal-node'
import { LiteralNode } from '../../../src/query/ast/literal-node'
import { isListParameter, MembershipNode } from '../../../src/query/ast/membership-node'
import { NotNode } from '../../../src/query/ast/not-node'
import { NullTestNode } from '../../../src/query/ast/null-test-node'
import { isPlaceholder, visitOperand } from '../../../src/query/ast/operand'
import { OrNode } from '../../../src/query/ast/or-node'
import { OrderTerm } from '../../../src/query/ast/order-term'
import { ParameterNode } from '../../../src/query/ast/parameter-node'
import { PatternNode } from '../../../src/query/ast/pattern-node'
import { visitPredicate } from '../../../src/query/ast/predicate'
import { ExistsNode } from '../../../src/query/ast/exists-node'
import { InvalidQueryNodeError } from '../../../src/query/errors'
import { ValueNode } from '../../../src/query/ast/value-node'

const one = LiteralNode.create(1)
const a = ComparisonNode.create('eq', 'a', one)
const b = NullTestNode.create('b')
const c = BooleanTestNode.create('c', true)
const nodes = {
  comparison: a,
  membership: MembershipNode.create('a', [one, one]),
  pattern: PatternNode.create('like', 'a', LiteralNode.create('x')),
  'null-test': b,
  'boolean-test': c,
  between: BetweenNode.create('a', one, one),
  exists: ExistsNode.create('a', b),
  and: AndNode.create([a, b]),
  or: OrNode.create([a, b]),
  not: NotNode.create(a),
}
const companions = {
  comparison: ComparisonNode,
  membership: MembershipNode,
  pattern: PatternNode,
  'null-test': NullTestNode,
  'boolean-test': BooleanTestNode,
  between: BetweenNode,
  exists: ExistsNode,
  and: AndNode,
  or: OrNode,
  not: NotNode,
}
const operands = {
  literal: one,
  decimal: DecimalNode.create('1e400'),
  value: ValueNode.create(new Date(0)),
  parameter: ParameterNode.create('x'),
  argument: ArgumentNode.create(0),
}
const operandCompanions = {
  literal: LiteralNode,
  decimal: DecimalNode,
  value: ValueNode,
  parameter: ParameterNode,
  argument: ArgumentNode,
}
type Name = keyof typeof nodes
type OperandName = keyof typeof operands

const invalid = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidQueryNodeError)
    expect((error as InvalidQueryNodeError).code).toBe('AMBIT_QUERY_INVALID_NODE')
    return (error as Error).message
  }
  throw new Error('was accepted')
}

describe.each(Object.keys(nodes) as Name[])('Q14: a node of kind %s', kind => {
  it('carries its kind, is frozen, and so is its companion', () => {
    expect(nodes[kind].kind).toBe(kind)
    expect(Object.isFrozen(nodes[kind])).toBe(true)
    expect(Object.isFrozen(companions[kind])).toBe(true)
  })

  it('is recognised by its own companion only', () => {
    for (const [other, companion] of Object.entries(companions)) expect(companion.is(nodes[kind])).toBe(other === kind)
  })

  it('reaches its own function of a visitor', () => {
    const seen = visitPredicate<string>(nodes[kind], {
      comparison: node => node.kind,
      membership: node => node.kind,
      pattern: node => node.kind,
      'null-test': node => node.kind,
      'boolean-test': node => node.kind,
      between: node => node.kind,
      exists: node => node.kind,
      and: node => node.kind,
      or: node => node.kind,
      not: node => node.kind,
    })
    expect(seen).toBe(kind)
  })
})

describe.each(Object.keys(operands) as OperandName[])('an operand of kind %s', kind => {
  it('carries its kind and is frozen', () => {
    expect(operands[kind].kind).toBe(kind)
    expect(Object.isFrozen(operands[kind])).toBe(true)
  })

  it('is recognised by its own companion only', () => {
    for (const [other, companion] of Object.entries(operandCompanions))
      expect(companion.is(operands[kind])).toBe(other === kind)
  })

  it('reaches its own function of a visitor', () => {
    const seen = visitOperand<string>(operands[kind], {
      literal: node => node.kind,
      decimal: node => node.kind,
      value: node => node.kind,
      parameter: node => node.kind,
      argument: node => node.kind,
    })
    expect(seen).toBe(kind)
  })

  it('says whether the call supplies it', () => {
    expect(isPlaceholder(operands[kind])).toBe(kind === 'parameter' || kind === 'argument')
  })
})

describe('a group', () => {
  it.each([
    ['and', AndNode],
    ['or', OrNode],
  ] as const)('of kind %s takes in groups of its own kind, and no others', (kind, companion) => {
    const other = kind === 'and' ? OrNode.create([a, b]) : AndNode.create([a, b])
    const nested = companion.create([companion.create([a, b]), companion.create([c, other])])
    expect(nested.operands).toEqual([a, b, c, other])
  })

  it.each([
    ['and', AndNode, 'A conjunction'],
    ['or', OrNode, 'A disjunction'],
  ] as const)('of kind %s refuses fewer than two, and names the way out', (_kind, companion, subject) => {
    expect(invalid(() => companion.create([]))).toContain(`${subject} needs two predicates.`)
    expect(invalid(() => companion.create([a]))).toMatch(/Use (allOf|anyOf)\(…\), which takes any number\./)
  })

  it('does not share its operands with the list it was made from', () => {
    const list = [a, b]
    const group = AndNode.create(list)
    list.push(a)
    expect(group.operands).toEqual([a, b])
    expect(Object.isFrozen(group.operands)).toBe(true)
  })

  it('keeps a double negation as it is', () => {
    expect(NotNode.create(NotNode.create(a)).operand).toEqual(NotNode.create(a))
  })
})

describe('allOf and anyOf', () => {
  it('restrict nothing without predicates', () => {
    expect([allOf([]), anyOf([])]).toEqual([undefined, undefined])
  })

  it('answer the very predicate where there is one', () => {
    expect(allOf([a])).toBe(a)
    expect(anyOf([a])).toBe(a)
  })

  it('join several', () => {
    expect(allOf([a, b])).toEqual(AndNode.create([a, b]))
    expect(anyOf([a, b])).toEqual(OrNode.create([a, b]))
  })
})

describe('a list of members', () => {
  it('that holds only a parameter is that parameter', () => {
    expect(MembershipNode.create('a', [operands.parameter]).members).toBe(operands.parameter)
    expect(MembershipNode.create('a', [operands.argument]).members).toBe(operands.argument)
  })

  it('that holds only a literal, or two parameters, stays a list', () => {
    expect(MembershipNode.create('a', [one]).members).toEqual([one])
    const two = [operands.parameter, operands.parameter]
    expect(MembershipNode.create('a', two).members).toEqual(two)
  })

  it('may be empty, and is frozen', () => {
    const { members } = MembershipNode.create('a', [])
    expect(members).toEqual([])
    expect(Object.isFrozen(members)).toBe(true)
  })

  it('is told from a parameter', () => {
    expect(isListParameter(operands.parameter)).toBe(true)
    expect(isListParameter([operands.parameter, one])).toBe(false)
  })
})

describe('flags', () => {
  it('are off unless given', () => {
    expect(ComparisonNode.create('eq', 'a', one).ignoreCase).toBe(false)
    expect(MembershipNode.create('a', [])).toMatchObject({ negated: false, ignoreCase: false })
    expect(PatternNode.create('like', 'a', one)).toMatchObject({ negated: false, ignoreCase: false })
    expect(NullTestNode.create('a').negated).toBe(false)
    expect(BooleanTestNode.create('a', false)).toMatchObject({ expected: false, negated: false })
    expect(BetweenNode.create('a', one, one).negated).toBe(false)
  })

  it('are kept where given', () => {
    const both = { negated: true, ignoreCase: true }
    expect(ComparisonNode.create('eq', 'a', one, both).ignoreCase).toBe(true)
    expect(MembershipNode.create('a', [], both)).toMatchObject(both)
    expect(PatternNode.create('like', 'a', one, both)).toMatchObject(both)
    expect(NullTestNode.create('a', both).negated).toBe(true)
    expect(BooleanTestNode.create('a', true, both).negated).toBe(true)
    expect(BetweenNode.create('a', one, one, both).negated).toBe(true)
  })
})

describe('a path', () => {
  const makers: Record<string, (path: string) => unknown> = {
    comparison: path => ComparisonNode.create('eq', path, one),
    membership: path => MembershipNode.create(path, [one]),
    pattern: path => PatternNode.create('like', path, one),
    'null-test': path => NullTestNode.create(path),
    'boolean-test': path => BooleanTestNode.create(path, true),
    between: path => BetweenNode.create(path, one, one),
    order: path => OrderTerm.create(path),
  }

  it.each(Object.keys(makers))('of a %s has no empty part and no back-tick', kind => {
    for (const path of ['', '.', 'a.', '.a', 'a..b', '`', 'a`b', 'a.`b`'])
      expect(invalid(() => makers[kind]?.(path))).toContain(`${JSON.stringify(path)} is no path of properties.`)
  })

  it.each(Object.keys(makers))('of a %s may be any name else', kind => {
    for (const path of ['a', 'a.b.c', 'first name', "o'clock", 'größe', '$ref', '1st', 'and'])
      expect(makers[kind]?.(path)).toMatchObject({ path })
  })
})

describe('a literal', () => {
  it.each([
    ['a string', 'x', 'x'],
    ['an empty string', '', ''],
    ['a number', 1.5, 1.5],
    ['minus zero', -0, 0],
    ['a small bigint', 5n, 5],
    ['the largest safe bigint', 9007199254740991n, 9007199254740991],
    ['a bigint above', 9007199254740992n, 9007199254740992n],
    ['the smallest safe bigint', -9007199254740991n, -9007199254740991],
    ['a bigint below', -9007199254740992n, -9007199254740992n],
    ['a boolean', false, false],
  ])('of %s has one form', (_name, given, kept) => {
    expect(Object.is(LiteralNode.create(given).value, kept)).toBe(true)
  })

  it.each([NaN, Infinity, -Infinity])('refuses %p', value => {
    expect(invalid(() => LiteralNode.create(value))).toContain('is no number that a database can compare with')
  })

  it.each([2 ** 53, -(2 ** 53), 1e21, 1e300])('refuses %p, which has lost digits, and advises a bigint', value => {
    expect(invalid(() => LiteralNode.create(value))).toContain('Pass a bigint.')
  })
})

describe('the text of a number', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['-0.0', 0],
    ['+7', 7],
    ['007', 7],
    ['1.50', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['12.5e-1', 1.25],
    ['0.1', 0.1],
    ['-2.5', -2.5],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-123456789012345678901234567890', -123456789012345678901234567890n],
    ['5e-324', 5e-324],
    ['0e99', 0],
    ['100.000', 100],
  ])('%s is a literal', (text, value) => {
    expect(numberOperand(text)).toEqual({ kind: 'literal', value })
  })

  it.each([
    ['1234567890.12345678901', '1234567890.12345678901'],
    ['+0.1000000000000000055511151231257827', '0.1000000000000000055511151231257827'],
    ['1E400', '1e400'],
    ['-1e-400', '-1e-400'],
    ['1e21', '1e21'],
    ['9007199254740993.0', '9007199254740993.0'],
  ])('%s is a decimal, because a number would lose digits', (text, digits) => {
    expect(numberOperand(text)).toEqual({ kind: 'decimal', digits })
  })

  it.each(['', '.', '-', '1.2.3', 'e5', '1e', '0x10', '1_000', ' 1', 'NaN', 'Infinity', '1;drop'])(
    '%p is none',
    text => {
      expect(invalid(() => numberOperand(text))).toContain('The text of a decimal is no number.')
    },
  )

  it('with a hundred thousand zeros takes no time to speak of', () => {
    const digits = `1${'0'.repeat(100_000)}1.${'0'.repeat(100_000)}1`
    const started = performance.now()
    expect(numberOperand(digits)).toEqual({ kind: 'decimal', digits })
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe('a parameter', () => {
  it.each(['x', '_', 'a1', 'größe', '名前', 'camelCase', 'snake_case'])('may be called %s', name => {
    expect(ParameterNode.create(name)).toEqual({ kind: 'parameter', name })
  })

  it.each(['', '1a', 'a-b', 'a b', 'a.b', '$x', ':x', 'a;', '😀', 'a\u0000'])('may not be called %p', name => {
    expect(invalid(() => ParameterNode.create(name))).toContain('is no parameter name.')
  })
})

describe('an argument', () => {
  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('has no index %p', index => {
    expect(invalid(() => ArgumentNode.create(index))).toContain(`An argument has no index ${String(index)}.`)
  })
})

describe('an order term', () => {
  it('ascends, regards case and leaves missing values to the compiler unless told otherwise', () => {
    expect(OrderTerm.create('a')).toEqual({ path: 'a', direction: 'ASC', ignoreCase: false })
    expect(Object.keys(OrderTerm.create('a', 'ASC', { nulls: undefined }))).not.toContain('nulls')
  })

  it('keeps what it is told, and is frozen', () => {
    const term = OrderTerm.create('a', 'DESC', { nulls: 'LAST', ignoreCase: true })
    expect(term).toEqual({ path: 'a', direction: 'DESC', nulls: 'LAST', ignoreCase: true })
    expect(Object.isFrozen(term)).toBe(true)
  })
})
