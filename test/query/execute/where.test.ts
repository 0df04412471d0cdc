import { CrudRepository, Query, Repository } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { Contact, contact, CONTACTS, day, names, Team, TeamRepository } from './contacts'

type Find<A extends unknown[]> = (...args: A) => Promise<Contact[]>

@Repository(Contact)
class WhereRepository extends CrudRepository<Contact> {
  @Query({ where: "firstname like :pattern or lastname like 'Z%' order by firstname" })
  declare like: Find<[pattern: string]>
  @Query({ where: 'firstname ilike :pattern order by firstname' })
  declare ilike: Find<[pattern: string]>
  @Query({ where: 'firstname not like :pattern order by firstname' })
  declare notLike: Find<[pattern: string]>
  @Query({ where: 'firstname = :name ignore case order by firstname' })
  declare sameIgnoringCase: Find<[name: string]>
  @Query({ where: 'firstname in :names ignore case order by firstname' })
  declare inIgnoringCase: Find<[names: readonly string[]]>
  @Query({ where: 'firstname not in :names ignore case order by firstname' })
  declare notInIgnoringCase: Find<[names: readonly string[]]>
  @Query({ where: 'lastname = :name order by firstname' })
  declare lastnameIs: Find<[name: string | null]>
  @Query({ where: 'lastname <> :name order by firstname' })
  declare lastnameIsNot: Find<[name: string | null]>
  @Query({ where: 'lastname = null or lastname is null order by firstname' })
  declare nameless: Find<[]>
  @Query({ where: 'not (lastname = :name) order by firstname' })
  declare notNamed: Find<[name: string]>
  @Query({ where: 'active is not true order by firstname' })
  declare notActive: Find<[]>
  @Query({ where: 'active is true and age is not null order by firstname' })
  declare activeOfAge: Find<[]>
  @Query({ where: 'active = :active order by firstname' })
  declare byState: Find<[active: boolean]>
  @Query({ where: 'age between :from and :to order by firstname', args: ['from', 'to'] })
  declare agedBetween: Find<[from: number, to: number]>
  @Query({ where: 'age not between 10 and 20 order by firstname' })
  declare outsideTeens: Find<[]>
  @Query({ where: 'createdAt >= :since order by firstname' })
  declare since: Find<[since: Date]>
  @Query({ where: "address.city = 'Graz' and address.zip is not null order by firstname" })
  declare inGraz: Find<[]>
  @Query({ where: 'team.name = :team order by firstname' })
  declare ofTeam: Find<[team: string]>
  @Query({ where: "team.name = 'red' or manager.team.name = 'red' order by firstname" })
  declare nearRed: Find<[]>
  @Query({ where: 'team is null order by firstname' })
  declare teamless: Find<[]>
  @Query({ where: 'team = :team order by firstname' })
  declare inTeam: Find<[team: Team | number]>
  @Query({ where: 'team.id in :ids order by firstname' })
  declare inTeams: Find<[ids: readonly number[]]>
  @Query({ where: 'age > 1 order by manager.firstname desc, team.name, firstname' })
  declare byManager: Find<[]>
  @Query({ where: '`firstname` = "it\'s" or firstname = \'say \\"hi\\"\' order by firstname' })
  declare quoted: Find<[]>
  @Query({ where: 'order by firstname desc' })
  declare everyone: Find<[]>
}

describe.each(ENGINES)('where expressions on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...CONTACTS, components: [WhereRepository, TeamRepository] }))
  const contacts = (): WhereRepository => running.app.get(WhereRepository)
  const given = async (...rows: (Partial<Contact> & Pick<Contact, 'firstname'>)[]): Promise<Contact[]> => {
    const saved = await contacts().saveAll(rows.map(contact))
    db.log.clear()
    return saved
  }

  it('like takes wildcards, and minds the case on every database', async () => {
    await given(
      { firstname: 'anna' },
      { firstname: 'Anna' },
      { firstname: 'bob', lastname: 'Zorro' },
      { firstname: 'eve' },
    )
    expect(names(await contacts().like('a%'))).toEqual(['anna', 'bob'])
    expect(names(await contacts().like('_nna'))).toEqual(['Anna', 'anna', 'bob'])
    expect(names(await contacts().notLike('%n%'))).toEqual(['bob', 'eve'])
    expect(names(await contacts().ilike('A%A'))).toEqual(['Anna', 'anna'])
  })

  it.each([
    ['a backslash takes the next character literally', 'a\\_b', ['a_b']],
    ['also a percent sign', 'a\\%b', ['a%b']],
    ['and itself', 'a\\\\b', ['a\\b']],
    ['signs of other pattern languages mean nothing', 'a*b', ['a*b']],
    ['nor do sets', 'a[x]b', ['a[x]b']],
    ['an underscore is one character, whatever its length', 'a_b', ['a%b', 'a*b', 'a\\b', 'a_b', 'a😀b']],
  ])('like: %s', async (_, pattern, found) => {
    const rows = ['a_b', 'a%b', 'a\\b', 'a*b', 'a[x]b', 'a😀b', 'ab']
    await given(...rows.map(firstname => ({ firstname })))
    expect(names(await contacts().like(pattern)).sort()).toEqual(found)
  })

  it('ignore case folds both sides the same way, in a list as in a comparison', async () => {
    await given({ firstname: 'ANNA' }, { firstname: 'bob' }, { firstname: 'ÄNNE' })
    expect(names(await contacts().sameIgnoringCase('aNNa'))).toEqual(['ANNA'])
    expect(names(await contacts().sameIgnoringCase('ÄNNE'))).toEqual(['ÄNNE'])
    expect(names(await contacts().inIgnoringCase(['anna', 'BOB', 'ÄNNE']))).toEqual(['ANNA', 'bob', 'ÄNNE'])
    expect(names(await contacts().inIgnoringCase([]))).toEqual([])
    expect(names(await contacts().notInIgnoringCase(['anna', 'ÄNNE']))).toEqual(['bob'])
  })

  it('a null in a comparison is SQL null: it equals nothing, and differs from nothing', async () => {
    await given({ firstname: 'a', lastname: 'A' }, { firstname: 'b' })
    expect(names(await contacts().lastnameIs(null))).toEqual([])
    expect(names(await contacts().lastnameIsNot(null))).toEqual([])
    expect(names(await contacts().lastnameIs('A'))).toEqual(['a'])
    expect(names(await contacts().lastnameIsNot('B'))).toEqual(['a'])
    expect(names(await contacts().nameless())).toEqual(['b'])
    expect(names(await contacts().notNamed('B'))).toEqual(['a'])
  })

  it('a boolean test knows three values, on every database', async () => {
    await given(
      { firstname: 'yes', age: 1 },
      { firstname: 'no', active: false },
      { firstname: 'unknown', active: null },
    )
    expect(names(await contacts().notActive())).toEqual(['no', 'unknown'])
    expect(names(await contacts().activeOfAge())).toEqual(['yes'])
    expect(names(await contacts().byState(false))).toEqual(['no'])
    expect(names(await contacts().byState(true))).toEqual(['yes'])
  })

  it('between is inclusive, and leaves missing values out also when negated', async () => {
    await given(
      { firstname: 'nine', age: 9 },
      { firstname: 'ten', age: 10 },
      { firstname: 'twenty', age: 20 },
      { firstname: 'none' },
    )
    expect(names(await contacts().agedBetween(9, 10))).toEqual(['nine', 'ten'])
    expect(names(await contacts().outsideTeens())).toEqual(['nine'])
  })

  it('dates compare as they are stored', async () => {
    await given({ firstname: 'first', createdAt: day(1) }, { firstname: 'second', createdAt: day(2) })
    expect(names(await contacts().since(day(2)))).toEqual(['second'])
    expect(names(await contacts().since(new Date(day(2).getTime() + 1)))).toEqual([])
  })

  it('embedded properties have columns of their own', async () => {
    await given(
      { firstname: 'here', address: { city: 'Graz', zip: '8010' } },
      { firstname: 'zipless', address: { city: 'Graz', zip: null } },
      { firstname: 'there', address: { city: 'Wien', zip: '1010' } },
    )
    expect(names(await contacts().inGraz())).toEqual(['here'])
  })

  it('relations are joined as they are needed, and a missing one loses no row', async () => {
    const [red, blue] = await running.app.get(TeamRepository).saveAll([{ name: 'red' }, { name: 'blue' }])
    const [boss] = await given({ firstname: 'boss', age: 50, team: red as Team })
    await given(
      { firstname: 'worker', age: 30, team: blue as Team, manager: boss as Contact },
      { firstname: 'loner', age: 20 },
    )
    expect(names(await contacts().ofTeam('red'))).toEqual(['boss'])
    expect(names(await contacts().nearRed())).toEqual(['boss', 'worker'])
    expect(names(await contacts().teamless())).toEqual(['loner'])
    expect(names(await contacts().inTeam(blue as Team))).toEqual(['worker'])
    expect(names(await contacts().inTeam((red as Team).id))).toEqual(['boss'])
    expect(names(await contacts().inTeams([(red as Team).id, (blue as Team).id]))).toEqual(['boss', 'worker'])
    expect(names(await contacts().byManager())).toEqual(['boss', 'loner', 'worker'])
  })

  it('a condition on the key of a relation needs no join', async () => {
    await contacts().inTeams([1])
    await contacts().inTeam(1)
    expect(db.log.texts.filter(text => text.includes('JOIN'))).toEqual([])
  })

  it('quotes in texts are texts', async () => {
    await given({ firstname: "it's" }, { firstname: 'other' })
    expect(names(await contacts().quoted())).toEqual(["it's"])
  })

  it('an order alone is a query for everyone', async () => {
    await given({ firstname: 'a' }, { firstname: 'b' })
    expect(names(await contacts().everyone())).toEqual(['b', 'a'])
  })
})
