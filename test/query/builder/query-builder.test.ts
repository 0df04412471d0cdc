import { QueryBuilder, QueryParams, type Specification, where } from 'ambit'
import { InvalidQueryNodeError } from 'ambit/errors'
import * as query from 'ambit/query'
import { allOf, anyOf, eq, gt, isNull, lt, not, oneOf } from 'ambit/query'
import type { Predicate } from '../../../src/query/ast/predicate'
import { printPredicate } from '../../../src/query/ast/print-query'
import type { Contact } from '../execute/contacts'

const text = ({ predicate }: { readonly predicate: Predicate | undefined }): string => {
  return predicate === undefined ? '' : printPredicate(predicate)
}
const start = (): QueryBuilder<Contact> => where<Contact>()

describe('a query builder', () => {
  it("Q5, S1: reads as one would say it: eq('published', true).and().gt('pk', 10).build()", () => {
    const built = eq('published', true).and().gt('pk', 10).build()
    expect(built && printPredicate(built)).toBe('published = true and pk > 10')
    expect(text(new QueryBuilder().eq('published', true).and().gt('pk', 10))).toBe('published = true and pk > 10')
  })

  it('Q10: has no conditions when it is empty, and not, and, or with nothing are the same object', () => {
    const empty = start()
    expect(empty.build()).toBeUndefined()
    expect([empty.not(), empty.and(), empty.or(), empty.and(start()), empty.or(start())]).toEqual(Array(5).fill(empty))
    expect(empty.not()).toBe(empty)
    const some = start().eq('age', 1)
    expect(some.and(empty)).toBe(some)
    expect(some.or(empty)).toBe(some)
    expect(some.where(empty)).toBe(some)
    expect(text(empty.and(some))).toBe('age = 1')
    expect(text(empty.or(some))).toBe('age = 1')
    expect(text(some.or().where(empty))).toBe('age = 1')
  })

  it('Q11: joins conditions in a row by and, in one group', () => {
    expect(text(start().eq('age', 1).isNull('team'))).toBe('age = 1 and team is null')
    const { predicate } = start().eq('age', 1).eq('age', 2).eq('age', 3)
    expect(predicate).toMatchObject({ kind: 'and', operands: [{}, {}, {}] })
  })

  it('Q11: is immutable, and its branches are independent', () => {
    const base = start().eq('age', 1)
    const left = base.and().isTrue('active')
    const right = base.or().isFalse('active')
    expect([text(base), text(left), text(right)]).toEqual([
      'age = 1',
      'age = 1 and active is true',
      'age = 1 or active is false',
    ])
    expect(Object.isFrozen(base)).toBe(true)
    expect(Object.isFrozen(base.predicate)).toBe(true)
    expect(base.predicate).toBe(base.build())
  })

  it('lets and bind tighter than or, wherever they stand', () => {
    const chain = start().eq('age', 1).or().eq('age', 2).and().isTrue('active').or().isNull('age').isNull('team')
    expect(text(chain)).toBe('age = 1 or age = 2 and active is true or age is null and team is null')
    expect(chain.predicate).toMatchObject({
      kind: 'or',
      operands: [{ kind: 'comparison' }, { kind: 'and' }, { kind: 'and' }],
    })
  })

  it('combines all that stands before with a specification', () => {
    const either = start().eq('age', 1).or().eq('age', 2)
    expect(text(either.and(start().isTrue('active')))).toBe('(age = 1 or age = 2) and active is true')
    expect(text(start().isTrue('active').and(either))).toBe('active is true and (age = 1 or age = 2)')
    expect(text(start().isTrue('active').and().where(either).isNull('team'))).toBe(
      'active is true and (age = 1 or age = 2) and team is null',
    )
    expect(text(start().isTrue('active').isNull('age').or(either))).toBe(
      'active is true and age is null or age = 1 or age = 2',
    )
    expect(text(either.and(QueryParams.of<Contact>({ where: start().gt('age', 3) })))).toBe(
      '(age = 1 or age = 2) and age > 3',
    )
  })

  it('Q12: negates all that stands before; twice is twice', () => {
    const either = start().eq('age', 1).or().eq('age', 2)
    expect(text(either.not())).toBe('not (age = 1 or age = 2)')
    expect(text(either.not().not())).toBe('not (not (age = 1 or age = 2))')
    expect(text(either.not().isNull('team'))).toBe('not (age = 1 or age = 2) and team is null')
  })

  const at = new Date('2026-01-01T00:00:00Z')

  it.each([
    ['eq', ['a', 1], 'a = 1'],
    ['eq', ['a', 'x', { ignoreCase: true }], "a = 'x' ignore case"],
    ['eq', ['a', null], 'a is null'],
    ['ne', ['a', 1], 'a <> 1'],
    ['ne', ['a', null], 'a is not null'],
    ['gt', ['a', 1.5], 'a > 1.5'],
    ['gte', ['a', 2n ** 60n], 'a >= 1152921504606846976'],
    ['lt', ['a.b', true], 'a.b < true'],
    ['lte', ['a', at], "a <= '2026-01-01T00:00:00.000Z'"],
    ['notIn', ['a', [1, 'x']], "a not in (1, 'x')"],
    ['between', ['a', 1, 2], 'a between 1 and 2'],
    ['notBetween', ['a', 1, 2], 'a not between 1 and 2'],
    ['like', ['a', 'x%'], "a like 'x%'"],
    ['notLike', ['a', 'x%'], "a not like 'x%'"],
    ['ilike', ['a', 'x%'], "a like 'x%' ignore case"],
    ['notIlike', ['a', 'x%'], "a not like 'x%' ignore case"],
    ['contains', ['a', 'x'], "a contains 'x'"],
    ['contains', ['a', 'x', { ignoreCase: true }], "a contains 'x' ignore case"],
    ['notContains', ['a', 'x'], "a not contains 'x'"],
    ['startsWith', ['a', 'x'], "a starts with 'x'"],
    ['notStartsWith', ['a', 'x'], "a not starts with 'x'"],
    ['endsWith', ['a', 'x'], "a ends with 'x'"],
    ['notEndsWith', ['a', 'x'], "a not ends with 'x'"],
    ['isNull', ['a'], 'a is null'],
    ['isNotNull', ['a'], 'a is not null'],
    ['isTrue', ['a'], 'a is true'],
    ['isFalse', ['a'], 'a is false'],
  ] as const)('Q12: %s%j is %s, as a method and as a function', (name, args, expected) => {
    type Make = (...given: readonly unknown[]) => Specification<never>
    const builder = where()
    const method = builder[name] as Make
    expect(text(method.apply(builder, [...args]))).toBe(expected)
    expect(text((query[name] as Make)(...args))).toBe(expected)
  })

  it('Q12: in is oneOf as a function, for in is a word of JavaScript', () => {
    expect(text(where().in('a', [1, 2]))).toBe('a in (1, 2)')
    expect(text(oneOf('a', ['x'], { ignoreCase: true }))).toBe("a in ('x') ignore case")
    expect(text(oneOf('a', []))).toBe('a in ()')
  })

  it('holds a date as it was when the condition was made', () => {
    const date = new Date(at)
    const built = start().gt('createdAt', date)
    date.setFullYear(1970)
    expect(text(built)).toBe("createdAt > '2026-01-01T00:00:00.000Z'")
  })

  const untyped = where() as unknown as Record<string, (...args: readonly unknown[]) => unknown>

  it.each([
    ['undefined', () => untyped['eq']?.('a', undefined)],
    ['undefined in a list', () => untyped['in']?.('a', [1, undefined])],
    ['null in a list', () => untyped['in']?.('a', [null])],
    ['null as a bound', () => untyped['between']?.('a', 1, null)],
    ['null to be greater than', () => untyped['gt']?.('a', null)],
    ['NaN', () => where().eq('a', NaN)],
    ['an infinity', () => where().lt('a', Infinity)],
    ['an invalid date', () => where().eq('a', new Date('x'))],
    ['a function, which TypeORM would run for SQL', () => untyped['eq']?.('a', () => '1 = 1')],
    ['a symbol', () => untyped['eq']?.('a', Symbol('x'))],
    ['Q13: no list for in', () => untyped['in']?.('a', 1)],
    ['Q13: a text for in', () => untyped['notIn']?.('a', 'abc')],
    ['a pattern that is no text', () => untyped['like']?.('a', 5)],
    ['an empty path', () => where().eq('', 1)],
    ['a path with an empty part', () => where().isNull('a..b')],
    ['a path with a back-tick', () => where().isNull('a`b')],
    ['no path', () => untyped['isNull']?.()],
    ['a joiner at the end', () => where().eq('a', 1).or().build()],
    ['two joiners', () => where().eq('a', 1).or().and()],
    ['a joiner before a combination', () => where().eq('a', 1).or().and(eq('b', 1))],
    ['a joiner before not', () => where().eq('a', 1).or().not()],
  ])('refuses %s', (_, build) => {
    expect(build).toThrow(InvalidQueryNodeError)
  })
})

describe('combining specifications', () => {
  const young = lt<Contact>('age', 30)
  const old = gt<Contact>('age', 70)
  const anybody = where<Contact>()

  it('takes all of them, or any', () => {
    expect(text(allOf(young, anyOf(old, isNull<Contact>('team'))))).toBe('age < 30 and (age > 70 or team is null)')
    expect(text(anyOf(allOf(young, old), isNull<Contact>('team')))).toBe('age < 30 and age > 70 or team is null')
  })

  it('SP-56: is not restricted by what is unrestricted, nor by nothing', () => {
    expect([allOf().predicate, anyOf().predicate, not(anybody).predicate]).toEqual([undefined, undefined, undefined])
    expect(text(allOf(anybody, young, anybody))).toBe('age < 30')
    expect(text(anyOf(anybody, young))).toBe('age < 30')
    expect(text(not(not(young)))).toBe('not (not (age < 30))')
  })
})

describe('the compiler', () => {
  it('knows the properties and their types', () => {
    const built = start()
      .eq('address.city', 'Graz')
      .and()
      .gt('age', 1n)
      .eq('team.name', 'x')
      .in('team', [1, { id: 1 }])
      .between('createdAt', new Date(0), new Date(1))
    expect(built.predicate).toBeDefined()
    // @ts-expect-error there is no such property
    start().eq('nmae', 1)
    // @ts-expect-error age is a number
    start().eq('age', 'old')
    // @ts-expect-error active is a boolean
    start().in('active', ['yes'])
    // @ts-expect-error nothing is greater than null
    expect(() => start().gt('age', null)).toThrow(InvalidQueryNodeError)
    // @ts-expect-error there is no such property
    eq<Contact>('nmae', 1)
    // @ts-expect-error what restricts contacts does not restrict dates
    const wrong: Specification<Date> = start()
    expect(wrong.predicate).toBeUndefined()
    const fitting: Specification<Contact> = eq('age', 1)
    expect(text(fitting)).toBe('age = 1')
  })
})
