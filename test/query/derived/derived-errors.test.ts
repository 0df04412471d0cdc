import { AmbitError } from '../../../src/core/ambit-error'
import { DerivedNameError, UnknownPropertyError } from '../../../src/query/errors'
import { nearMisses } from '../../../src/core/near-misses'
import { parseDerivedName } from '../../../src/query/derived/parse-derived-name'
import { catalogueOf } from '../support/property-tree'

const user = catalogueOf(
  {
    User: {
      id: 'number',
      username: 'string',
      age: 'number',
      active: 'boolean',
      createdAt: 'date',
      team: { to: 'Team' },
      manager: { to: 'User' },
      roles: { to: 'Team', many: true },
    },
    Team: { name: 'string', country: 'string' },
  },
  'User',
)

const failure = (name: string): AmbitError => {
  try {
    parseDerivedName(name, user, { label: `UserRepository.${name}` })
  } catch (error) {
    expect(error).toBeInstanceOf(AmbitError)
    expect((error as Error).message).toContain(`where: UserRepository.${name}`)
    return error as AmbitError
  }
  throw new Error(`was accepted: ${name}`)
}

describe('an unknown property', () => {
  it('is named with its entity, its method and what may have been meant', () => {
    const error = failure('findByUsernmeAndActiveTrue')
    expect(error).toBeInstanceOf(UnknownPropertyError)
    expect(error).toMatchObject({ property: 'usernme', entity: 'User', suggestions: ['username'] })
    expect(error.message).toBe(
      [
        "'usernme' is no property of User. [AMBIT_QUERY_UNKNOWN_PROPERTY]",
        '  where: UserRepository.findByUsernmeAndActiveTrue',
        "  next:  Did you mean 'username'?",
      ].join('\n'),
    )
  })

  it('lists the properties where none is similar', () => {
    expect(failure('findByZzzzzz').message).toContain(
      'next:  Use one of: id, username, age, active, createdAt, team, manager, roles.',
    )
  })

  it('lists only so many', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`column${String(n)}`, 'string' as const]))
    expect(() => parseDerivedName('findByZzzz', catalogueOf({ Wide: many }, 'Wide'))).toThrow(/column11, …\./)
  })

  it.each([
    ['findByTeamNme', 'teamNme', ['team.name']],
    ['findByTeamCuontry', 'teamCuontry', ['team.country']],
    ['findByManagerUsernam', 'managerUsernam', ['manager.username']],
    ['findByTeam_Nme', 'team_Nme', ['team.name']],
    ['findByAgeAndUsernaem', 'usernaem', ['username']],
    ['findByUsernmeContaining', 'usernme', ['username']],
    ['findByUsernmeIgnoreCase', 'usernme', ['username']],
    ['findByUsernmeContainingIgnoreCase', 'usernme', ['username']],
    ['findByUsernmeBetween', 'usernme', ['username']],
    ['findByUsernameOrAeg', 'aeg', ['age']],
    ['findByOrderByUsernme', 'usernme', ['username']],
    ['findByOrderByUsernmeDesc', 'usernme', ['username']],
    ['findByOrderByAgeAscUsernmeDesc', 'usernme', ['username']],
    ['findByUSERNAME', 'uSERNAME', ['username']],
    ['countByCreatedAtt', 'createdAtt', ['createdAt']],
    ['deleteByAgeXAndId', 'ageX', ['age']],
  ])('in %s is "%s", and %j may have been meant', (name, property, suggestions) => {
    expect(failure(name)).toMatchObject({ code: 'AMBIT_QUERY_UNKNOWN_PROPERTY', property, suggestions })
  })

  it('in an order may be two keys without a direction between them', () => {
    expect(failure('findByOrderByUsernameAgeDesc').message).toContain('Every key but the last needs Asc or Desc.')
  })

  it('is a keyword that stands alone', () => {
    for (const name of ['findByTrue', 'findByIn', 'findByIgnoreCase', 'findByIsNotNull'])
      expect(failure(name).code).toBe('AMBIT_QUERY_UNKNOWN_PROPERTY')
  })
})

describe('a name that is no query', () => {
  it.each([
    '',
    'By',
    'findUsername',
    'username',
    'loadByUsername',
    'finderByUsername',
    'findername',
    'find',
    'findUsersbyAge',
    'findByusername',
    'FindByUsername',
    'getterByUsername',
    'constructor',
    'toString',
    'then',
    '_findByAge',
    'saveByAge',
    'updateByAge',
  ])('is refused with the verbs there are: %j', name => {
    const error = failure(name)
    expect(error).toBeInstanceOf(DerivedNameError)
    expect(error).toMatchObject({ code: 'AMBIT_QUERY_DERIVED_NAME', methodName: name })
    expect(error.message).toContain(
      'Begin it with one of find, read, query, search, get, stream, count, exists, delete, remove, then By',
    )
  })

  it('is refused with a name of thousands of letters, which the message does not repeat', () => {
    const name = `findBy${'A'.repeat(5_000)}`
    expect(() => parseDerivedName(name, user)).toThrow('The name of a query method has more than 500 characters.')
    try {
      parseDerivedName(name, user)
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(400)
    }
  })
})

describe('a rule that is broken', () => {
  it.each([
    ['findByAnd', 'A condition is missing beside And or Or.'],
    ['findByAgeAnd', 'A condition is missing beside And or Or.'],
    ['findByAgeOr', 'A condition is missing beside And or Or.'],
    ['findByAndAge', 'A condition is missing beside And or Or.'],
    ['findByAgeAndAndId', 'A condition is missing beside And or Or.'],
    ['findByAgeAndOrderById', 'A condition is missing beside And or Or.'],
    ['findByAgeOrderBy', 'OrderBy names no property.'],
    ['findByOrderBy', 'OrderBy names no property.'],
    ['findByOrderByAsc', "The direction 'Asc' has no property."],
    ['findByOrderByDescAgeAsc', "The direction 'Desc' has no property."],
    ['findByOrderByAgeAscDesc', "The direction 'Desc' has no property."],
    ['findByAgeOrderByAgeOrderById', 'OrderBy may stand only once.'],
    ['countByActiveTrueOrderByAge', 'OrderBy has no meaning in a name that begins with count.'],
    ['existsByActiveTrueOrderByAge', 'OrderBy has no meaning in a name that begins with exists.'],
    ['deleteByActiveTrueOrderByAge', 'OrderBy has no meaning in a name that begins with delete.'],
    ['findFirst0ByAge', "'First0' limits to no number of rows."],
    ['findTop99999999999999999999ByAge', 'limits to no number of rows.'],
    ['findUsersFirst3ByAge', "'First3' stands too late to limit the rows."],
    ['findUsersTop10ByAge', 'Write it right after the verb: findTop10By.'],
    ['deleteFirstByAge', 'One, First and Top cannot limit it.'],
    ['deleteTop5ByAge', 'One, First and Top cannot limit it.'],
    ['removeOneByAge', 'One, First and Top cannot limit it.'],
    ['deleteBy', "'deleteBy' names no condition and would delete every row."],
    ['deleteAllBy', "'deleteAllBy' names no condition and would delete every row."],
    ['removeUsersBy', 'Use deleteMany({ all: true }) where that is meant'],
    ['findByUsernameMatchesRegex', "'MatchesRegex' is no operator of derived names here."],
    ['findByUsernameRegex', "'Regex' is no operator of derived names here."],
    ['findByTeamExists', "'Exists' is no operator of derived names here."],
    ['findByAgeNear', "'Near' is no operator of derived names here."],
    ['findByAgeIsWithin', "'IsWithin' is no operator of derived names here."],
  ])('by %s is told: %s', (name, message) => {
    const error = failure(name)
    expect(error).toMatchObject({ code: 'AMBIT_QUERY_DERIVED_NAME', methodName: name })
    expect(error.message).toContain(message)
  })
})

describe('an operator that does not fit', () => {
  it.each([
    ['findByIdIgnoringCase', "IgnoreCase needs a string; 'id' of User holds a number."],
    ['findByTeamIgnoreCase', "IgnoreCase needs a string; 'team' of User holds something else."],
    ['findByUsernameIsNullIgnoreCase', "IgnoreCase has no meaning after 'IsNull'."],
    ['findByUsernameBetweenIgnoreCase', "IgnoreCase has no meaning after 'Between'."],
    ['findByAgeTrue', "'True' needs a boolean; 'age' of User holds a number."],
    ['findByUsernameIsFalse', "'IsFalse' needs a boolean; 'username' of User holds a string."],
    ['findByAgeLike', "'Like' needs a string; 'age' of User holds a number."],
    ['findByCreatedAtStartingWith', "'StartingWith' needs a string; 'createdAt' of User holds a date."],
    ['findByActiveContaining', "'Containing' needs a string; 'active' of User holds a boolean."],
    ['findByRolesStartingWith', "'StartingWith' needs one value; 'roles' of User is a collection."],
    ['findByRoles', "A comparison needs one value; 'roles' of User is a collection."],
    ['findByRolesNotIn', "'NotIn' needs one value; 'roles' of User is a collection."],
    ['findByRolesContainingIgnoreCase', "IgnoreCase needs a string; 'roles' of User is a collection."],
    ['findByUsernameIsEmpty', "'IsEmpty' needs a collection; 'username' of User is none."],
    ['findByTeamNotEmpty', "'NotEmpty' needs a collection; 'team' of User is none."],
    ['findByTeamNameTrue', "'True' needs a boolean; 'team.name' of User holds a string."],
  ])('SP-45 in %s is found at start-up: %s', (name, message) => {
    const error = failure(name)
    expect(error).toMatchObject({ code: 'AMBIT_QUERY_OPERATOR_TYPE', methodName: name })
    expect(error.message).toContain(message)
  })
})

describe('near misses', () => {
  it.each<[string, string[], string[]]>([
    ['usernme', ['username', 'name', 'age'], ['username']],
    ['uesrname', ['username'], ['username']],
    ['USERNAME', ['username'], ['username']],
    ['nmae', ['name', 'age'], ['name']],
    ['aeg', ['age', 'id'], ['age']],
    ['ab', ['abc', 'b', 'xy'], ['abc', 'b']],
    ['name', ['names', 'nam', 'mane', 'nome'], ['nam', 'names', 'nome']],
    ['zzz', ['name'], []],
    ['', ['name'], []],
    ['name', [], []],
  ])('of %j among %j are %j', (word, candidates, expected) => {
    expect(nearMisses(word, candidates)).toEqual(expected)
  })

  it('are at most three, nearest first, then by name', () => {
    expect(nearMisses('column', ['columx', 'columb', 'columa', 'columns', 'column2', 'column'])).toEqual([
      'column',
      'columa',
      'columb',
    ])
  })

  it('of very long words take no time to speak of', () => {
    const started = performance.now()
    nearMisses(
      'a'.repeat(100_000),
      Array.from({ length: 50 }, () => 'b'.repeat(100_000)),
    )
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
