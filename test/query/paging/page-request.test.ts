import fc from 'fast-check'
import type { AmbitError } from '../../../src/core/ambit-error'
import { InvalidPageError, InvalidSortError } from '../../../src/query/errors'
import { DEFAULT_MAX_PAGE_SIZE, PageRequest } from '../../../src/query/paging/page-request'
import { Sort } from '../../../src/query/paging/sort'

const refusal = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidPageError)
    expect((error as AmbitError).code).toBe('AMBIT_QUERY_INVALID_PAGE')
    return (error as Error).message
  }
  throw new Error('was accepted')
}

describe('a page request', () => {
  it.each([
    [0, 10, 0],
    [1, 10, 10],
    [10, 10, 100],
    [3, 7, 21],
  ])('PS-41 for page %i of size %i has the offset %#: as many rows as come before', (page, size, offset) => {
    expect(PageRequest.of(page, size).offset).toBe(offset)
  })

  it('has its numbers, no sort and the usual limit unless told otherwise', () => {
    expect(PageRequest.of(2, 20)).toMatchObject({ page: 2, size: 20, sort: undefined, maxSize: DEFAULT_MAX_PAGE_SIZE })
  })

  it('can be made with new, as in the systems it follows', () => {
    const sorts = [new Sort('name'), new Sort('age', 'DESC')]
    expect(new PageRequest(0, 10, sorts).sort?.toString()).toBe('name ASC, age DESC')
    expect(new PageRequest(0, 10, []).sort).toBeUndefined()
    expect(new PageRequest(1, 10)).toEqual(PageRequest.of(1, 10))
  })

  it('takes a sort as a path, a sort, or several', () => {
    const name = Sort.by('name').desc()
    expect(PageRequest.of(0, 1, 'team.name').sort?.toString()).toBe('team.name ASC')
    expect(PageRequest.of(0, 1, name).sort).toBe(name)
    expect(PageRequest.of(0, 1, [name, Sort.by('a').and('b')]).sort?.toString()).toBe('name DESC, a ASC, b ASC')
  })

  it('PS-35 refuses a sort key that can be no property', () => {
    expect(() => PageRequest.of(0, 1, 'name; drop table users')).toThrow(InvalidSortError)
  })

  it.each([-1, -0.5, 0.5, NaN, Infinity, -Infinity, 2 ** 53])('refuses page %p', page => {
    expect(refusal(() => PageRequest.of(page, 10))).toBe(
      [
        `The page number cannot be ${String(page)}. [AMBIT_QUERY_INVALID_PAGE]`,
        '  next:  Pass a whole number from 0 to Number.MAX_SAFE_INTEGER.',
      ].join('\n'),
    )
  })

  it.each([0, -1, 1.5, NaN, Infinity])('refuses size %p: PS-40 only a page can be empty', size => {
    expect(refusal(() => PageRequest.of(0, size))).toContain(`The page size cannot be ${String(size)}.`)
  })

  it.each([undefined, null, '1', '1; drop table users', {}, [], true, 1n])(
    'refuses %p from untyped code, and keeps it to itself',
    value => {
      const wrong = value as number
      expect(refusal(() => PageRequest.of(wrong, 10))).toMatch(
        /The page number cannot be a (undefined|null|string|object|boolean|bigint)\./,
      )
      expect(refusal(() => PageRequest.of(0, wrong))).not.toContain('drop')
    },
  )

  it('refuses a size above 1,000, so that nobody loads a table by a query string', () => {
    expect(PageRequest.of(0, 1_000).size).toBe(1_000)
    expect(refusal(() => PageRequest.of(0, 1_001))).toBe(
      [
        'A page of 1001 rows is above the limit of 1000. [AMBIT_QUERY_INVALID_PAGE]',
        '  next:  Ask for less, stream the rows, or pass { maxSize } where so many rows are meant.',
      ].join('\n'),
    )
  })

  it('takes another limit, higher or lower', () => {
    expect(PageRequest.of(0, 5_000, undefined, { maxSize: 5_000 }).size).toBe(5_000)
    expect(refusal(() => PageRequest.of(0, 51, undefined, { maxSize: 50 }))).toContain('above the limit of 50')
    expect(refusal(() => PageRequest.of(0, 1, undefined, { maxSize: 0 }))).toContain(
      'The maximum page size cannot be 0.',
    )
  })

  it('refuses an offset that no number holds exactly', () => {
    expect(refusal(() => PageRequest.of(2 ** 52, 10))).toContain('The offset cannot be')
  })

  it('leads to the next page, with the same size, sort and limit', () => {
    const first = PageRequest.of(0, 2_000, Sort.by('name'), { maxSize: 2_000 })
    expect(first.next()).toEqual(PageRequest.of(1, 2_000, Sort.by('name'), { maxSize: 2_000 }))
    expect(first.page).toBe(0)
  })

  it('is frozen', () => {
    const request = PageRequest.of(0, 10)
    expect(Object.isFrozen(request)).toBe(true)
    expect(() => Object.assign(request, { size: 1_000_000 })).toThrow(TypeError)
  })

  it('is told from everything else, also where instanceof would not help', () => {
    expect(PageRequest.is(PageRequest.of(0, 1))).toBe(true)
    for (const other of [undefined, null, 1, 'page', {}, [], { page: 0, size: 1 }, Sort.by('a'), PageRequest])
      expect(PageRequest.is(other)).toBe(false)
  })

  it('says what it is', () => {
    expect(String(PageRequest.of(2, 20))).toBe('page 2 of size 20')
    expect(String(PageRequest.of(2, 20, Sort.by('name').desc()))).toBe('page 2 of size 20, name DESC')
  })

  it('never skips or repeats a row from page to page', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000 }), (page, size) => {
        const request = PageRequest.of(page, size)
        expect(request.next().offset).toBe(request.offset + size)
      }),
    )
  })
})
