import { QueryDeclarationError, QuerySyntaxError } from '../../../src/query/errors'
import { parseSort, parseWhere } from '../../../src/query/parser/parse-where'
import type { ParserOptions } from '../../../src/query/parser/parser-options'

const failure = (text: string, options?: ParserOptions): QuerySyntaxError => {
  try {
    parseWhere(text, options)
  } catch (error) {
    expect(error).toBeInstanceOf(QuerySyntaxError)
    return error as QuerySyntaxError
  }
  throw new Error(`was accepted: ${text}`)
}

describe('a message', () => {
  it('shows what was expected, the place in the text, whose text it is, and the next step', () => {
    expect(failure('active = true and username ~ :name', { label: 'UserRepository.findByUsername' }).message).toBe(
      [
        'The where expression cannot be read at line 1, column 28: unexpected "~". [AMBIT_QUERY_SYNTAX]',
        '  where: UserRepository.findByUsername',
        '         active = true and username ~ :name',
        '                                    ^',
        '  next:  Write a condition such as "username = :username".',
      ].join('\n'),
    )
  })

  it('needs no label', () => {
    expect(failure('active').message).toBe(
      [
        "The where expression cannot be read at line 1, column 7: expected an operator (=, <>, <, <=, >, >=, 'in', 'like', 'between', 'contains', 'is', 'any'), found the end. [AMBIT_QUERY_SYNTAX]",
        '  where: active',
        '               ^',
        "  next:  A property alone is no condition: write 'active = …', or 'active = true' for a boolean.",
      ].join('\n'),
    )
  })

  it('shows only the line concerned', () => {
    expect(failure('a = 1\nand b like 5\nand c = 2').message).toContain(
      ['  where: and b like 5', '                    ^', '  next:'].join('\n'),
    )
  })

  it('cuts long lines around the mark', () => {
    const text = `${'a = 1 and '.repeat(100)}b ~ 1${' and c = 1'.repeat(100)}`
    const [, where = '', mark = ''] = failure(text).message.split('\n')
    expect(where.length).toBeLessThan(125)
    expect(where).toContain('…')
    expect(where[mark.indexOf('^')]).toBe('~')
  })

  it('shows no control characters, so that a log keeps its lines', () => {
    const { message } = failure('a = 1 and\u0000\u001b[31m\u2028\u202e\tb ~ 1')
    for (const hidden of ['\u0000', '\u001b', '\u2028', '\u202e', '\t']) expect(message).not.toContain(hidden)
  })

  it('shortens what was found', () => {
    expect(failure(`a ${'x'.repeat(500)} 1`).message.split('\n')[0]).toContain(`found '${'x'.repeat(40)}…'`)
  })

  it('does not repeat the value of a string or number in its sentence', () => {
    expect(failure("a is 'secret'").message.split('\n')[0]).toContain(
      "expected 'not', 'null', 'true', 'false' or 'empty', found a string.",
    )
    expect(failure('a is 4711').message.split('\n')[0]).toContain('found a number.')
  })
})

describe('a position', () => {
  it.each([
    ['a ~ 1', 2, 1, 3],
    ['a = 1\nand b ~ 3', 12, 2, 7],
    ['a = 1\r\nand b ~ 3', 13, 2, 7],
    ['a = 1\rand b ~ 3', 12, 2, 7],
    ['\n\n\n~', 3, 4, 1],
    ['', 0, 1, 1],
    ['a =', 3, 1, 4],
    ['a =\n', 4, 2, 1],
    ["'😀' = 1", 0, 1, 1],
    ["a = '😀' ~", 9, 1, 10],
  ])('of the mistake in %j is index %i, line %i, column %i', (text, index, line, column) => {
    expect(failure(text).position).toEqual({ index, line, column })
  })
})

describe('a mistake', () => {
  it.each([
    ['', 0, 'expected a property, found the end'],
    ['   \n', 4, 'expected a property, found the end'],
    ['= 1', 0, "expected a property, found '='"],
    ['5 = a', 0, 'expected a property, found a number'],
    ["'a' = 1", 0, 'expected a property, found a string'],
    [':a = 1', 0, "expected a property, found the parameter ':a'"],
    ['and', 0, "expected a property, found 'and'"],
    ['a = 1 and', 9, 'expected a property, found the end'],
    ['a = 1 and and b = 2', 10, "expected a property, found 'and'"],
    ['a = 1 or or b = 2', 9, "expected a property, found 'or'"],
    ['not', 3, 'expected a property, found the end'],
    ['()', 1, "expected a property, found ')'"],
    ['a = 1 b = 2', 6, "expected 'and', 'or', 'order by' or the end, found 'b'"],
    ['a = 1)', 5, "expected 'and', 'or', 'order by' or the end, found ')'"],
    ['(a = 1', 6, "expected 'and', 'or' or ')', found the end"],
    ['(a = 1 order by b)', 7, "expected 'and', 'or' or ')', found 'order'"],
    ['a', 1, 'found the end'],
    ['a and b = 1', 2, "found 'and'"],
    ['a not = 1', 6, "expected 'in', 'like', 'between', 'contains', 'starts with' or 'ends with', found '='"],
    ['a not', 5, 'found the end'],
    ['a is', 4, "expected 'not', 'null', 'true', 'false' or 'empty', found the end"],
    ['a any', 5, "expected '(', found the end"],
    ['a any b = 1', 6, "expected '(', found 'b'"],
    ['a none (b = 1', 13, "expected 'and', 'or' or ')', found the end"],
    ['a any ()', 7, "expected a property, found ')'"],
    ['a not any (b = 1)', 6, "expected 'in', 'like'"],
    ['a is not', 8, "expected 'null', 'true', 'false' or 'empty', found the end"],
    ['a is 1', 5, 'found a number'],
    ['a =', 3, 'expected a value or a :parameter, found the end'],
    ['a = b', 4, "expected a value or a :parameter, found 'b'"],
    ['a = = 1', 4, "expected a value or a :parameter, found '='"],
    ['name ==== "x"', 7, "found '=='"],
    ['a < null', 4, 'nothing compares with null here'],
    ['a between null and 1', 10, 'nothing compares with null here'],
    ['a in (1, null)', 9, 'nothing compares with null here'],
    ['a like null', 7, "expected a string or a :parameter, found 'null'"],
    ['a like 5', 7, 'expected a string or a :parameter, found a number'],
    ['a contains true', 11, "expected a string or a :parameter, found 'true'"],
    ['a in', 4, "expected '(' or a :parameter, found the end"],
    ['a in ()', 6, 'this list is empty'],
    ['a in (1', 7, "expected ',' or ')', found the end"],
    ['a in (1,)', 8, "expected a value or a :parameter, found ')'"],
    ['a in 1', 5, "expected '(' or a :parameter, found a number"],
    ['a between 1', 11, "expected 'and', found the end"],
    ['a between 1 or 2', 12, "expected 'and', found 'or'"],
    ["a starts 'x'", 9, "expected 'with', found a string"],
    ['a = 1 ignore', 12, "expected 'case', found the end"],
    ['a is null ignore case', 10, "expected 'and', 'or', 'order by' or the end, found 'ignore'"],
    ['a = 1 order', 6, "found 'order'"],
    ['a = 1 order by', 14, 'expected a property, found the end'],
    ['a = 1 order by b,', 17, 'expected a property, found the end'],
    ['a = 1 order by b up', 17, "expected ',' or the end, found 'up'"],
    ['order by b nulls', 16, "expected 'first' or 'last', found the end"],
    ['order by b desc ignore case', 16, "found 'ignore'"],
    ['order by 1', 9, 'expected a property, found a number'],
    ['order by b order by c', 11, "expected ',' or the end, found 'order'"],
    ["a = 'x", 4, 'the string that begins here never ends'],
    ['a = "x\'', 4, 'the string that begins here never ends'],
    ["a = 'x\\", 4, 'the string that begins here never ends'],
    ["a = 'x''", 4, 'the string that begins here never ends'],
    [String.raw`a = 'x\q'`, 6, 'this escape is unknown'],
    [String.raw`a = '\u12'`, 5, 'this escape is unknown'],
    [String.raw`a = '\x41'`, 5, 'this escape is unknown'],
    ['a = :', 4, 'unexpected ":"'],
    ['a = : x', 4, 'unexpected ":"'],
    ['a = ::x', 4, 'unexpected ":"'],
    ['a = :1', 4, 'unexpected ":"'],
    ['a = ?', 4, 'unexpected "?"'],
    ['a = ?x', 4, 'unexpected "?"'],
    ['a = 18abc', 6, 'unexpected "a"'],
    ['a = 1.2.3', 7, 'unexpected "."'],
    ['a = 0x10', 5, 'unexpected "x"'],
    ['a = 1e', 5, 'unexpected "e"'],
    ['a = -', 4, "expected a value or a :parameter, found '-'"],
    ['a. = 1', 2, 'unexpected " "'],
    ['a..b = 1', 2, 'unexpected "."'],
    ['.a = 1', 0, 'unexpected "."'],
    ['a.1 = 1', 2, 'unexpected "1"'],
    ['`a = 1', 0, 'unexpected "`"'],
    ['`` = 1', 0, 'unexpected "`"'],
    ['`a.b` = 1', 0, 'unexpected "`"'],
    ['a = 1; drop table x', 5, 'unexpected ";"'],
    ['a = 1 -- comment', 6, "found '-'"],
    ['a = 1 /* c */', 6, 'unexpected "/"'],
    ['a = $1', 4, 'unexpected "$"'],
    ['a % 2 = 1', 2, 'unexpected "%"'],
    ['a = ‘x’', 4, 'unexpected "‘"'],
    ['a = 😀', 4, 'unexpected "😀"'],
    ['\u0000', 0, 'unexpected "\\u0000"'],
    ['lower(a) = 1', 5, "found '('"],
    ['exists (select 1)', 7, "found '('"],
    ['a = (select 1)', 4, "found '('"],
    ["a = 'x' || 'y'", 8, 'unexpected "|"'],
    ['1 = 1', 0, 'expected a property, found a number'],
    ['true', 0, "expected a property, found 'true'"],
  ])('in %j is found at %i: %s', (text, index, problem) => {
    const error = failure(text)
    expect([error.code, error.position.index]).toEqual(['AMBIT_QUERY_SYNTAX', index])
    expect(error.message).toContain(problem)
  })

  it('lists what was expected as data', () => {
    expect(failure('order by b nulls x').expected).toEqual(["'first'", "'last'"])
    expect(failure('a ~ 1').expected).toEqual([])
  })

  it('in a sort alone is called one', () => {
    expect(() => parseSort('a sideways', { label: 'Repo.list' })).toThrow(
      "The sort cannot be read at line 1, column 3: expected ',' or the end, found 'sideways'.",
    )
    expect(() => parseSort('')).toThrow('expected a property, found the end')
    expect(() => parseSort('a, a = 1')).toThrow("found '='")
  })
})

describe('a number out of range', () => {
  it.each([`a = ${'1'.repeat(1_001)}`, 'a = 1e1001', 'a = 1e-99999999999999', `a = 0.${'0'.repeat(1_000)}`])(
    'is refused before it costs anything (%#)',
    text => {
      expect(failure(text).message).toContain('this number is out of range')
    },
  )
})

describe('a limit', () => {
  it('of length is checked before the text is read', () => {
    const error = failure(`${' '.repeat(20_000)}a = 1`)
    expect(error.code).toBe('AMBIT_QUERY_LIMIT')
    expect(error.message).toContain('it is longer than the 20000 characters allowed')
  })

  it.each([
    ['maxLength', 5, 'a = 1', 'a = 12', 'it is longer than the 5 characters allowed'],
    ['maxDepth', 2, '((a = 1))', '(((a = 1)))', 'it nests deeper than the 2 levels allowed'],
    ['maxDepth', 2, 'not not a = 1', 'not not not a = 1', 'it nests deeper than the 2 levels allowed'],
    ['maxDepth', 2, 'a any (b = 1)', 'a any ((b = 1))', 'it nests deeper than the 2 levels allowed'],
    ['maxDepth', 4, 'a none (b any (c = 1)) or d = 1', '(a none (b any (c = 1)))', 'it nests deeper than'],
    ['maxDepth', 1, '(a = 1) or (b = 1) or (c = 1)', '((a = 1) or b = 1)', 'it nests deeper than the 1 levels allowed'],
    ['maxTerms', 2, 'a = 1 and b = 1', 'a = 1 and b = 1 and c = 1', 'it has more than the 2 terms allowed'],
    ['maxTerms', 3, 'a in (1, 2)', 'a in (1, 2, 3)', 'it has more than the 3 terms allowed'],
    ['maxTerms', 2, 'a = 1 order by b', 'a = 1 order by b, c', 'it has more than the 2 terms allowed'],
  ])('%s of %i accepts "%s" and refuses "%s"', (option, limit, good, bad, problem) => {
    expect(() => parseWhere(good, { [option]: limit })).not.toThrow()
    const error = failure(bad, { [option]: limit })
    expect(error.code).toBe('AMBIT_QUERY_LIMIT')
    expect(error.message).toContain(problem)
  })

  it.each([
    ['maxLength', 0],
    ['maxDepth', 501],
    ['maxDepth', -1],
    ['maxTerms', 1.5],
    ['maxTerms', NaN],
  ])('%s cannot be %p', (option, value) => {
    expect(() => parseWhere('a = 1', { [option]: value })).toThrow(QueryDeclarationError)
    expect(() => parseWhere('a = 1', { [option]: value })).toThrow(
      `The parser option ${option} cannot be ${String(value)}.`,
    )
  })
})
