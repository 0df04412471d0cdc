import { defineQueryable, type QueryableOptions, type QueryInput } from 'ambit'
import {
  InvalidQueryNodeError,
  PropertyNotAllowedError,
  QueryDeclarationError,
  QueryInputError,
  QuerySyntaxError,
} from 'ambit/errors'
import { Contact } from '../execute/contacts'

const OPEN = {
  filter: ['age', 'firstname', 'team.name', 'createdAt'],
  sort: ['age', 'firstname', 'createdAt'],
} as const satisfies QueryableOptions<Contact>

const people = defineQueryable(Contact, OPEN)
const sorted = (sort: string): string | undefined => people.parse({ sort }).sort?.toString()
const failure = (input: QueryInput, options?: QueryableOptions<Contact>): Error & { readonly code?: string } => {
  try {
    defineQueryable(Contact, { ...OPEN, ...options }).parse(input)
  } catch (error) {
    return error as Error
  }
  throw new Error('was accepted')
}

describe('a queryable', () => {
  it('reads the query of a URL', () => {
    const params = people.parse({
      filter: 'age > 17 AND team.name = "tea"',
      sort: '-age,+firstname',
      limit: '50',
      offset: '100',
    })
    expect(String(params)).toBe("age > 17 and team.name = 'tea' order by age desc, firstname asc")
    expect([params.limit, params.offset]).toEqual([50, 100])
  })

  it.each([{}, { filter: '', sort: ' ' }, { filter: undefined, sort: null, limit: '', offset: undefined }])(
    'Q25: restricts nothing but the limit for %j',
    input => {
      const params = people.parse(input)
      expect([params.predicate, params.sort, params.limit, params.offset]).toEqual([undefined, undefined, 20, 0])
    },
  )

  it.each([
    ['age', 'age ASC'],
    ['+age', 'age ASC'],
    [' age', 'age ASC'],
    ['-age', 'age DESC'],
    ['- age, +firstname', 'age DESC, firstname ASC'],
    ['age desc', 'age DESC'],
    ['age DESC nulls LAST,firstname', 'age DESC NULLS LAST, firstname ASC'],
    ['-firstname ignore case nulls first', 'firstname IGNORE CASE DESC NULLS FIRST'],
  ])('Q24: the sort %j', (sort, expected) => {
    expect(sorted(sort)).toBe(expected)
  })

  it.each([
    '-age desc',
    '+age asc',
    '--age',
    'age descending',
    'age,',
    ',age',
    'age;',
    'age nulls',
    '-1',
    '(age)',
    "age'",
  ])('Q24: refuses the sort %j with its position', sort => {
    const error = failure({ sort })
    expect(error).toBeInstanceOf(QuerySyntaxError)
    expect(error.message).toContain('The sort cannot be read at line 1')
  })

  it.each([
    [{ filter: 'email = "x"' }, 'email', 'filter'],
    [{ filter: 'team = 1' }, 'team', 'filter'],
    [{ filter: 'team.id = 1' }, 'team.id', 'filter'],
    [{ filter: 'age = 1 or not (age = 2 or id in (1))' }, 'id', 'filter'],
    [{ sort: 'team.name' }, 'team.name', 'sort'],
    [{ sort: 'age,-email' }, 'email', 'sort'],
    [{ filter: '__proto__ = 1' }, '__proto__', 'filter'],
    [{ filter: 'constructor is null' }, 'constructor', 'filter'],
    [{ filter: '__class__.__mro__ = 1' }, '__class__.__mro__', 'filter'],
    [{ filter: '__tablename__ = "posts"' }, '__tablename__', 'filter'],
    [{ filter: 'metadata is not null' }, 'metadata', 'filter'],
    [{ sort: 'hasOwnProperty' }, 'hasOwnProperty', 'sort'],
    [{ filter: 'Age = 1' }, 'Age', 'filter'],
    [{ filter: '`age ` = 1' }, 'age ', 'filter'],
  ])('Q21, Q23: refuses what is not open: %j', (input, property, use) => {
    const error = failure(input)
    expect(error).toBeInstanceOf(PropertyNotAllowedError)
    expect(error).toMatchObject({ code: 'AMBIT_QUERY_NOT_ALLOWED', property, use })
  })

  it('Q23: refuses what tries to be more than a property', () => {
    expect(failure({ filter: 'department.city; DROP TABLE--' })).toBeInstanceOf(QuerySyntaxError)
    expect(failure({ sort: 'age; DROP TABLE contact' })).toBeInstanceOf(QuerySyntaxError)
  })

  it('says the same of a property that is hidden and of one that does not exist', () => {
    const message = (property: string): string =>
      failure({ filter: `${property} = 1` }).message.replaceAll(property, '…')
    expect(message('manager')).toBe(message('nowhere'))
  })

  it.each([
    [{ limit: '101' }, 'limit', 'above 100'],
    [{ limit: 1_000_000 }, 'limit', 'above 100'],
    [{ offset: '10001' }, 'offset', 'above 10000'],
    [{ limit: '-1' }, 'limit', 'no whole number'],
    [{ limit: '1.5' }, 'limit', 'no whole number'],
    [{ limit: '1e2' }, 'limit', 'no whole number'],
    [{ limit: ' 5' }, 'limit', 'no whole number'],
    [{ limit: 'all' }, 'limit', 'no whole number'],
    [{ limit: NaN }, 'limit', 'no whole number'],
    [{ limit: ['1', '2'] }, 'limit', 'no whole number'],
    [{ offset: '99999999999999999999' }, 'offset', 'no whole number'],
    [{ filter: ['age = 1', 'age = 2'] }, 'filter', 'no text'],
    [{ filter: { age: 1 } }, 'filter', 'no text'],
    [{ sort: 5 }, 'sort', 'no text'],
  ])('Q25: refuses the input %j', (input, name, what) => {
    const error = failure(input)
    expect(error).toBeInstanceOf(QueryInputError)
    expect(error).toMatchObject({
      code: 'AMBIT_QUERY_INPUT',
      input: name,
      message: expect.stringContaining(what) as string,
    })
  })

  it('lowers a limit only where it was told to', () => {
    const kind = defineQueryable(Contact, { ...OPEN, beyondLimit: 'clamp', maxLimit: 10 })
    expect([kind.parse({ limit: '11' }).limit, kind.parse({}).limit, kind.parse({ limit: '0' }).limit]).toEqual([
      10, 10, 0,
    ])
  })

  it.each([
    ['maxLength', `age > 1${' '.repeat(2_000)}`],
    ['maxDepth', `${'('.repeat(5)}age = 1${')'.repeat(5)}`],
    ['maxTerms', Array.from({ length: 201 }, () => 'age=1').join(' or ')],
    ['maxListLength', `age in (${Array.from({ length: 101 }, (_, at) => at).join()})`],
  ])('Q9: has a %s', (option, filter) => {
    const raised = { ...OPEN, [option]: option === 'maxDepth' ? 500 : 5_000 }
    expect(failure({ filter }).code).toBe('AMBIT_QUERY_LIMIT')
    expect(String(defineQueryable(Contact, raised).parse({ filter }))).toContain('age')
  })

  it('opens nothing by itself', () => {
    const closed = defineQueryable(Contact, {})
    expect(() => closed.parse({ filter: 'age = 1' })).toThrow('Nothing is open to a filter.')
    expect(() => closed.parse({ sort: 'age' })).toThrow('Nothing is open to a sort.')
    expect(closed.parse({}).predicate).toBeUndefined()
  })

  it.each([
    [{ maxLimit: 0 }, 'maxLimit'],
    [{ maxLimit: 1.5 }, 'maxLimit'],
    [{ maxLimit: 10, defaultLimit: 11 }, 'defaultLimit'],
    [{ maxOffset: -1 }, 'maxOffset'],
    [{ maxDepth: 501 }, 'maxDepth'],
    [{ maxTerms: 0 }, 'maxTerms'],
    [{ filtr: ['age'] }, "defineQueryable(Contact) has no option 'filtr'"],
    [{ filtr: ['age'] }, "Did you mean 'filter'?"],
    [{ beyondLimit: 'x' as 'clamp' }, "takes 'refuse' or 'clamp' as 'beyondLimit'"],
    [{ filter: 'age' as never }, "takes an array as 'filter'"],
  ])('refuses the options %j', (options, name) => {
    const define = () => defineQueryable(Contact, options as QueryableOptions<Contact>)
    expect(define).toThrow(QueryDeclarationError)
    expect(define).toThrow(name)
  })

  it('refuses what can be no property, and the compiler what is none', () => {
    expect(() => defineQueryable(Contact, { filter: ['a..b'] as never })).toThrow(InvalidQueryNodeError)
    // @ts-expect-error there is no such property
    expect(defineQueryable(Contact, { filter: ['nmae'] })).toBeDefined()
  })
})
