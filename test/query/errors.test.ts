import { AmbitError, isAmbitError } from '../../src/core/ambit-error'
import * as errors from '../../src/query/errors'

const { QUERY_ERRORS } = errors
const classes: Readonly<Record<string, unknown>> = { ...errors }
const codes = Object.keys(QUERY_ERRORS) as errors.QueryErrorCode[]
const text = { what: 'Something happened.', where: 'Repo.find', next: 'Do something.' }

describe('the catalogue of query errors', () => {
  it.each(codes)('%s belongs to the area, says when it appears, and names a class that can be caught', code => {
    const { thrownAs, meaning } = QUERY_ERRORS[code]
    expect(code).toMatch(/^AMBIT_QUERY(_[A-Z]+)+$/)
    expect(meaning).toMatch(/^[A-Z].{20,}\.$/)
    expect((classes[thrownAs] as { prototype: unknown }).prototype).toBeInstanceOf(AmbitError)
  })

  it('has a code for every class', () => {
    const thrown = new Set<string>(codes.map(code => QUERY_ERRORS[code].thrownAs))
    const exported = Object.keys(classes).filter(name => name.endsWith('Error'))
    expect(exported.sort()).toEqual([...thrown].sort())
  })
})

describe('a query error', () => {
  const all: readonly AmbitError[] = [
    new errors.QuerySyntaxError('AMBIT_QUERY_SYNTAX', text, { position: { index: 1, line: 1, column: 2 } }),
    new errors.QueryDeclarationError('AMBIT_QUERY_SOURCES', text),
    new errors.InvalidQueryNodeError('AMBIT_QUERY_INVALID_NODE', text),
    new errors.DerivedNameError('AMBIT_QUERY_DERIVED_NAME', text, 'findX'),
    new errors.UnknownPropertyError(text, { entity: 'User', property: 'x', suggestions: ['y'] }),
    new errors.InvalidSortError('AMBIT_QUERY_INVALID_SORT', text),
    new errors.InvalidPageError('AMBIT_QUERY_INVALID_PAGE', text),
    new errors.InvalidCursorError('Repo.find'),
    new errors.CursorKeyError('Something happened.', 'Repo.find'),
    new errors.QueryParameterError('AMBIT_QUERY_PARAMETER_MISSING', text, ['a', 'b']),
    new errors.IncorrectResultSizeError(text, 1, 2),
    new errors.EmptyResultError(text),
    new errors.QueryValidationError([new errors.EmptyResultError(text)]),
    new errors.QueryValueError(text, { property: 'age', expected: 'a number' }),
    new errors.PropertyNotAllowedError(text, { property: 'secret', use: 'sort' }),
    new errors.QueryInputError(text, 'limit'),
  ]

  it.each(all.map(error => [error.name, error] as const))('%s has its code, its name and its class', (name, error) => {
    expect(error).toBeInstanceOf(Error)
    expect(isAmbitError(error)).toBe(true)
    expect(error.constructor.name).toBe(name)
    expect(QUERY_ERRORS[error.code as errors.QueryErrorCode].thrownAs).toBe(name)
    expect(error.message).toContain(`[${error.code}]`)
  })

  it('carries its facts as fields', () => {
    expect(all[0]).toMatchObject({ position: { index: 1, line: 1, column: 2 }, expected: [] })
    expect(all[3]).toMatchObject({ methodName: 'findX' })
    expect(all[4]).toMatchObject({ entity: 'User', property: 'x', suggestions: ['y'] })
    expect(all[9]).toMatchObject({ parameters: ['a', 'b'] })
    expect(all[10]).toMatchObject({ expected: 1, actual: 2 })
    expect(all[13]).toMatchObject({ property: 'age', expected: 'a number' })
    expect(all[14]).toMatchObject({ property: 'secret', use: 'sort' })
    expect(all[15]).toMatchObject({ input: 'limit' })
  })
})

describe('the error of a start-up', () => {
  it('lists every problem with its place and its remedy, and keeps them as data', () => {
    const problems = [
      new errors.UnknownPropertyError(
        { what: "'usernme' is no property of User.", where: 'Users.findByUsernme', next: "Did you mean 'username'?" },
        { entity: 'User', property: 'usernme', suggestions: ['username'] },
      ),
      new errors.QueryDeclarationError('AMBIT_QUERY_SOURCES', {
        what: 'The query has a where and a sql.',
        next: 'Leave one of them out.',
      }),
    ]
    const error = new errors.QueryValidationError(problems)
    expect(error.problems).toBe(problems)
    expect(error.message).toBe(
      [
        'Start-up found 2 problems in declared queries. [AMBIT_QUERY_INVALID]',
        "  where: 1. 'usernme' is no property of User. [AMBIT_QUERY_UNKNOWN_PROPERTY]",
        '              where: Users.findByUsernme',
        "              next:  Did you mean 'username'?",
        '         2. The query has a where and a sql. [AMBIT_QUERY_SOURCES]',
        '              next:  Leave one of them out.',
        '  next:  Correct every query in the list; nothing was run.',
      ].join('\n'),
    )
  })

  it('counts one problem as one', () => {
    expect(new errors.QueryValidationError([new errors.EmptyResultError(text)]).message).toMatch(
      /^Start-up found 1 problem in/,
    )
  })
})
