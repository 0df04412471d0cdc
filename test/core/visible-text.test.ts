import { QueryParser } from 'ambit/query'
import { AmbitError } from '../../src/core/ambit-error'
import { visibleText } from '../../src/core/visible-text'

class Burned extends AmbitError {}

const HIDDEN = [
  ...['\0', '\b', '\u001b', '\r', '\u007f', '\u0085', '\u009b'],
  ...['\u2028', '\u2029', '\u061c', '\u200e', '\u200f'],
  ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'],
]

/** Of a message; a place in a text is shown with a mark in the line below it. */
const LINES = /^[^\n]+ \[AMBIT_\w+\](\n {2}where: [^\n]*(\n +\^)?)?\n {2}next: [^\n]+$/

const codeOf = (sign: string): string => sign.charCodeAt(0).toString(16).padStart(4, '0')
const table = (signs: readonly string[]): [code: string, sign: string][] => signs.map(sign => [codeOf(sign), sign])

describe('a visible text', () => {
  it.each(table(HIDDEN))('spells U+%s out', (code, sign) => {
    const spelled = `\\u${code}`
    expect(visibleText(`'a${sign}b${sign}'`)).toBe(`'a${spelled}b${spelled}'`)
  })

  it.each([
    ['lines and tabs', 'a\n\tb\r\nc'],
    ['a Persian word with its joiner', 'می‌خواهم'],
    ['Hebrew, Arabic and Hindi', 'שלום مرحبا क्‍ष'],
    ['Chinese and signs that are joined', '名前 👩‍👩‍👧 e\u0301'],
    ['what is spelled out already', '\\u202e'],
  ])('keeps %s', (_, text) => {
    expect(visibleText(text)).toBe(text)
  })
})

describe('the message of an error', () => {
  it('spells out what hides in any of its parts, and keeps its own lines', () => {
    const text = { what: "'\u202eadmin' is unknown.", where: 'a\u2028b', next: "Use 'é名'\u001b[2K." }
    expect(new Burned('AMBIT_TEST_BURNED', text).message.split('\n')).toEqual([
      "'\\u202eadmin' is unknown. [AMBIT_TEST_BURNED]",
      '  where: a\\u2028b',
      "  next:  Use 'é名'\\u001b[2K.",
    ])
  })

  it.each(table([...HIDDEN, '\n']))('about a filter or sort holds no U+%s of it', (_, sign) => {
    const filters = [
      sign,
      `a = 1 ${sign} ~`,
      `a${sign}~ = 1`,
      `\`a${sign}b\` = 1`,
      `a = 1 \`b${sign}c\``,
      `\`a${sign}b\` 5`,
    ]
    const sorts = [`,${sign}`, `a${sign}~`, `\`a${sign}b\``, `a desc ${sign}~`]
    const parses = [
      ...filters.map(text => () => QueryParser.parse(text, { allow: ['a'] })),
      ...sorts.map(sort => () => QueryParser.parse('a = 1', { allow: ['a'], sort })),
    ]
    for (const parse of parses) {
      const { message } = refusalOf(parse)
      expect(message).toMatch(LINES)
      if (sign !== '\n') expect(message).not.toContain(sign)
    }
  })

  function refusalOf(parse: () => unknown): Error {
    try {
      parse()
    } catch (error) {
      return error as Error
    }
    return new Error('it was not refused')
  }
})
