import fc from 'fast-check'
import { isBlank, readSqlToken, type SqlToken } from '../../src/core/sql-tokens'

const tokens = (text: string): SqlToken[] => {
  const found: SqlToken[] = []
  for (let at = 0; at < text.length;) {
    const token = readSqlToken(text, at)
    found.push(token)
    at = token.end
  }
  return found
}

/** The tokens as text, without spaces. */
const shown = (text: string): string[] =>
  tokens(text)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, start, end, closed }) => `${kind}${closed ? '' : '!'} ${text.slice(start, end)}`)

describe('a token', () => {
  it.each<[string, string[]]>([
    ['select 1', ['word select', 'number 1']],
    ['a1_$x', ['word a1_$x']],
    ['größe', ['word größe']],
    ['名前', ['word 名前']],
    ['1.5e3', ['number 1.5e3']],
    ['1..2', ['number 1', 'symbol .', 'symbol .', 'number 2']],
    ['0xFF', ['number 0xFF']],
    ['1_000', ['number 1_000']],
    ['a.b', ['word a', 'symbol .', 'word b']],
    ["'x'", ["string 'x'"]],
    ["''", ["string ''"]],
    ["'it''s'", ["string 'it''s'"]],
    ["'a' 'b'", ["string 'a'", "string 'b'"]],
    ["'a\\'", ["string 'a\\'"]],
    ["'a\\' b'", ["string 'a\\'", 'word b', "string! '"]],
    ['"x"', ['quoted-name "x"']],
    ['"a""b"', ['quoted-name "a""b"']],
    ['"a\\"', ['quoted-name "a\\"']],
    ['`a``b`', ['quoted-name `a``b`']],
    ["E'a\\'b'", ["string E'a\\'b'"]],
    ["e'a''b'", ["string e'a''b'"]],
    ["E'a\\\\' b", ["string E'a\\\\'", 'word b']],
    ["E 'a\\'", ['word E', "string 'a\\'"]],
    ["like'a\\'", ['word like', "string 'a\\'"]],
    ["U&'d\\0061t'", ['word U', 'symbol &', "string 'd\\0061t'"]],
    ["E'a'\n'b\\'c'", ["string E'a'\n'b\\'c'"]],
    ["E'a' 'b\\'", ["string E'a'", "string 'b\\'"]],
    ["E'a' -- note\n 'b\\'c'", ["string E'a' -- note\n 'b\\'c'"]],
    ["E'a'\n", ["string E'a'"]],
    ["'a'\n'b\\'", ["string 'a'", "string 'b\\'"]],
    ['$$x$$', ['string $$x$$']],
    ["$$it's :x$$", ["string $$it's :x$$"]],
    ['$a$ $$ $b$ $a$', ['string $a$ $$ $b$ $a$']],
    ['$a$b$a$a$', ['string $a$b$a$', 'word a$']],
    ['$fn_1$x$fn_1$', ['string $fn_1$x$fn_1$']],
    ['$ä$x$ä$', ['string $ä$x$ä$']],
    ['$1', ['position $1']],
    ['$12::int', ['position $12', 'symbol ::', 'word int']],
    ['$1a$', ['position $1', 'word a$']],
    ['$a', ['symbol $', 'word a']],
    ['a$b$c', ['word a$b$c']],
    ['$', ['symbol $']],
    ['-- x\ny', ['line-comment -- x', 'word y']],
    ['-- x\ry', ['line-comment -- x', 'word y']],
    ['-- x', ['line-comment -- x']],
    ['--', ['line-comment --']],
    ['a-b', ['word a', 'symbol -', 'word b']],
    ['a--b', ['word a', 'line-comment --b']],
    ['/* x */y', ['block-comment /* x */', 'word y']],
    ['/**/', ['block-comment /**/']],
    ['/*/ */', ['block-comment /*/ */']],
    ['/* /* */ x */y', ['block-comment /* /* */ x */', 'word y']],
    ['/* /*/ */ */y', ['block-comment /* /*/ */ */', 'word y']],
    ["/* ' */ 'x'", ["block-comment /* ' */", "string 'x'"]],
    ['a / b', ['word a', 'symbol /', 'word b']],
    ['x::text', ['word x', 'symbol ::', 'word text']],
    ['x:=1', ['word x', 'symbol :=', 'number 1']],
    [':a', ['symbol :', 'word a']],
    [':::a', ['symbol ::', 'symbol :', 'word a']],
    ['\\:a', ['symbol \\', 'symbol :', 'word a']],
    ['a@?b', ['word a', 'symbol @', 'symbol ?', 'word b']],
    ['(;)', ['symbol (', 'symbol ;', 'symbol )']],
    ['\u00a0', ['word \u00a0']],
    ['a\u000bb\fc', ['word a', 'word b', 'word c']],
  ])('of %j', (text, expected) => {
    expect(shown(text)).toEqual(expected)
  })

  it.each([
    ["'x", "string! 'x"],
    ["'x''", "string! 'x''"],
    ["E'x\\'", "string! E'x\\'"],
    ["E'x\\", "string! E'x\\"],
    ["E'x'\n'y", "string! E'x'\n'y"],
    ['"x', 'quoted-name! "x'],
    ['`x', 'quoted-name! `x'],
    ['$$x$', 'string! $$x$'],
    ['$a$x$A$', 'string! $a$x$A$'],
    ['/* x', 'block-comment! /* x'],
    ['/* /* */', 'block-comment! /* /* */'],
    ['/*', 'block-comment! /*'],
    ['/*/', 'block-comment! /*/'],
  ])('that never ends reaches to the end: %j', (text, expected) => {
    expect(shown(text)).toEqual([expected])
  })

  it('of space or a comment is blank', () => {
    expect(tokens(' a--b').map(({ kind }) => isBlank(kind))).toEqual([true, false, true])
    expect(tokens('/**/"x"').map(({ kind }) => isBlank(kind))).toEqual([true, false])
  })
})

describe('the tokens of any text', () => {
  const piece = fc.constantFrom(
    "'",
    '"',
    '`',
    '$',
    '$$',
    '$a$',
    '--',
    '/*',
    '*/',
    '\\',
    ':',
    '::',
    'E',
    'a',
    '1',
    '\n',
    ' ',
    ';',
    '?',
    'ä',
  )

  it('cover it without gaps, and each holds something', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(piece, { maxLength: 30 }).map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(anything, text => {
        let at = 0
        for (const { start, end } of tokens(text)) {
          expect(start).toBe(at)
          expect(end).toBeGreaterThan(start)
          at = end
        }
        expect(at).toBe(text.length)
      }),
      { numRuns: 1_000 },
    )
  })

  it('are all closed but the last', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), parts => {
        for (const token of tokens(parts.join('')).slice(0, -1)) expect(token.closed).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it.each(["'", '"', '$', '$a', '$a$', '/*', '*/', '--', "E'", "E'a'\n", '\\', ':', '1.', 'a$', "''", '$$ '])(
    'take linear time: %j, many times',
    unit => {
      const text = unit.repeat(50_000)
      const started = performance.now()
      expect(tokens(text).at(-1)?.end).toBe(text.length)
      // Quadratic time would be minutes.
      expect(performance.now() - started).toBeLessThan(10_000)
    },
  )
})
