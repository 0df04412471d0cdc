import fc from 'fast-check'
import { types } from 'pg'
import { quickInteger } from '../../../src/query/plan/postgres-integer'

describe('integers of PostgreSQL', () => {
  const own = types.getTypeParser(types.builtins.INT4) as (text: string) => unknown
  const quick = quickInteger(own)

  it('are read by a reader of ours', () => expect(quick).not.toBe(own))

  it.each([
    '0',
    '-0',
    '7',
    '-17',
    '2147483647',
    '-2147483648',
    '4294967295',
    '99999999999',
    '123456789012',
    '',
    '-',
    '+5',
    ' 5',
    '5 ',
    '1.5',
    '1e3',
    '0x10',
    'NaN',
    '--1',
    '٣',
  ])('%j is what pg makes of it', text => {
    expect(quick(text)).toBe(own(text))
  })

  it('are what pg makes of any of them, and of any text', () => {
    const texts = fc.oneof(
      fc.integer().map(String),
      fc.maxSafeInteger().map(String),
      fc.string(),
      fc.string({ maxLength: 3 }),
    )
    fc.assert(fc.property(texts, text => Object.is(quick(text), own(text))))
  })

  it('are left to a parser of somebody else, whatever its name', () => {
    const named = (parser: (text: string) => unknown) =>
      Object.defineProperty(parser, 'name', { value: 'parseInteger' })
    for (const other of [named(text => BigInt(text)), named(text => `#${text}`), named(text => -Number(text))])
      expect(quickInteger(other)).toBe(other)
    const unnamed = (text: string): number => parseInt(text, 10)
    expect(quickInteger(unnamed)).toBe(unnamed)
  })
})
