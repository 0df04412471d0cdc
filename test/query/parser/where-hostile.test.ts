import fc from 'fast-check'
import { conditionsOf } from '../../../src/query/ast/conditions'
import { printPredicate } from '../../../src/query/ast/print-query'
import { QuerySyntaxError } from '../../../src/query/errors'
import { parseSort, parseWhere, type ParsedWhere } from '../../../src/query/parser/parse-where'
import type { ParserOptions } from '../../../src/query/parser/parser-options'
import { predicate } from '../support/arbitrary-query'

/** Reads a text that may be anything; only the parser's own error is an answer. */
const attempt = (text: string, options?: ParserOptions): ParsedWhere | QuerySyntaxError => {
  try {
    return parseWhere(text, options)
  } catch (error) {
    if (error instanceof QuerySyntaxError) return error
    throw error
  }
}

const checkPosition = (text: string, result: ParsedWhere | QuerySyntaxError): void => {
  if (!(result instanceof QuerySyntaxError)) return
  const { index, line, column } = result.position
  expect(index).toBeGreaterThanOrEqual(0)
  expect(index).toBeLessThanOrEqual(text.length)
  const before = text.slice(0, index).split(/\r\n|\n|\r(?!\n)/)
  expect({ line, column: column - 1 }).toEqual({ line: before.length, column: before.at(-1)?.length })
}

const fragment = fc.constantFrom(
  'a',
  'b.c',
  '`x`',
  '=',
  '!=',
  '<>',
  '<',
  '>=',
  '(',
  ')',
  ',',
  'and',
  'or',
  'not',
  'in',
  'is',
  'null',
  'like',
  'between',
  'contains',
  'starts',
  'with',
  'ignore',
  'case',
  'order',
  'by',
  'asc',
  'desc',
  'nulls',
  'first',
  ':p',
  '?1',
  "'s'",
  '"t"',
  '1',
  '-2.5',
  '1e9',
  'true',
  "'",
  '"',
  '`',
  '.',
  ':',
  '?',
  '\\',
  '--',
  '/*',
  ';',
  '\n',
  '\u0000',
  '😀',
  '\ud800',
)

describe('any text', () => {
  it('is read, or refused with a position inside it', () => {
    const anything = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(fragment, { maxLength: 25 }).map(parts => parts.join(' ')),
      fc.array(fragment, { maxLength: 25 }).map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(anything, fc.constantFrom('named', 'none'), (text, placeholders) => {
        checkPosition(text, attempt(text, { placeholders }))
      }),
      { numRuns: 1_200 },
    )
  })

  it('as a sort is read or refused in the same way', () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), parts => {
        const text = parts.join(' ')
        try {
          parseSort(text)
        } catch (error) {
          expect(error).toBeInstanceOf(QuerySyntaxError)
          checkPosition(text, error as QuerySyntaxError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('that was valid before one change is read or refused, and what is read prints and reads back', () => {
    const mutated = fc.tuple(predicate, fc.nat(), fc.nat(3), fragment).map(([tree, where, removed, added]) => {
      const text = printPredicate(tree)
      const at = where % (text.length + 1)
      return text.slice(0, at) + added + text.slice(at + removed)
    })
    fc.assert(
      fc.property(mutated, text => {
        const result = attempt(text)
        checkPosition(text, result)
        if (result instanceof QuerySyntaxError || result.predicate === undefined) return
        expect(attempt(printPredicate(result.predicate))).toMatchObject({ predicate: result.predicate })
      }),
      { numRuns: 500 },
    )
  })

  it('can be held as a string between quotes, and stays one value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), value => {
        const text = `a = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}' and b = 1`
        expect(parseWhere(text).predicate).toMatchObject({ operands: [{ value: { value } }, { path: 'b' }] })
      }),
    )
  })
})

describe('an attempt at injection', () => {
  it.each([
    "x'; drop table users; --",
    "' or '1'='1",
    "'' or 1=1 --",
    "\\'; delete from users; --",
    "\\' or 1=1 --",
    '" or ""="',
    'a /* comment */ or 1 = 1',
    '\u02bc or 1=1',
    '\uff07 or 1=1',
    "x' union select password from users --",
    '$$; drop table users; $$',
    "E'\\' or true --",
    '\u0000\u0008\u001a',
    '%_\\%',
  ])('in a quoted value stays that value: %j', attack => {
    const quoted = `'${attack.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    const { predicate: tree } = parseWhere(`username = ${quoted}`, { placeholders: 'none' })
    expect(tree).toEqual({
      kind: 'comparison',
      operator: 'eq',
      path: 'username',
      value: { kind: 'literal', value: attack },
      ignoreCase: false,
    })
  })

  it.each([
    'username = 1; drop table users',
    'username = 1 -- ',
    'username = 1 /* x */',
    "username = 'x' || (select password from users)",
    "username = lower('X')",
    'username = (select 1)',
    'exists (select 1)',
    '1 = 1',
    "'a' = 'a'",
    'username = $1',
    'username = @@version',
    'username = users.password',
    'username in (select 1)',
    'username = 1 union select 1',
    'username = 1 limit 1',
    'username = 1 group by x',
    'pg_sleep(10)',
    'username::text = 1',
    'username = 1::text',
    '"username" = 1',
    '[username] = 1',
    'username collate x = 1',
    "username = E'\\''",
    'username = x\u0027y',
  ])('outside quotes is no expression: %j', attack => {
    expect(attempt(attack, { placeholders: 'none' })).toBeInstanceOf(QuerySyntaxError)
  })

  it.each(['`a"; drop table x; --` = 1', '`__proto__` = 1', "`a' or 1=1` = 1"])(
    'in a property is only a name that no entity has: %j',
    attack => {
      const { predicate: tree } = parseWhere(attack)
      expect(tree && conditionsOf(tree)).toHaveLength(1)
    },
  )
})

describe('a huge text', () => {
  const wide = { maxLength: 5_000_000, maxTerms: 1_000_000, maxDepth: 500 }

  it.each([
    ['10,000 terms', 'a = 1 and '.repeat(10_000) + 'a = 1'],
    ['5,000 parentheses', '('.repeat(5_000) + 'a = 1' + ')'.repeat(5_000)],
    ['5,000 open parentheses', '('.repeat(5_000)],
    ['5,000 nots', 'not '.repeat(5_000) + 'a = 1'],
    ['a list of 100,000', `a in (${'1,'.repeat(100_000)}1)`],
    ['a megabyte of spaces', ' '.repeat(1_000_000)],
    ['a megabyte of letters', 'a'.repeat(1_000_000)],
    ['a megabyte of quotes', "'".repeat(1_000_001)],
    ['a megabyte of back-ticks', '`'.repeat(1_000_000)],
    ['a megabyte of digits', `a = ${'1'.repeat(1_000_000)}`],
    ['a megabyte of dots', 'a.'.repeat(500_000)],
    ['a megabyte of lines', '\n'.repeat(1_000_000)],
  ])('of %s is refused within the limits, and quickly', (_name, text) => {
    const started = performance.now()
    expect(attempt(text)).toMatchObject({ code: 'AMBIT_QUERY_LIMIT' })
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it.each([
    ['terms', (n: number) => 'a = 1 and '.repeat(n) + 'a = 1'],
    ['alternatives', (n: number) => 'a = 1 or '.repeat(n) + 'a = 1'],
    ['members', (n: number) => `a in (${'1, '.repeat(n)}1)`],
    ['letters in a string', (n: number) => `a = '${'x'.repeat(n)}'`],
    ['escapes in a string', (n: number) => `a = '${"''\\n".repeat(n)}'`],
    ['parts of a path', (n: number) => `${'a.'.repeat(n)}a = 1`],
    ['spaces before a mistake', (n: number) => `${'\n '.repeat(n)}~`],
    ['open back-ticks', (n: number) => 'a = 1 and `'.repeat(n)],
    ['order keys', (n: number) => `order by ${'a, '.repeat(n)}a`],
  ])('with many %s takes linear time where the limits allow it', (_name, make) => {
    const started = performance.now()
    attempt(make(30_000), wide)
    // Quadratic time would be minutes.
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('at the deepest level that can be allowed still fits on a stack that is half used', () => {
    const deep = `${'(not '.repeat(250)}a = 1${')'.repeat(250)}`
    const below = (frames: number): unknown => (frames === 0 ? attempt(deep, wide) : below(frames - 1))
    expect(below(4_000)).toHaveProperty('predicate')
  })

  it('that goes one level too deep is refused, not followed', () => {
    expect(attempt('('.repeat(501), wide)).toMatchObject({ code: 'AMBIT_QUERY_LIMIT', position: { index: 501 } })
  })
})
