import fc from 'fast-check'
import { positionAt, sourceError } from '../../../src/query/parser/query-source'

describe('a position', () => {
  it('counts lines and columns from 1, and takes every kind of line end', () => {
    const text = 'ab\ncd\r\nef\rgh'
    const places = Array.from({ length: text.length }, (_, index) => positionAt(text, index)).map(
      ({ line, column }) => [line, column],
    )
    expect(places).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [2, 2],
      [2, 3],
      [2, 4],
      [3, 1],
      [3, 2],
      [3, 3],
      [4, 1],
      [4, 2],
    ])
  })

  it('exists at the end of the text, also after a line end', () => {
    expect(positionAt('', 0)).toEqual({ index: 0, line: 1, column: 1 })
    expect(positionAt('a\n', 2)).toEqual({ index: 2, line: 2, column: 1 })
  })

  it('is the same however often it is asked', () => {
    const ask = (): unknown => positionAt('a\nb\nc', 4)
    expect([ask(), ask()]).toEqual([ask(), { index: 4, line: 3, column: 1 }])
  })
})

describe('an excerpt', () => {
  const excerpt = (text: string, index: number): readonly string[] =>
    sourceError({ text, language: 'text' }, { index, problem: 'no', next: 'Yes.' })
      .message.split('\n')
      .slice(1, 3)
      .map(line => line.slice('  where: '.length))

  it.each([
    ['abc', 1, 'abc', ' ^'],
    ['abc', 3, 'abc', '   ^'],
    ['', 0, '', '^'],
    ['ab\ncd\nef', 4, 'cd', ' ^'],
    ['ab\ncd', 2, 'ab', '  ^'],
    ['ab\r\ncd', 4, 'cd', '^'],
    ['a\tb', 2, 'a b', '  ^'],
  ])('of %j at %i is %j with %j', (text, index, line, mark) => {
    expect(excerpt(text, index)).toEqual([line, mark])
  })

  it('marks the very character, and is one short line of printable text, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 300 }), fc.nat(), (text, where) => {
        const index = where % (text.length + 1)
        const [line = '', mark = ''] = excerpt(text, index)
        expect(line.length).toBeLessThanOrEqual(101)
        expect(mark).toMatch(/^ *\^$/)
        expect(line[mark.length - 1] ?? '').toBe(text[index] ?? '')
      }),
      { numRuns: 500 },
    )
  })
})
