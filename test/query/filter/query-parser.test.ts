import { QueryParams, QueryParser, Sort, where } from 'ambit'
import { InvalidPageError, PropertyNotAllowedError, QueryDeclarationError, QuerySyntaxError } from 'ambit/errors'
import { conditionsOf, operandsOf } from '../../../src/query/ast/conditions'
import type { Condition } from '../../../src/query/ast/predicate'
import { printPredicate } from '../../../src/query/ast/print-query'
import type { ParseOptions } from '../../../src/query/filter/query-parser'
import type { Contact } from '../execute/contacts'

const parse = (text: string, options: ParseOptions<unknown> = {}): QueryParams =>
  QueryParser.parse(text, { allow: '*', ...options })
const canonical = (text: string): string => {
  const { predicate } = parse(text)
  return predicate === undefined ? '' : printPredicate(predicate)
}
const conditionsIn = (text: string): readonly Condition[] => {
  const { predicate } = parse(text)
  return predicate === undefined ? [] : conditionsOf(predicate)
}
const valueIn = (text: string): unknown => {
  const [operand] = conditionsIn(text).flatMap(operandsOf)
  return operand?.kind === 'literal' ? operand.value : operand
}
const failure = (read: () => unknown): Error & { readonly code?: string } => {
  try {
    read()
  } catch (error) {
    return error as Error
  }
  throw new Error('was accepted')
}

describe('QueryParser', () => {
  it('Q5, S2: reads a filter with the limit beside it', () => {
    const params = QueryParser.parse('published == true AND pk > 10', { limit: 20, allow: ['published', 'pk'] })
    expect(params).toBeInstanceOf(QueryParams)
    expect([params.limit, params.offset, params.sort]).toEqual([20, 0, undefined])
    expect(params.predicate && printPredicate(params.predicate)).toBe('published = true and pk > 10')
    expect(String(new QueryParser().parse('published == true AND pk > 10', { limit: 20 }))).toBe(String(params))
    expect(Object.isFrozen(params)).toBe(true)
  })

  it.each([
    ['a = "x"', "a = 'x'"],
    ['a == 1', 'a = 1'],
    ['a != 1', 'a <> 1'],
    ['a <> -1.5', 'a <> -1.5'],
    ['a<1 AND a<=2 and a>3 And a>=4', 'a < 1 and a <= 2 and a > 3 and a >= 4'],
    ['a LIKE "x%"', "a like 'x%'"],
    ['a NOT LIKE "x%"', "a not like 'x%'"],
    ['a ILIKE "x%"', "a like 'x%' ignore case"],
    ['a IS NULL', 'a is null'],
    ['a = null OR b != NULL', 'a is null or b is not null'],
    ['a IN ("x", "y")', "a in ('x', 'y')"],
    ['a NOT IN (1, 2)', 'a not in (1, 2)'],
    ['a BETWEEN 1 AND 2 AND b NOT BETWEEN 3 AND 4', 'a between 1 and 2 and b not between 3 and 4'],
    ['team.lead.name = "x"', "team.lead.name = 'x'"],
    ['(a = 1)', 'a = 1'],
    ['NOT a = 1', 'not (a = 1)'],
    ['(a = 1 AND b = 2) OR c = 3', 'a = 1 and b = 2 or c = 3'],
    ['a = 1 AND b = 2 OR c = 3', 'a = 1 and b = 2 or c = 3'],
    ['a = 1 OR b = 2 AND c = 3', 'a = 1 or b = 2 and c = 3'],
    ['(a = 1 OR b = 2) AND c = 3', '(a = 1 or b = 2) and c = 3'],
  ])('Q1, Q2, Q3, Q8: %s is %s', (text, expected) => {
    expect(canonical(text)).toBe(expected)
  })

  it.each([
    ["a = 'it''s'", "it's"],
    ['a = "say ""hi"""', 'say "hi"'],
    ["a = 'l1\\nl2\\t\\\\'", 'l1\nl2\t\\'],
    ["a = '\\u00e4 名前 😀'", 'ä 名前 😀'],
    ['a = 9007199254740993', 9007199254740993n],
    ['a = 12', 12],
    ['a = 0.1', 0.1],
    ['a = 1234567890.123456789', { kind: 'decimal', digits: '1234567890.123456789' }],
    ['a = true', true],
    ['a = FALSE', false],
  ])('Q6, Q7: the value in %s', (text, expected) => {
    expect(valueIn(text)).toEqual(expected)
  })

  it('Q4: gives independent parameters of one text, and one tree, for it is immutable', () => {
    const parser = new QueryParser()
    const [first, second] = [parser.parse('a = 1', { allow: ['a'] }), parser.parse('a = 1', { allow: ['a'], limit: 5 })]
    expect(first).not.toBe(second)
    expect(first.limit).toBeUndefined()
    expect(first.predicate).toBe(second.predicate)
  })

  it.each([
    ['', 0],
    ['   ', 3],
    ['name ==== "x"', 7],
    ["a = 'x", 4],
    ['a IN ()', 6],
    ['a = :name', 4],
    ['a = ?1', 4],
    ['a = 1 order by a', 6],
    ['a = 1; drop table x', 5],
    ['a = 1 and', 9],
  ])('Q4, Q6, Q8: %j is refused, with the position', (text, index) => {
    const error = failure(() => parse(text))
    expect(error).toBeInstanceOf(QuerySyntaxError)
    expect(error).toMatchObject({ code: 'AMBIT_QUERY_SYNTAX', position: { index } })
  })

  it.each([
    ['10,000 terms', Array.from({ length: 10_000 }, (_, at) => `a = ${at}`).join(' and ')],
    ['5,000 parentheses', `${'('.repeat(5_000)}a = 1${')'.repeat(5_000)}`],
    ['5,000 nots', `${'not '.repeat(4_000)}a = 1`],
    ['1 MB', `a = '${'x'.repeat(1_000_000)}'`],
    ['1 MB of quotes', "'".repeat(1_000_000)],
    ['a list of 2,000', `a in (${Array.from({ length: 2_000 }, (_, at) => at).join(',')})`],
  ])('Q9: %s is beyond a limit, and not beyond the stack', (_, text) => {
    expect(failure(() => parse(text)).code).toBe('AMBIT_QUERY_LIMIT')
  })

  it('takes limits of its own', () => {
    const strict = new QueryParser({ maxLength: 30, maxDepth: 1, maxTerms: 3, maxListLength: 2 })
    expect(String(strict.parse('(a = 1)'))).toBe('a = 1')
    for (const text of ['((a = 1))', 'a in (1,2,3)', 'a=1 or a=2 or a=3 or a=4', `a = '${'x'.repeat(30)}'`])
      expect(failure(() => strict.parse(text)).code).toBe('AMBIT_QUERY_LIMIT')
  })

  describe('is closed by default', () => {
    const closed = QueryParser.parse<Contact>('age > 1 and team.name = "x"', { sort: '-email' })

    it('Q21: reads a text, and gives out nothing of it before somebody has allowed it', () => {
      for (const read of [
        () => closed.predicate,
        () => closed.sort,
        () => where<Contact>().and(closed),
        () => where<Contact>().where(closed),
        () => QueryParams.of({ where: closed }),
      ]) {
        const error = failure(read)
        expect(error).toBeInstanceOf(PropertyNotAllowedError)
        expect(error).toMatchObject({ code: 'AMBIT_QUERY_NOT_ALLOWED', property: 'age', use: 'filter' })
        expect(error.message).toContain("allow: ['age']")
        expect(error.message).toContain('defineQueryable')
      }
      expect(closed.properties).toEqual({ filter: ['age', 'team.name'], sort: ['email'] })
      expect(String(closed)).toBe("age > 1 and team.name = 'x' order by email desc")
    })

    it('Q21: opens what is allowed, flat and dotted, and nothing else', () => {
      expect(closed.allow(['age', 'team.name', 'email']).predicate).toBeDefined()
      expect(closed.allow({ filter: ['age', 'team.name'], sort: ['email'] }).sort?.terms).toMatchObject([
        { path: 'email' },
      ])
      expect(closed.allow('*').predicate).toBeDefined()
      const refused = (allowed: Parameters<typeof closed.allow>[0]): object => failure(() => closed.allow(allowed))
      expect(refused(['age'])).toMatchObject({ property: 'team.name', use: 'filter' })
      expect(refused(['age', 'team'])).toMatchObject({ property: 'team.name' })
      expect(refused(['age', 'team.name'])).toMatchObject({ property: 'email', use: 'sort' })
      expect(refused({ filter: ['age', 'team.name', 'email'] })).toMatchObject({ property: 'email', use: 'sort' })
      expect(refused({ sort: ['age', 'team.name', 'email'] })).toMatchObject({ property: 'age', use: 'filter' })
      expect(refused([])).toMatchObject({ property: 'age' })
      expect(() => closed.predicate).toThrow(PropertyNotAllowedError)
    })

    it('refuses at once what parse itself does not allow, and says what is near', () => {
      const error = failure(() => QueryParser.parse<Contact>('agee > 1', { allow: ['age', 'email'] }))
      expect(error.message).toContain("Did you mean 'age'? Use one of age, email.")
      expect(failure(() => QueryParser.parse('a = 1', { allow: ['a'], sort: 'b' })).message).toContain("names 'b'")
    })
  })

  it('refuses options that it does not have: a misspelt limit would not limit', () => {
    const misspelt = () => new QueryParser({ maxTerm: 3 } as object)
    expect(misspelt).toThrow(QueryDeclarationError)
    expect(misspelt).toThrow("Did you mean 'maxTerms'?")
    expect(() => parse('a = 1', { alow: ['a'] } as object)).toThrow("QueryParser.parse() has no option 'alow'.")
  })

  it('Q25: refuses a limit or an offset that is no whole number, and takes 0', () => {
    expect([parse('a = 1', { limit: 0, offset: 3 }).limit, parse('a = 1', { offset: 3 }).offset]).toEqual([0, 3])
    for (const wrong of [-1, 1.5, NaN, Infinity, '5' as unknown as number]) {
      expect(() => parse('a = 1', { limit: wrong })).toThrow(InvalidPageError)
      expect(() => parse('a = 1', { offset: wrong })).toThrow(InvalidPageError)
    }
  })
})

describe('QueryParams of the program', () => {
  it('need nobody to allow them', () => {
    const params = QueryParams.of<Contact>({ where: where<Contact>().gt('age', 1), sort: Sort.by('email'), limit: 5 })
    expect(String(params)).toBe('age > 1 order by email asc')
    expect([params.limit, params.offset, QueryParams.of().predicate]).toEqual([5, 0, undefined])
    expect(params.sort?.toString()).toBe('email ASC')
  })
})
