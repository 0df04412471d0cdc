import type { AmbitError } from '../../../src/core/ambit-error'
import type { OrderTerm } from '../../../src/query/ast/order-term'
import { InvalidSortError } from '../../../src/query/errors'
import { Sort } from '../../../src/query/paging/sort'
import type { SortKey } from '../../../src/query/paging/sort-term'

const refusal = (make: () => unknown): InvalidSortError => {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidSortError)
    expect((error as AmbitError).code).toBe('AMBIT_QUERY_INVALID_SORT')
    return error as InvalidSortError
  }
  throw new Error('was accepted')
}

describe('a sort', () => {
  it('PS-42 ascends unless told otherwise', () => {
    expect(new Sort('name').terms).toEqual([{ path: 'name', direction: 'ASC', ignoreCase: false }])
    expect(Sort.by('name').terms).toEqual(new Sort('name').terms)
  })

  it.each([
    ['ASC', 'ASC'],
    ['DESC', 'DESC'],
    ['asc', 'ASC'],
    ['desc', 'DESC'],
    ['Desc', 'DESC'],
    ['aSc', 'ASC'],
  ])('PS-42 takes the direction %s in any case', (given, direction) => {
    expect(new Sort('name', given).terms).toMatchObject([{ direction }])
  })

  it.each(['', 'UP', 'ascending', 'ASC ', ' desc', 'DESC; DROP TABLE users', 'asc,id', 'ÂSC', 'null'])(
    'PS-42 refuses the direction %j, naming the two there are',
    direction => {
      expect(refusal(() => new Sort('name', direction)).message).toBe(
        [
          'A sort goes in no such direction. [AMBIT_QUERY_INVALID_SORT]',
          "  next:  Use 'ASC' or 'DESC', in any case.",
        ].join('\n'),
      )
    },
  )

  it.each([null, 1, {}, ['ASC'], true])('PS-42 refuses the direction %j from untyped code', direction => {
    refusal(() => new Sort('name', direction as unknown as string))
    refusal(() => new Sort([{ path: 'name', direction } as unknown as SortKey]))
  })

  it('changes nothing in place: every method answers a new one', () => {
    const name = Sort.by('name')
    const others = [name.desc(), name.asc(), name.nullsFirst(), name.nullsLast(), name.ignoreCase(), name.and('age')]
    for (const other of others) expect(other).not.toBe(name)
    expect(name.terms).toEqual([{ path: 'name', direction: 'ASC', ignoreCase: false }])
  })

  it('is frozen, and so are its terms', () => {
    const sort = Sort.by('name').and('age')
    expect([sort, sort.terms, ...sort.terms].every(Object.isFrozen)).toBe(true)
  })

  it('takes direction, nulls and case together', () => {
    expect(Sort.by('name').desc().nullsLast().ignoreCase().terms).toEqual([
      { path: 'name', direction: 'DESC', nulls: 'LAST', ignoreCase: true },
    ])
    expect(Sort.by('name', 'desc').asc().nullsFirst().terms).toEqual([
      { path: 'name', direction: 'ASC', nulls: 'FIRST', ignoreCase: false },
    ])
  })

  it('PS-34 joins keys in their order of importance', () => {
    const sort = Sort.by('name').and(Sort.by('age').desc()).and('id', 'DESC').and('team.name')
    expect(sort.terms.map(({ path, direction }) => `${path} ${direction}`)).toEqual([
      'name ASC',
      'age DESC',
      'id DESC',
      'team.name ASC',
    ])
  })

  it('joins sorts of several keys', () => {
    const sort = Sort.by('a').and('b').and(Sort.by('c').and('d'))
    expect(sort.terms.map(({ path }) => path)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('does not guess which of several keys is meant', () => {
    const two = Sort.by('a').and('b')
    for (const change of [
      () => two.desc(),
      () => two.asc(),
      () => two.nullsLast(),
      () => two.nullsFirst(),
      () => two.ignoreCase(),
    ])
      expect(refusal(change).message).toContain("Say it per key: Sort.by('a').and(Sort.by('b').desc()).")
  })

  it('can be made of keys as objects', () => {
    const keys = [
      { path: 'name', direction: 'desc', nulls: 'LAST' as const },
      { path: 'id', ignoreCase: true },
    ]
    expect(new Sort(keys).terms).toEqual([
      { path: 'name', direction: 'DESC', nulls: 'LAST', ignoreCase: false },
      { path: 'id', direction: 'ASC', ignoreCase: true },
    ])
  })

  it('keeps its own list of keys', () => {
    const keys = [{ path: 'name' }]
    const sort = new Sort(keys)
    keys.push({ path: 'id' })
    expect(sort.terms).toHaveLength(1)
  })

  it('needs a key', () => {
    expect(refusal(() => new Sort([])).message).toContain('A sort needs a key.')
  })

  it('has the shape of the query tree’s order', () => {
    const terms: readonly OrderTerm[] = Sort.by('name').desc().nullsLast().terms
    expect(terms).toHaveLength(1)
  })

  it('says what it is', () => {
    expect(String(Sort.by('team.name').desc().nullsLast().ignoreCase().and('id'))).toBe(
      'team.name IGNORE CASE DESC NULLS LAST, id ASC',
    )
  })
})

describe('a sort key', () => {
  it.each(['a', 'name', 'team.name', 'a.b.c', '_id', '$ref', 'größe', '名前', 'x1', '1st', 'snake_case'])(
    'may be %s',
    path => {
      expect(Sort.by(path).terms).toMatchObject([{ path }])
    },
  )

  it.each([
    '',
    ' ',
    '.',
    'a.',
    '.a',
    'a..b',
    'name desc',
    'name,id',
    'name; drop table users',
    'name--',
    '"name"',
    "name'",
    '`name`',
    'lower(name)',
    '(select 1)',
    'name::text',
    'case when 1=1 then a else b end',
    '1,2',
    'a/**/b',
    'a\n',
    'a\u0000',
    'a\u200b',
    '*',
    '-name',
    '+name',
    'a'.repeat(501),
  ])('PS-35 may not be %j', path => {
    const { message } = refusal(() => Sort.by(path))
    expect(message).toContain('A sort key can only be the path of a property.')
    expect(message).toContain("Use letters, digits, '_', '$' and dots, as in 'team.name'.")
  })

  it('is not repeated in the message: it may come from anywhere', () => {
    expect(refusal(() => Sort.by('secret token')).message).not.toContain('secret')
  })

  it.each([undefined, null, 1, {}, ['name'], { toString: () => 'name' }])('may not be %j from untyped code', path => {
    refusal(() => new Sort([{ path: path as unknown as string }]))
  })

  it('has missing values first, last, or where the database has them on all databases alike', () => {
    expect(new Sort([{ path: 'a' }]).terms[0]).not.toHaveProperty('nulls')
    refusal(() => new Sort([{ path: 'a', nulls: 'FIRST; DROP TABLE users' as 'FIRST' }]))
    refusal(() => new Sort([{ path: 'a', nulls: 'first' as 'FIRST' }]))
  })
})
