import { printQuery } from '../../../src/query/ast/print-query'
import { parseDerivedName } from '../../../src/query/derived/parse-derived-name'
import { catalogueOf } from '../support/property-tree'

const user = catalogueOf(
  {
    User: {
      id: 'number',
      firstname: 'string',
      lastname: 'string',
      email: 'string',
      age: 'number',
      active: 'boolean',
      createdAt: 'date',
      manager: { to: 'User' },
      team: { to: 'Team' },
      roles: { to: 'Team', many: true },
      address: { zipCode: 'string', street: 'string' },
      order: 'number',
      URL: 'string',
      raw: 'unknown',
    },
    Team: { id: 'number', name: 'string', order: 'number' },
  },
  'User',
)

const read = (name: string): string => {
  const { predicate, order } = parseDerivedName(name, user)
  return printQuery(predicate, order)
}

describe('the verb', () => {
  it.each([
    ['findByAge', 'many', undefined, false],
    ['findAllByAge', 'many', undefined, false],
    ['findUsersByAge', 'many', undefined, false],
    ['readByAge', 'many', undefined, false],
    ['queryByAge', 'many', undefined, false],
    ['searchByAge', 'many', undefined, false],
    ['findOneByAge', 'one', undefined, false],
    ['findOneUserByAge', 'one', undefined, false],
    ['findDistinctOneByAge', 'one', undefined, true],
    ['findFirstByAge', 'one', 1, false],
    ['findTopByAge', 'one', 1, false],
    ['findFirstUserByAge', 'one', 1, false],
    ['findFirst1ByAge', 'many', 1, false],
    ['findFirst3ByAge', 'many', 3, false],
    ['findTop10UsersByAge', 'many', 10, false],
    ['findAllTop2ByAge', 'many', 2, false],
    ['findDistinctByAge', 'many', undefined, true],
    ['findUsersDistinctByAge', 'many', undefined, true],
    ['findDistinctFirst3ByAge', 'many', 3, true],
    ['findDistinctAllByAge', 'many', undefined, true],
    ['getByAge', 'required', undefined, false],
    ['getUserByAge', 'required', undefined, false],
    ['getOneByAge', 'required', undefined, false],
    ['getFirstByAge', 'required', 1, false],
    ['getTop2ByAge', 'many', 2, false],
    ['getAllByAge', 'many', undefined, false],
    ['streamByAge', 'stream', undefined, false],
    ['streamAllByAge', 'stream', undefined, false],
    ['streamFirst100ByAge', 'stream', 100, false],
    ['countByAge', 'count', undefined, false],
    ['countDistinctByAge', 'count', undefined, true],
    ['countUsersByAge', 'count', undefined, false],
    ['existsByAge', 'exists', undefined, false],
    ['existsFirstByAge', 'exists', undefined, false],
    ['deleteByAge', 'delete', undefined, false],
    ['deleteAllByAge', 'delete', undefined, false],
    ['removeByAge', 'delete', undefined, false],
    ['deleteFirstnameByAge', 'delete', undefined, false],
    ['findFirstnameByAge', 'many', undefined, false],
    ['findTopicsByAge', 'many', undefined, false],
    ['findOnesByAge', 'many', undefined, false],
    ['findPhoneByAge', 'many', undefined, false],
    ['findStandByAge', 'many', undefined, false],
    ['findBytesByAge', 'many', undefined, false],
    ['getAllowedByAge', 'required', undefined, false],
  ])('of %s asks for %s, limit %p, distinct %p', (name, kind, limit, distinct) => {
    expect(parseDerivedName(name, user)).toMatchObject({ kind, limit, distinct })
    expect(read(name)).toBe('age = ?1')
  })

  it('SP-46 of a count is not limited by First: the words are decoration there', () => {
    expect(parseDerivedName('countFirst10ByAge', user)).toMatchObject({ kind: 'count', limit: undefined })
  })

  it('may be followed by By alone: all rows', () => {
    for (const name of ['findBy', 'findAllBy', 'countBy', 'existsBy', 'streamBy'])
      expect(parseDerivedName(name, user)).toMatchObject({ predicate: undefined, parameters: [] })
    expect(parseDerivedName('findFirst3By', user)).toMatchObject({ kind: 'many', limit: 3 })
  })
})

describe('a keyword', () => {
  it.each([
    ['Age', 'age = ?1', 1],
    ['AgeIs', 'age = ?1', 1],
    ['AgeEquals', 'age = ?1', 1],
    ['AgeIsEqual', 'age = ?1', 1],
    ['AgeNot', 'age <> ?1', 1],
    ['AgeIsNot', 'age <> ?1', 1],
    ['AgeLessThan', 'age < ?1', 1],
    ['AgeIsLessThan', 'age < ?1', 1],
    ['AgeLessThanEqual', 'age <= ?1', 1],
    ['AgeIsLessThanEqual', 'age <= ?1', 1],
    ['AgeLessThanEquals', 'age <= ?1', 1],
    ['AgeGreaterThan', 'age > ?1', 1],
    ['AgeIsGreaterThan', 'age > ?1', 1],
    ['AgeGreaterThanEqual', 'age >= ?1', 1],
    ['AgeIsGreaterThanEqual', 'age >= ?1', 1],
    ['AgeGreaterThanEquals', 'age >= ?1', 1],
    ['CreatedAtBefore', 'createdAt < ?1', 1],
    ['CreatedAtIsBefore', 'createdAt < ?1', 1],
    ['CreatedAtAfter', 'createdAt > ?1', 1],
    ['CreatedAtIsAfter', 'createdAt > ?1', 1],
    ['AgeBetween', 'age between ?1 and ?2', 2],
    ['AgeIsBetween', 'age between ?1 and ?2', 2],
    ['AgeNotBetween', 'age not between ?1 and ?2', 2],
    ['AgeIsNotBetween', 'age not between ?1 and ?2', 2],
    ['EmailNull', 'email is null', 0],
    ['EmailIsNull', 'email is null', 0],
    ['EmailNotNull', 'email is not null', 0],
    ['EmailIsNotNull', 'email is not null', 0],
    ['ActiveTrue', 'active is true', 0],
    ['ActiveIsTrue', 'active is true', 0],
    ['ActiveFalse', 'active is false', 0],
    ['ActiveIsFalse', 'active is false', 0],
    ['EmailLike', 'email like ?1', 1],
    ['EmailIsLike', 'email like ?1', 1],
    ['EmailNotLike', 'email not like ?1', 1],
    ['EmailIsNotLike', 'email not like ?1', 1],
    ['EmailStartingWith', 'email starts with ?1', 1],
    ['EmailIsStartingWith', 'email starts with ?1', 1],
    ['EmailStartsWith', 'email starts with ?1', 1],
    ['EmailNotStartingWith', 'email not starts with ?1', 1],
    ['EmailIsNotStartingWith', 'email not starts with ?1', 1],
    ['EmailNotStartsWith', 'email not starts with ?1', 1],
    ['EmailEndingWith', 'email ends with ?1', 1],
    ['EmailIsEndingWith', 'email ends with ?1', 1],
    ['EmailEndsWith', 'email ends with ?1', 1],
    ['EmailNotEndingWith', 'email not ends with ?1', 1],
    ['EmailIsNotEndingWith', 'email not ends with ?1', 1],
    ['EmailNotEndsWith', 'email not ends with ?1', 1],
    ['EmailContaining', 'email contains ?1', 1],
    ['EmailIsContaining', 'email contains ?1', 1],
    ['EmailContains', 'email contains ?1', 1],
    ['EmailNotContaining', 'email not contains ?1', 1],
    ['EmailIsNotContaining', 'email not contains ?1', 1],
    ['EmailNotContains', 'email not contains ?1', 1],
    ['AgeIn', 'age in ?1', 1],
    ['AgeIsIn', 'age in ?1', 1],
    ['AgeNotIn', 'age not in ?1', 1],
    ['AgeIsNotIn', 'age not in ?1', 1],
    ['EmailIgnoreCase', 'email = ?1 ignore case', 1],
    ['EmailIgnoringCase', 'email = ?1 ignore case', 1],
    ['EmailNotIgnoreCase', 'email <> ?1 ignore case', 1],
    ['EmailLikeIgnoreCase', 'email like ?1 ignore case', 1],
    ['EmailContainingIgnoreCase', 'email contains ?1 ignore case', 1],
    ['EmailInIgnoreCase', 'email in ?1 ignore case', 1],
    ['EmailGreaterThanIgnoreCase', 'email > ?1 ignore case', 1],
    ['RawTrue', 'raw is true', 0],
    ['RawLikeIgnoreCase', 'raw like ?1 ignore case', 1],
  ])('findBy%s is "%s" and takes %i', (text, canonical, parameters) => {
    expect(read(`findBy${text}`)).toBe(canonical)
    expect(parseDerivedName(`findBy${text}`, user).parameters).toHaveLength(parameters)
  })

  it('counts only before a capital letter or the end', () => {
    expect(read('findByOrder')).toBe('order = ?1')
    expect(read('findByOrderAndTeamOrder')).toBe('order = ?1 and team.order = ?2')
    expect(read('findByOrderOrAge')).toBe('order = ?1 or age = ?2')
  })
})

describe('joined conditions', () => {
  it.each([
    ['findByLastnameAndFirstname', 'lastname = ?1 and firstname = ?2'],
    ['findByLastnameOrFirstname', 'lastname = ?1 or firstname = ?2'],
    ['findByEmailAndLastnameOrFirstname', 'email = ?1 and lastname = ?2 or firstname = ?3'],
    ['findByEmailOrLastnameAndFirstname', 'email = ?1 or lastname = ?2 and firstname = ?3'],
    ['findByAgeBetweenAndActiveTrueOrEmailIn', 'age between ?1 and ?2 and active is true or email in ?3'],
    ['findByAgeAndAge', 'age = ?1 and age = ?2'],
    ['findByAgeIsNullOrAgeIsNotNull', 'age is null or age is not null'],
  ])('of %s are "%s": and binds tighter', (name, canonical) => {
    expect(read(name)).toBe(canonical)
  })

  it('SP-40 split on Or first', () => {
    expect(parseDerivedName('findByEmailAndLastnameOrFirstname', user).predicate).toMatchObject({
      kind: 'or',
      operands: [{ kind: 'and' }, { kind: 'comparison', path: 'firstname' }],
    })
  })

  it.each([
    ['findByLastnameAndFirstnameAllIgnoreCase', 'lastname = ?1 ignore case and firstname = ?2 ignore case'],
    ['findByLastnameAndFirstnameAllIgnoringCase', 'lastname = ?1 ignore case and firstname = ?2 ignore case'],
    ['findByLastnameAndAgeAllIgnoreCase', 'lastname = ?1 ignore case and age = ?2'],
    ['findByIdAllIgnoringCase', 'id = ?1'],
    ['findByLastnameAllIgnoreCaseOrderByAge', 'lastname = ?1 ignore case order by age asc'],
    ['findByEmailIsNullAndLastnameAllIgnoreCase', 'email is null and lastname = ?1 ignore case'],
    ['findByEmailBetweenAllIgnoreCase', 'email between ?1 and ?2'],
    ['findByRawAllIgnoreCase', 'raw = ?1'],
    ['findByLastnameIgnoreCaseAndFirstname', 'lastname = ?1 ignore case and firstname = ?2'],
  ])('SP-45 of %s fold case as in "%s"', (name, canonical) => {
    expect(read(name)).toBe(canonical)
  })
})

describe('an order', () => {
  it.each([
    ['findByOrderByAge', 'order by age asc'],
    ['findAllByOrderByAgeAsc', 'order by age asc'],
    ['findFirstByOrderByAgeDesc', 'order by age desc'],
    ['findByActiveTrueOrderByLastnameAscAgeDesc', 'active is true order by lastname asc, age desc'],
    ['findByOrderByLastnameAscAge', 'order by lastname asc, age asc'],
    ['findByOrderByTeamNameDescIdAsc', 'order by team.name desc, id asc'],
    ['findByOrderByTeam_NameDesc', 'order by team.name desc'],
    ['findByOrderOrderByOrder', 'order = ?1 order by order asc'],
    ['findByAgeOrderByAddressZipCode', 'age = ?1 order by address.zipCode asc'],
    ['streamByOrderByIdDesc', 'order by id desc'],
    ['getFirstByActiveTrueOrderByCreatedAtDesc', 'active is true order by createdAt desc'],
  ])('of %s is "%s"', (name, canonical) => {
    expect(read(name)).toBe(canonical)
  })

  it('is empty where the name has none', () => {
    expect(parseDerivedName('findByAge', user).order).toEqual([])
  })

  it('prefers a property that is called like a direction', () => {
    const item = catalogueOf({ Item: { item: 'string', itemDesc: 'string', asc: 'number', name: 'string' } }, 'Item')
    const order = (name: string): string => printQuery(undefined, parseDerivedName(name, item).order)
    expect(order('findByOrderByItemDesc')).toBe('order by itemDesc asc')
    expect(order('findByOrderByItemDescDesc')).toBe('order by itemDesc desc')
    expect(order('findByOrderByAscAscNameDesc')).toBe('order by asc asc, name desc')
    expect(order('findByOrderByAsc')).toBe('order by asc asc')
  })
})

describe('the arguments', () => {
  it('go from left to right, each with its property, type and role', () => {
    const name = 'findByLastnameContainingAndAgeBetweenOrTeamNameInAndActiveTrueAndManagerNot'
    expect(parseDerivedName(name, user).parameters).toEqual([
      { index: 0, path: 'lastname', type: 'string', role: 'pattern' },
      { index: 1, path: 'age', type: 'number', role: 'value' },
      { index: 2, path: 'age', type: 'number', role: 'value' },
      { index: 3, path: 'team.name', type: 'string', role: 'list' },
      { index: 4, path: 'manager', type: 'other', role: 'value' },
    ])
  })

  it('have no type where the catalogue knows none', () => {
    expect(parseDerivedName('findByRaw', user).parameters).toEqual([
      { index: 0, path: 'raw', type: undefined, role: 'value' },
    ])
  })
})

describe('what is read', () => {
  it('is frozen throughout', () => {
    const query = parseDerivedName('findByAgeBetweenAndEmailInOrderByIdDesc', user)
    const open: unknown[] = [query]
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      expect(Object.isFrozen(value)).toBe(true)
      if (typeof value === 'object' && value !== null) open.push(...Object.values(value))
    }
  })
})
