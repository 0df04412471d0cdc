import fc from 'fast-check'
import { AmbitError } from '../../../src/core/ambit-error'
import { parameterNamesOf } from '../../../src/query/ast/conditions'
import { printQuery } from '../../../src/query/ast/print-query'
import type { DerivedQuery } from '../../../src/query/derived/derived-query'
import { parseDerivedName } from '../../../src/query/derived/parse-derived-name'
import { parseWhere } from '../../../src/query/parser/parse-where'
import { scanNamedParameters } from '../../../src/query/sql/scan-named-parameters'
import { orderTerm, predicate } from '../support/arbitrary-query'
import { catalogueOf } from '../support/property-tree'
import { type Declaration, refused } from './support/declarations'

// The rule that keeps the checks honest: what the run time accepts, the compiler accepts. Texts and names are made at random,
// read by the run time's own readers, declared as these say, and compiled. The second test of each pair takes something away:
// without it, checks that check nothing would pass.

jest.setTimeout(120_000)

const COUNT = 400
const TREE = {
  Root: {
    a: { to: 'Root' },
    ab: 'string',
    abC: 'boolean',
    c: 'number',
    in: 'date',
    landAndSea: 'string',
    sea: 'number',
    item: 'number',
    itemDesc: 'string',
    order: 'number',
    checkedIn: 'boolean',
    checked: 'string',
    URL: 'string',
    first_name: 'string',
    orVendor: 'number',
    vendor: { name: 'string', landAndSea: 'date', land: 'number' },
  },
} as const

const ROOT = `
  class Vendor { name!: string; landAndSea!: Date; land!: number }
  class Root {
    a!: Root | null; ab!: string; abC!: boolean; c!: number | null; in!: Date; landAndSea!: string; sea?: number; item!: number
    itemDesc!: string; order!: number; checkedIn!: boolean; checked!: string; URL!: string; first_name!: string; orVendor!: number
    vendor!: Vendor
  }`.replaceAll('\n', ';')

/** An entity that has every property that arbitrary queries name, at every depth. */
const ANYTHING = `class Root { ${[
  ...['name', 'age', 'team', 'active', 'createdAt', '_id', 'größe', '名前', 'x1'],
  ...[
    'and',
    'or',
    'not',
    'in',
    'is',
    'like',
    'order',
    'by',
    'NULL',
    'true',
    'between',
    'ignore',
    'case',
    'asc',
    'any',
    'none',
    'empty',
  ],
]
  .map(name => `${JSON.stringify(name)}!: Root`)
  .join('; ')} }`

const TYPES = { string: 'string', number: 'number', boolean: 'boolean', date: 'Date', other: 'unknown' } as const

const ANSWERS = {
  many: 'Promise<Root[]>',
  one: 'Promise<Root | null>',
  required: 'Promise<Root>',
  stream: 'AsyncIterable<Root>',
  count: 'Promise<number>',
  exists: 'Promise<boolean>',
  delete: 'Promise<number>',
} as const

/** Bounded: a filter that keeps nothing would otherwise search for ever. */
const sample = <T>(arbitrary: fc.Arbitrary<T>, keep: (value: T) => boolean): T[] => {
  let refusals = 0
  const kept = (value: T): boolean => {
    const keeps = keep(value)
    if (!keeps && ++refusals > COUNT * 20) throw new Error(`hardly any sample is kept; the last one: ${String(value)}`)
    return keeps
  }
  return fc.sample(arbitrary.filter(kept), { seed: 20_26, numRuns: COUNT })
}

/** Whether the run time reads it; anything but a refusal of ours is a fault of the test. */
const succeeds = (run: () => unknown): boolean => {
  try {
    run()
    return true
  } catch (error) {
    if (error instanceof AmbitError) return false
    throw error
  }
}

const paramsOf = (names: readonly string[], type = 'never'): string =>
  names.length === 0 ? '()' : `(params: { ${names.map(name => `${JSON.stringify(name)}: ${type}`).join('; ')} })`

/** Without its last name; of one name, none is left. */
const withoutLast = (names: readonly string[]): readonly string[] => names.slice(0, -1)

/** What the compiler says of each list, asked once, and by the test that comes first. */
const verdictsOn = (entity: string, right: readonly Declaration[], wrong: readonly Declaration[]) => {
  let said: { readonly right: readonly string[]; readonly wrong: readonly string[] } | undefined
  return () => {
    const [refusedRight = [], refusedWrong = []] = said ? [] : refused(entity, right, wrong)
    return (said ??= { right: refusedRight, wrong: refusedWrong })
  }
}

describe('an SQL text that the run time reads', () => {
  const words = [
    'a',
    ':b',
    ':c1 ',
    '(:d,:e)',
    ' ',
    '\n',
    '\t',
    '=',
    '::',
    ':',
    ':=',
    '::text',
    'x',
    '1',
    "'",
    "':f'",
    '"',
    '":g"',
  ]
  const rare = [
    '`',
    '`:h`',
    '--',
    '/*',
    '*/',
    '\\',
    '\\:i',
    '$',
    '$$',
    '$1',
    '$t$',
    "E'\\''",
    '[1:2]',
    '[:j]',
    ')',
    ';',
    '?',
    'é',
    ' :größe',
    '@:k',
  ]
  const text = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...words) }, fc.constantFrom(...rare)), {
    maxLength: 14,
  })
  const texts = sample(
    text.map(parts => `SELECT ${parts.join('')}`),
    sql => succeeds(() => scanNamedParameters(sql)),
  )
  const declare = (sql: string, names: readonly string[]): Declaration => ({
    decorator: `@Query.sql(${JSON.stringify(sql)})`,
    member: 'find',
    type: `${paramsOf(names)} => Promise<object[]>`,
  })

  const right = texts.map(sql => declare(sql, scanNamedParameters(sql).names))
  const wrong = texts
    .filter(sql => scanNamedParameters(sql).names.length > 0 && !/--|\/\*|\\|\$[^]*\$/.test(sql))
    .map(sql => declare(sql, withoutLast(scanNamedParameters(sql).names)))
  const verdicts = verdictsOn(ROOT, right, wrong)

  it('is accepted with the parameters that it has', () => {
    expect(verdicts().right).toEqual([])
  })

  it('is refused without one of them, but where the text is out of reach', () => {
    expect(wrong.length).toBeGreaterThan(COUNT / 5)
    expect(verdicts().wrong).toHaveLength(wrong.length)
  })
})

describe('a where expression that the run time reads', () => {
  const namesIn = (text: string): readonly string[] => {
    const read = parseWhere(text).predicate
    return read === undefined ? [] : parameterNamesOf(read)
  }
  const declare = (text: string, names: readonly string[]): Declaration => ({
    decorator: `@Query({ where: ${JSON.stringify(text)} })`,
    member: 'find',
    type: `${paramsOf(names)} => Promise<Root[]>`,
  })
  const spaces = fc.constantFrom(' ', ' ', ' ', '  ', '\n', '\t ', '\r\n')
  const printed = fc
    .tuple(predicate, fc.array(orderTerm, { maxLength: 2 }))
    .map(([tree, order]) => printQuery(tree, order))
  const spaced = fc.tuple(printed, fc.infiniteStream(spaces), fc.boolean()).map(([text, stream, tight]) => {
    const wide = text.replaceAll(' ', () => String(stream.next().value))
    return tight ? wide.replaceAll(/\s*(<>|<=|>=|=|<|>)\s*/g, '$1') : wide
  })
  const texts = sample(fc.oneof(printed, spaced), text => text.length < 400 && succeeds(() => parseWhere(text)))

  const right = texts.map(text => declare(text, namesIn(text)))
  const wrong = texts
    .filter(text => namesIn(text).length > 0 && !/--|\/\*|\\|\$[^]*\$/.test(text))
    .map(text => declare(text, withoutLast(namesIn(text))))
  const verdicts = verdictsOn(ANYTHING, right, wrong)

  it('is accepted with the parameters that it has, whatever its properties are called', () => {
    expect(verdicts().right).toEqual([])
  })

  it('is refused without one of them, but where the text is out of reach', () => {
    expect(wrong.length).toBeGreaterThan(COUNT / 8)
    expect(verdicts().wrong).toHaveLength(wrong.length)
  })
})

describe('a where expression over properties of known types', () => {
  const property = fc
    .constantFrom(
      ...(['ab string', 'a.ab string', 'c number', 'a.a.c number', 'abC boolean', 'in Date', 'a.in Date'] as const),
    )
    .map(each => each.split(' ') as [path: string, type: string])
  const cased = (word: string): fc.Arbitrary<string> => fc.boolean().map(upper => (upper ? word.toUpperCase() : word))
  const sign = fc.constantFrom('=', '==', '!=', '<>', '<', '<=', '>', '>=')
  const gap = fc.constantFrom(' ', '  ', '\n')
  const condition = fc
    .tuple(property, fc.nat(8), sign, gap, fc.boolean(), cased('not'))
    .chain(([[path, type], kind, operator, space, negated, not]) => {
      const word = negated ? `${space}${not} ` : space
      const tight = negated ? '' : space
      return fc.constantFrom<(name: string) => readonly [text: string, types: readonly string[]]>(
        ...[
          (name: string) => [`${path}${tight}${operator}${tight}:${name}`, [type]] as const,
          (name: string) => [`${path}${word}in${space}:${name}`, [`readonly ${type}[]`]] as const,
          (name: string) => [`${path}${word}IN (:${name})`, [`${type}[]`]] as const,
          (name: string) => [`${path}${word}in (:${name}, :${name}2)`, [type, type]] as const,
          (name: string) => [`${path}${word}between${space}:${name} and :${name}2`, [type, type]] as const,
          (name: string) => [`${path}${word}between 1 and :${name}`, [type]] as const,
          (name: string) => [`${path}${word}like${space}:${name}`, ['string']] as const,
          (name: string) => [`${path}${word}starts${space}with :${name}`, ['string']] as const,
          (name: string) => [`${path} is ${negated ? 'not ' : ''}null and c = :${name}`, ['number | null']] as const,
        ].slice(kind, kind + 1),
      )
    })
  const wrap = fc.constantFrom('?', '(?)', 'not (?)', 'not(?)', "(? and ab = 'x :no')", '(?\n)')
  const text = fc
    .array(fc.tuple(condition, wrap, fc.constantFrom(' and ', ' or ', '\nAND ', ' OR\n')), {
      minLength: 1,
      maxLength: 4,
    })
    .map(parts => {
      const read = parts.map(([make, around, joiner], at) => ({
        made: make(`p${at}x`),
        around,
        joiner,
        name: `p${at}x`,
      }))
      return {
        where: read
          .map(({ made, around, joiner }, at) => (at === 0 ? '' : joiner) + around.replace('?', () => made[0]))
          .join(''),
        types: Object.fromEntries(
          read.flatMap(({ made, name }) => made[1].map((type, at) => [at === 0 ? name : `${name}2`, type])),
        ),
      }
    })
  const cases = sample(text, ({ where }) => succeeds(() => parseWhere(where)))
  const declare = (where: string, types: Readonly<Record<string, string>>): Declaration => ({
    decorator: `@Query({ where: ${JSON.stringify(where)} })`,
    member: 'find',
    type: `(params: { ${Object.entries(types)
      .map(([name, type]) => `${name}: ${type}`)
      .join('; ')} }) => Promise<Root[]>`,
  })

  it('has the parameters that its test thinks it has', () => {
    for (const { where, types } of cases) {
      const read = parseWhere(where).predicate
      expect(read && [...parameterNamesOf(read)].sort()).toEqual(Object.keys(types).sort())
    }
  })

  const right = cases.map(({ where, types }) => declare(where, types))
  const wrong = cases.map(({ where, types }) =>
    declare(where, Object.fromEntries(Object.keys(types).map(name => [name, 'symbol']))),
  )
  const verdicts = verdictsOn(ROOT, right, wrong)

  it('is accepted with values of these types', () => {
    expect(verdicts().right).toEqual([])
  })

  it('is refused with others', () => {
    const accepted = wrong.length - verdicts().wrong.length
    // The second bound of `between 1 and :x`, and the second member of a list, are not compared with their property.
    expect(accepted).toBeLessThan(wrong.length / 8)
  })
})

describe('a name that the run time reads', () => {
  const properties = [
    'Ab',
    'AbC',
    'C',
    'In',
    'A',
    'AC',
    'A_Ab',
    'AAIn',
    'LandAndSea',
    'Sea',
    'Item',
    'ItemDesc',
    'Order',
    'CheckedIn',
    'Checked',
    'URL',
    'First_name',
    'VendorName',
    'VendorLandAndSea',
    'OrVendor',
  ]
  const operators = [
    '',
    '',
    '',
    '',
    'Is',
    'Not',
    'IsNot',
    'LessThan',
    'GreaterThanEquals',
    'Between',
    'IsNotBetween',
    'Null',
    'IsNotNull',
    'True',
    'IsFalse',
    'In',
    'NotIn',
    'IsNotIn',
    'Like',
    'StartsWith',
    'NotContaining',
    'Before',
    'Equals',
  ]
  const part = fc
    .tuple(
      fc.constantFrom(...properties),
      fc.constantFrom(...operators),
      fc.constantFrom('', '', '', '', 'IgnoreCase', 'IgnoringCase'),
    )
    .map(each => each.join(''))
  const predicateText = fc
    .array(fc.tuple(part, fc.constantFrom('And', 'Or')), { maxLength: 4 })
    .map(parts => parts.map(([text, joiner], at) => (at === 0 ? text : joiner + text)).join(''))
  const orderText = fc
    .array(fc.tuple(fc.constantFrom(...properties), fc.constantFrom('Asc', 'Desc')), { maxLength: 3 })
    .map(keys => (keys.length === 0 ? '' : `OrderBy${keys.flat().join('')}`))
  const subject = fc.constantFrom(
    'find',
    'findAll',
    'findOne',
    'findFirst',
    'findTop3',
    'findFirst2Roots',
    'findRoots',
    'readOneRoot',
    'getAll',
    'get',
    'getTop2',
    'getOne2',
    'findOne3Roots',
    'getFirstRoot',
    'count',
    'countRoots',
    'exists',
    'delete',
    'removeAll',
    'stream',
    'findDistinct',
    'findDistinctAll',
    'findAllDistinctRoots',
    'findFirstDistinct',
    'getDistinctFirstRoot',
    'getRootsDistinct',
    'searchDistinctTop3',
    'findDistinctly',
    'findBytes',
    'searchTopics',
    'queryOnes',
  )
  const made = fc
    .tuple(subject, predicateText, fc.constantFrom('', '', '', 'AllIgnoreCase', 'AllIgnoringCase'), orderText)
    .map(([verb, conditions, fold, order]) => `${verb}By${conditions}${fold}${order}`)
  const loose = fc
    .array(
      fc.constantFrom(
        ...properties,
        ...operators,
        'And',
        'Or',
        'By',
        'OrderBy',
        'Asc',
        'Desc',
        '_',
        'IgnoreCase',
        'x',
        '1',
        'É',
      ),
      { maxLength: 7 },
    )
    .map(words => `findBy${words.join('')}`)
  const read = (name: string): DerivedQuery => parseDerivedName(name, catalogueOf(TREE, 'Root'))
  const names = sample(
    fc.oneof({ weight: 3, arbitrary: made }, loose),
    // CrudRepository has a method of that name.
    name => name.length < 200 && name !== 'existsBy' && succeeds(() => read(name)),
  )

  const argument = ({ type = 'other', role }: DerivedQuery['parameters'][number]): string =>
    role === 'pattern' ? 'string' : role === 'list' ? `readonly ${TYPES[type]}[]` : `${TYPES[type]} | null`
  const declare = (name: string, types: readonly string[]): Declaration => ({
    decorator: '@Query()',
    member: name,
    type: `(${types.map((type, at) => `a${at}: ${type}`).join(', ')}) => ${ANSWERS[read(name).kind]}`,
  })

  const right = names.map(name => declare(name, read(name).parameters.map(argument)))
  const wrong = names
    .filter(name => !/LandAndSea|OrVendor/.test(name))
    .map(name => declare(name, [...read(name).parameters.map(argument), 'string']))
  const verdicts = verdictsOn(ROOT, right, wrong)

  it('is accepted with the arguments that it takes', () => {
    expect(verdicts().right).toEqual([])
  })

  it('is refused with one argument more, but where it may be read in two ways', () => {
    expect(wrong.length).toBeGreaterThan(COUNT / 3)
    expect(verdicts().wrong).toHaveLength(wrong.length)
  })
})
