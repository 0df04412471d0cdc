import fc from 'fast-check'
import { printPredicate } from '../../../src/query/ast/print-query'
import type { Predicate } from '../../../src/query/ast/predicate'
import { QuerySyntaxError } from '../../../src/query/errors'
import { parseWhere } from '../../../src/query/parser/parse-where'
import { TokenCursor } from '../../../src/query/parser/token-cursor'
import { predicate } from '../support/arbitrary-query'
import { referenceTokens, type Token, type Unreadable, WORDS } from './reference-tokens'

const cased = fc
  .tuple(fc.constantFrom(...WORDS), fc.func(fc.boolean()))
  .map(([word, isCapital]) =>
    word.replace(/./g, (letter, at: number) => (isCapital(at) ? letter.toUpperCase() : letter)),
  )

/** Words with a letter more, less or of another script: no words of the grammar. */
const nearly = fc
  .tuple(
    fc.constantFrom(...WORDS),
    fc.constantFrom('s', '1', '_', 'ſ', 'ı', 'K', 'ä', '\u0301', '\u{20000}'),
    fc.nat(10),
  )
  .map(([word, more, at]) => word.slice(0, at) + more + word.slice(at))

const pieces = fc.constantFrom(
  ...[
    'a',
    'name',
    'b.c',
    '`x y`',
    'a.`order`.z',
    '`',
    '`a.b`',
    '``',
    '.',
    '..',
    'ä名',
    'x٣',
    'İn',
    '\u{20000}',
    '\u0301',
  ],
  ...[
    "'a'",
    '"b"',
    "'it''s'",
    '"a""b"',
    "'\\n\\u0041\\%'",
    "'\\q'",
    "'\\u00g0'",
    "'",
    '"',
    '\\',
    "'a\\",
    "'''",
    "''''",
  ],
  ...[
    '0',
    '-0',
    '+7',
    '12',
    '1.',
    '.5',
    '-.5e3',
    '1e400',
    '1e1001',
    '-1E-1000',
    '1a',
    '1.2.3',
    '1..',
    '1ä',
    '1_',
    '-',
    '+',
  ],
  ...['9'.repeat(15), '9'.repeat(16), '9'.repeat(1_000), '9'.repeat(1_001), '0x1', '1-2', '1+2', '12e', '1e+', '1e+5'],
  ...[
    '=',
    '==',
    '=>',
    '<',
    '<=',
    '<>',
    '><',
    '>',
    '>=',
    '!',
    '!=',
    '(',
    ')',
    ',',
    ':p',
    ':',
    ':1',
    ':ä',
    '?',
    '?1',
    '&',
    '|',
  ],
  ...[
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\v',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\0',
    '\u202e',
    '\ud800',
    '\udc00',
    '😀',
    '#',
    ';',
  ],
)

const text = fc
  .array(fc.tuple(fc.oneof(cased, nearly, pieces), fc.constantFrom('', '', ' ')), { maxLength: 12 })
  .map(parts => parts.flat().join(''))

/** All that a cursor says of a text, up to where it cannot be read. */
function tokensOf(source: string): readonly (Token | Unreadable)[] {
  const tokens: (Token | Unreadable)[] = []
  try {
    const cursor = new TokenCursor({ text: source, language: 'text' })
    for (;;) {
      const { kind, mark, start, value } = cursor
      tokens.push({ kind, mark, start, value })
      if (kind === 'end') return tokens
      cursor.advance()
    }
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error
    return [
      ...tokens,
      { index: error.position.index, problem: / column \d+: (.*)\. \[/s.exec(error.message)?.[1] ?? '' },
    ]
  }
}

describe('the tokens of a text', () => {
  it('are those that regular expressions find, and a text that cannot be read fails at the same place', () => {
    fc.assert(
      fc.property(text, source => {
        expect(tokensOf(source)).toEqual(referenceTokens(source))
      }),
      { numRuns: 5_000 },
    )
  })

  it.each(WORDS)('hold %s as a word of the grammar in any case, and nothing that only looks like it', word => {
    for (const written of [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)])
      expect(tokensOf(written)[0]).toEqual({ kind: 'word', mark: word, start: 0, value: written })
    for (const other of [
      `${word}s`,
      `_${word}`,
      word.slice(1),
      `${word.slice(0, -1)}_`,
      `${word}.a`,
      `\`${word}\``,
      `'${word}'`,
    ])
      expect(tokensOf(other)[0]).toMatchObject({ mark: WORDS.find(each => each === other) ?? '' })
  })

  it('can be looked at twice without another reading', () => {
    const cursor = new TokenCursor({ text: 'order by a', language: 'text' })
    expect([cursor.atBoth('order', 'asc'), cursor.atBoth('order', 'by'), cursor.value]).toEqual([false, true, 'order'])
  })
})

/** The same predicate with its groups divided by parentheses, at places that `divide` chooses. */
function parted(node: Predicate, divide: (operands: number) => number): string {
  if (node.kind === 'not') return `not (${parted(node.operand, divide)})`
  if (node.kind !== 'and' && node.kind !== 'or') return printPredicate(node)
  const { kind, operands } = node
  const at = 1 + (divide(operands.length) % (operands.length - 1))
  const side = (part: readonly Predicate[]): string => {
    const [only, second] = part
    if (only === undefined) throw new Error('a side has no operand')
    return `(${parted(second === undefined ? only : { kind, operands: part }, divide)})`
  }
  return `${side(operands.slice(0, at))} ${kind} ${side(operands.slice(at))}`
}

describe('parentheses', () => {
  it('inside groups of the same kind change nothing', () => {
    fc.assert(
      fc.property(predicate, fc.func(fc.nat(100)), (tree, divide) => {
        expect(parseWhere(parted(tree, divide), { maxDepth: 500 }).predicate).toEqual(tree)
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['(a = 1 or b = 2) and c = 3 or d = 4', '(a = 1 or b = 2) and c = 3 or d = 4'],
    ['d = 4 or (a = 1 or b = 2) and c = 3', 'd = 4 or (a = 1 or b = 2) and c = 3'],
    ['d = 4 or (a = 1) and c = 3', 'd = 4 or a = 1 and c = 3'],
    [
      'd = 4 or ((a = 1 or b = 2) or (c = 3 or e = 5) and f = 6)',
      'd = 4 or a = 1 or b = 2 or (c = 3 or e = 5) and f = 6',
    ],
    ['d = 4 or (a = 1 and b = 2) and (c = 3 and e = 5)', 'd = 4 or a = 1 and b = 2 and c = 3 and e = 5'],
    ['d = 4 or not (a = 1 or b = 2) or (((c = 3)))', 'd = 4 or not (a = 1 or b = 2) or c = 3'],
  ])('%s means %s', (written, canonical) => {
    const { predicate: found } = parseWhere(written)
    expect(found && printPredicate(found)).toBe(canonical)
  })

  it.each([
    ['a = 1 or (b = 2', 15, "expected 'and', 'or' or ')', found the end"],
    ['a = 1 or (b = 2 or )', 19, "expected a property, found ')'"],
    ['a = 1 or (b = 2) c', 17, "expected 'and', 'or', 'order by' or the end, found 'c'"],
    ['a = 1 or ()', 10, "expected a property, found ')'"],
  ])('that are wrong fail where they are: %s', (written, index, problem) => {
    expect(() => parseWhere(written)).toThrow(problem)
    expect(() => parseWhere(written)).toThrow(expect.objectContaining({ position: expect.objectContaining({ index }) }))
  })

  it('count as levels wherever they stand', () => {
    expect(() => parseWhere('a = 1 or ((b = 2))', { maxDepth: 1 })).toThrow('nests deeper than the 1 levels allowed')
    expect(parseWhere('a = 1 or (b = 2) or (c = 3)', { maxDepth: 1 }).predicate).toMatchObject({ kind: 'or' })
  })
})
