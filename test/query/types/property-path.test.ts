import { PageRequest } from '../../../src/query/paging/page-request'
import type { PropertyPath } from '../../../src/query/paging/property-path.types'
import { Sort } from '../../../src/query/paging/sort'

// The compiler is what is tested here: `npm run typecheck` fails where a line marked with @ts-expect-error compiles, and
// where one that is not marked does not. At run time there is no entity to ask, so a wrong path is only text.

class Country {
  code!: string
  continent!: Continent
}

class Continent {
  name!: string
}

class Money {
  amount!: bigint
}

class Team {
  id!: number
  name!: string
  founded!: Date | null
  country!: Country
  members!: User[]
  lazyCountry!: Promise<Country>
  rename(): void {}
}

type UserId = number & { readonly brand: 'UserId' }

class User {
  id!: UserId
  username!: string
  nickname?: string
  born!: Date
  avatar!: Uint8Array | null
  tags!: string[]
  settings!: Record<string, unknown>
  price!: Money
  team!: Team
  manager!: User | null
  archived?: Team | undefined
  state!: 'new' | 'old'
  arrow = (): void => {}
  get display(): string {
    return this.username
  }
  rename(name: string): void {
    this.username = name
  }
}

type Equal<A, B> = [A, B] extends [B, A] ? true : false
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict

const paths = (...list: PropertyPath<User>[]): readonly string[] => list

describe('the type of property paths', () => {
  it('has columns, relations, embedded parts and what lies below, three deep', () => {
    expect(
      paths(
        'id',
        'username',
        'nickname',
        'born',
        'avatar',
        'tags',
        'settings',
        'state',
        'display',
        'price',
        'price.amount',
        'team',
        'team.name',
        'team.founded',
        'team.country.code',
        'team.lazyCountry.code',
        'manager.username',
        'manager.manager.username',
        'manager.team.name',
        'archived.name',
      ),
    ).toHaveLength(20)
  })

  it('has any string where no entity is named', () => {
    expect(same<PropertyPath<unknown>, string>(true)).toBe(true)
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the case under test
    expect(same<PropertyPath<any>, string>(true)).toBe(true)
  })

  it('is exactly the paths of a small entity', () => {
    expect(same<PropertyPath<Country>, 'code' | 'continent' | 'continent.name'>(true)).toBe(true)
    expect(same<PropertyPath<Continent>, 'name'>(true)).toBe(true)
  })

  it('has no methods, no unknown names, nothing below plain values and lists, and no fourth level', () => {
    // @ts-expect-error a method is no property
    paths('rename')
    // @ts-expect-error neither is a function in a field
    paths('arrow')
    // @ts-expect-error a misspelt property
    paths('usernme')
    // @ts-expect-error a misspelt property of a relation
    paths('team.nme')
    // @ts-expect-error the methods of a relation
    paths('team.rename')
    // @ts-expect-error what lies below a string
    paths('username.length')
    // @ts-expect-error what lies below a date
    paths('born.getTime')
    // @ts-expect-error what lies below bytes
    paths('avatar.length')
    // @ts-expect-error a list cannot be walked: it has no one row to sort by
    paths('tags.length')
    // @ts-expect-error neither can a relation to many
    paths('team.members.username')
    // @ts-expect-error a fourth level
    paths('manager.manager.manager.username')
    // @ts-expect-error also below other relations
    paths('team.country.continent.name')
    // @ts-expect-error the promise of a lazy relation is not walked as a promise
    paths('team.lazyCountry.then')
    // @ts-expect-error an empty path leads nowhere
    paths('')
    // @ts-expect-error a path that ends early
    paths('team.')
    // @ts-expect-error a direction does not belong to the path
    paths('username desc')
    // @ts-expect-error a number is no path
    paths(1)
  })
})

describe('a typed sort', () => {
  it('knows the properties of its entity', () => {
    expect(Sort.by<User>('team.name').terms).toHaveLength(1)
    expect(PageRequest.of<User>(0, 20, 'team.name').sort?.terms).toHaveLength(1)
    expect(PageRequest.of<User>(0, 20, Sort.by<User>('username', 'desc')).sort?.terms).toHaveLength(1)
    // @ts-expect-error a misspelt path
    Sort.by<User>('team.nme')
    // @ts-expect-error a misspelt path
    PageRequest.of<User>(0, 20, 'team.nme')
    // @ts-expect-error a method is no property
    Sort.by<User>('rename')
  })

  it('takes any text where no entity is named, and never infers one from the text', () => {
    const text = ['any', 'thing'].join('')
    expect(Sort.by(text).terms).toHaveLength(1)
    expect(PageRequest.of(0, 20, text).sort?.terms).toHaveLength(1)
  })

  it('knows its directions', () => {
    expect(Sort.by('a', 'ASC').and('b', 'desc').terms).toHaveLength(2)
    // @ts-expect-error no such direction
    expect(() => Sort.by('a', 'UP')).toThrow('AMBIT_QUERY_INVALID_SORT')
    // @ts-expect-error no such direction
    expect(() => Sort.by('a').and('b', 'down')).toThrow('AMBIT_QUERY_INVALID_SORT')
    // @ts-expect-error missing values are first or last
    expect(() => new Sort([{ path: 'a', nulls: 'MIDDLE' }])).toThrow('AMBIT_QUERY_INVALID_SORT')
  })
})

describe('a typed page request', () => {
  it('wants numbers', () => {
    // @ts-expect-error text from a query string has to be converted
    expect(() => PageRequest.of('0', 20)).toThrow('AMBIT_QUERY_INVALID_PAGE')
    // @ts-expect-error a size is needed
    expect(() => PageRequest.of(0)).toThrow('AMBIT_QUERY_INVALID_PAGE')
  })
})
