import fc from 'fast-check'
import { printQuery } from '../../../src/query/ast/print-query'
import { parseDerivedName } from '../../../src/query/derived/parse-derived-name'
import { PropertyResolver } from '../../../src/query/derived/property-resolver'
import { AmbitError } from '../../../src/core/ambit-error'
import { catalogueOf, type PropertyTree } from '../support/property-tree'

const resolve = (properties: PropertyTree[string], text: string, more: PropertyTree = {}): string | undefined =>
  new PropertyResolver(catalogueOf({ ...more, Root: properties }, 'Root')).resolve(text)?.path

describe('the property that a text means', () => {
  it.each<[string, PropertyTree[string], string, string | undefined]>([
    ['is the whole text first', { teamName: 'string', team: { name: 'string' } }, 'TeamName', 'teamName'],
    ['is split at a capital', { team: { name: 'string' } }, 'TeamName', 'team.name'],
    ['is split at the right-most capital first', { aB: { c: 'string' }, a: { bC: 'string' } }, 'ABC', 'aB.c'],
    ['is split further to the left', { a: { bC: 'string' } }, 'ABC', 'a.bC'],
    ['goes three deep', { team: { country: { isoCode: 'string' } } }, 'TeamCountryIsoCode', 'team.country.isoCode'],
    ['may hold digits', { line1: 'string', address: { line1: 'string' } }, 'AddressLine1', 'address.line1'],
    ['is split at an underscore by force', { aB: { c: 'string' }, a: { bC: 'string' } }, 'A_BC', 'a.bC'],
    [
      'at the other one by force too',
      { addressZip: { code: 'string' }, address: { zipCode: 'string' } },
      'AddressZip_Code',
      'addressZip.code',
    ],
    ['may be split at several', { a: { b: { c: 'string' } } }, 'A_B_C', 'a.b.c'],
    [
      'mixes both',
      { team: { homeAddress: { zipCode: 'string' } } },
      'TeamHomeAddress_ZipCode',
      'team.homeAddress.zipCode',
    ],
    [
      'with an underscore of its own beats the split',
      { first_name: 'string', first: { name: 'string' } },
      'First_name',
      'first_name',
    ],
    ['may begin with an underscore', { _id: 'string' }, '_id', '_id'],
    ['may begin with one below', { team: { _id: 'string' } }, 'Team__id', 'team._id'],
    ['may be written in capitals', { URL: 'string' }, 'URL', 'URL'],
    ['or in odd ones, as rules go', { uRL: 'string', URL: 'string' }, 'URL', 'uRL'],
    ['may begin with a capital', { Name: 'string' }, 'Name', 'Name'],
    ['may be of another script', { größe: 'string', team: { größe: 'string' } }, 'TeamGröße', 'team.größe'],
    [
      'goes on where the right side is not found',
      { addressZip: { other: 'string' }, address: { zipCode: 'string' } },
      'AddressZipCode',
      'address.zipCode',
    ],
    ['is nothing below a plain column', { name: 'string' }, 'NameLength', undefined],
    ['is nothing where the right side is missing', { team: { name: 'string' } }, 'TeamNme', undefined],
    ['is nothing for no text', { name: 'string' }, '', undefined],
    ['is nothing for an underscore', { name: 'string' }, '_', undefined],
    ['is nothing for an underscore at the end', { name: 'string' }, 'Name_', undefined],
    ['is nothing for a path with dots', { team: { name: 'string' } }, 'team.name', undefined],
    ['is not split across a forced split', { ab: { c: 'string' } }, 'A_bC', undefined],
    ['is no property of all objects', {}, 'Constructor', undefined],
    ['nor another one', {}, 'HasOwnProperty', undefined],
    ['nor the prototype', {}, '__proto__', undefined],
  ])('%s', (_rule, properties, text, path) => {
    expect(resolve(properties, text)).toBe(path)
  })

  it('SP-40 may lie beyond a relation to the same entity', () => {
    const people = { lastname: 'string', manager: { to: 'Root' } } as const
    expect(resolve(people, 'ManagerLastname')).toBe('manager.lastname')
    expect(resolve(people, 'ManagerManagerManagerLastname')).toBe('manager.manager.manager.lastname')
  })
})

describe('a property called like a keyword', () => {
  const names = {
    checkedIn: 'string',
    checked: 'boolean',
    salesAndMarketing: 'string',
    sales: 'string',
    creditOrDebit: 'string',
    landAndSeaOrAir: 'string',
    isNot: 'string',
    like: 'string',
    in: 'string',
    and: 'string',
    not: 'string',
    nameIgnoreCase: 'string',
    name: 'string',
    between: 'number',
    nullable: 'boolean',
    orderNumber: 'number',
  } as const
  const thing = catalogueOf({ Thing: names }, 'Thing')
  const read = (name: string): string => {
    const { predicate, order } = parseDerivedName(name, thing)
    return printQuery(predicate, order)
  }

  it.each([
    ['findByCheckedIn', 'checkedIn = ?1'],
    ['findByCheckedInIn', 'checkedIn in ?1'],
    ['findByCheckedTrue', 'checked is true'],
    ['findBySalesAndMarketing', 'salesAndMarketing = ?1'],
    ['findBySalesAndMarketingLike', 'salesAndMarketing like ?1'],
    ['findBySalesAndName', 'sales = ?1 and name = ?2'],
    ['findByCreditOrDebitOrName', 'creditOrDebit = ?1 or name = ?2'],
    ['findByNameAndLandAndSeaOrAirAndSales', 'name = ?1 and landAndSeaOrAir = ?2 and sales = ?3'],
    ['findByIsNot', 'isNot = ?1'],
    ['findByIsNotNot', 'isNot <> ?1'],
    ['findByLike', 'like = ?1'],
    ['findByLikeLike', 'like like ?1'],
    ['findByIn', 'in = ?1'],
    ['findByInAndAnd', 'in = ?1 and `and` = ?2'],
    ['findByAnd', '`and` = ?1'],
    ['findByNot', '`not` = ?1'],
    ['findByNotNot', '`not` <> ?1'],
    ['findByNameIgnoreCase', 'nameIgnoreCase = ?1'],
    ['findByNameIgnoreCaseIgnoreCase', 'nameIgnoreCase = ?1 ignore case'],
    ['findByBetweenBetween', 'between between ?1 and ?2'],
    ['findByNullable', 'nullable = ?1'],
    ['findByNullableNull', 'nullable is null'],
    ['findByOrderNumberOrderByOrderNumber', 'orderNumber = ?1 order by orderNumber asc'],
  ])('wins: %s is "%s"', (name, canonical) => {
    expect(read(name)).toBe(canonical)
  })
})

describe('any name', () => {
  const words = [
    'A',
    'Ab',
    'AbC',
    'And',
    'Or',
    'By',
    'OrderBy',
    'Is',
    'Not',
    'In',
    'Between',
    'Asc',
    'Desc',
    '_',
    'IgnoreCase',
    'AllIgnoreCase',
    'First',
    'Top3',
    'Distinct',
    'One',
    'x',
    '1',
    'É',
    '😀',
  ]
  const tree = { Root: { a: { to: 'Root' }, ab: 'string', abC: 'boolean', c: 'number', in: 'date' } } as const

  it('is read, or refused with an error of the catalogue', () => {
    const verb = fc.constantFrom('find', 'get', 'count', 'delete', 'stream', 'exists', '', 'x')
    fc.assert(
      fc.property(verb, fc.array(fc.constantFrom(...words), { maxLength: 14 }), (first, rest) => {
        const name = `${first}${rest.join('')}`
        try {
          const { predicate, parameters, order } = parseDerivedName(name, catalogueOf(tree, 'Root'))
          expect(parameters.map(({ index }) => index)).toEqual(parameters.map((_, index) => index))
          printQuery(predicate, order)
        } catch (error) {
          expect(error).toBeInstanceOf(AmbitError)
          expect((error as AmbitError).code).toMatch(/^AMBIT_QUERY_(DERIVED_NAME|UNKNOWN_PROPERTY|OPERATOR_TYPE)$/)
        }
      }),
      { numRuns: 1_500 },
    )
  })

  it('that is made of known parts reads as these parts', () => {
    const columns = { age: 'number', name: 'string', active: 'boolean', team: { to: 'Team' } } as const
    const entities = { Root: columns, Team: { label: 'string', size: 'number' } } as const
    const part = fc.tuple(
      fc.constantFrom<[string, string]>(
        ['Age', 'age'],
        ['Name', 'name'],
        ['TeamLabel', 'team.label'],
        ['Team_Size', 'team.size'],
      ),
      fc.constantFrom<[string, string]>(['', '='], ['Not', '<>'], ['LessThan', '<'], ['GreaterThanEqual', '>=']),
    )
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.constantFrom('And', 'Or')),
        (parts, joiners) => {
          const joins = parts.slice(1).map(() => String(joiners.next().value))
          const name = parts
            .map(([[property], [operator]], index) => `${joins[index - 1] ?? ''}${property}${operator}`)
            .join('')
          const text = parts
            .map(
              ([[, path], [, sign]], index) =>
                `${index === 0 ? '' : ` ${String(joins[index - 1]).toLowerCase()} `}${path} ${sign} ?${String(index + 1)}`,
            )
            .join('')
          expect(printQuery(parseDerivedName(`findBy${name}`, catalogueOf(entities, 'Root')).predicate)).toBe(text)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    ['capitals', 'A'.repeat(480)],
    ['underscores', 'A_'.repeat(240)],
    ['joiners', 'AAnd'.repeat(120)],
    ['unknown words', 'Xy'.repeat(240)],
    ['orders', `OrderBy${'AAsc'.repeat(110)}`],
    ['unknown orders', `OrderBy${'XAsc'.repeat(110)}`],
  ])('with many %s takes no time to speak of, also where relations lead in circles', (_what, text) => {
    const started = performance.now()
    try {
      parseDerivedName(`findBy${text}`, catalogueOf(tree, 'Root'))
    } catch (error) {
      expect(error).toBeInstanceOf(AmbitError)
    }
    // Exponential time would be for ever.
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
