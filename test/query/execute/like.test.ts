import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { globOf } from '../../../src/query/compile/glob'

/** LIKE as PostgreSQL documents it: `%` any text, `_` one character, a backslash takes the next one literally. */
function matches(text: string, pattern: string): boolean {
  const source = [...pattern.matchAll(/\\([^])|[^]/gu)].map(([sign, escaped]) => {
    if (escaped !== undefined) return literal(escaped)
    return sign === '%' ? '[^]*' : sign === '_' ? '[^]' : literal(sign)
  })
  return new RegExp(`^${source.join('')}$`, 'u').test(text)
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&')
}

describe('LIKE patterns on SQLite', () => {
  const database = new BetterSqlite3(':memory:')
  const statement = database.prepare('SELECT ? GLOB ? AS matched')
  afterAll(() => database.close())
  const globs = (text: string, pattern: string): boolean =>
    (statement.get(text, globOf(pattern)) as { matched: number }).matched === 1

  it.each([
    ['a%b_', 'a*b?'],
    ['*', '[*]'],
    ['?', '[?]'],
    ['[a]', '[[]a]'],
    ['\\%\\_\\\\', '%_\\'],
    ['\\*', '[*]'],
    ['plain', 'plain'],
    ['', ''],
  ])('%p is the GLOB pattern %p', (pattern, glob) => {
    expect(globOf(pattern)).toBe(glob)
  })

  it('match what they match on PostgreSQL, for any text', () => {
    const signs = fc.constantFrom('a', 'A', 'b', '%', '_', '*', '?', '[', ']', '^', '-', '!', '\\', 'ä', '😀')
    const text = fc.array(signs, { maxLength: 6 }).map(parts => parts.join(''))
    // A backslash at the very end is an error there, so it is left out.
    const pattern = text.filter(each => !/(?:^|[^\\])(?:\\\\)*\\$/.test(each))
    fc.assert(
      fc.property(text, pattern, (given, like) => {
        expect(globs(given, like)).toBe(matches(given, like))
      }),
      { numRuns: 3_000 },
    )
  })
})
