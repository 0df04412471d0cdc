import { PageRequest } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { BAND, type Contact, contact, ContactRepository, CONTACTS, day, FOUR, names } from './contacts'

describe.each(ENGINES)('derived queries on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => CONTACTS)
  const contacts = (): ContactRepository => running.app.get(ContactRepository)
  const given = async (rows: readonly Partial<Contact>[]): Promise<Contact[]> => {
    const saved = await contacts().saveAll(rows)
    db.log.clear()
    return saved
  }
  /** Short names of the four: u1, u2, … as the fixture counts them. */
  const four = async (query: Promise<Contact[]>): Promise<string[]> => {
    const order = FOUR.map(({ firstname }) => firstname)
    return names(await query)
      .map(name => `u${order.indexOf(name) + 1}`)
      .sort()
  }

  it('SP-40 and binds closer than or', async () => {
    await given(BAND)
    const found = await contacts().findByEmailAndLastnameOrFirstname('dave@dmband.com', 'Matthews', 'Carter')
    expect(names(found).sort()).toEqual(['Carter', 'Dave'])
  })

  it('SP-40 a path leads through a relation to the property behind it', async () => {
    const [oliver, joachim, dave] = await given(FOUR)
    await contacts().save(Object.assign(oliver as Contact, { manager: joachim }))
    await contacts().save(Object.assign(dave as Contact, { manager: oliver }))
    expect(names(await contacts().findByManagerLastname('Arrasz'))).toEqual(['Oliver'])
    expect(names(await contacts().findByManagerLastname('Gierke'))).toEqual(['Dave'])
    expect(names(await contacts().findByManager(oliver as Contact))).toEqual(['Dave'])
    expect(names(await contacts().findByManager((joachim as Contact).id))).toEqual(['Oliver'])
  })

  it('SP-41 compares numbers, dates and booleans', async () => {
    const [oliver] = await given(FOUR)
    expect(await four(contacts().findByAgeLessThanEqual(35))).toEqual(['u1', 'u2', 'u4'])
    expect(await four(contacts().findByAgeGreaterThanEqual(35))).toEqual(['u2', 'u3'])
    expect(await four(contacts().findByAgeBetween(31, 35))).toEqual(['u2', 'u4'])
    expect(await four(contacts().findByCreatedAtAfter(day(2)))).toEqual(['u3', 'u4'])
    expect(await four(contacts().findByCreatedAtBefore(day(3)))).toEqual(['u1', 'u2'])
    await contacts().update((oliver as Contact).id, { active: false })
    expect(await four(contacts().findByActiveFalse())).toEqual(['u1'])
    expect(await four(contacts().findByActiveTrue())).toEqual(['u2', 'u3', 'u4'])
  })

  it('SP-42 matches parts of texts: like takes wildcards, the others take them literally', async () => {
    await given(FOUR)
    expect(names(await contacts().findByLastnameLikeOrderByFirstnameDesc('%r%'))).toEqual([
      'kevin',
      'Oliver',
      'Joachim',
    ])
    expect(await four(contacts().findByLastnameNotLike('%er%'))).toEqual(['u2', 'u3', 'u4'])
    expect(await four(contacts().findByFirstnameStartingWith('Oli'))).toEqual(['u1'])
    expect(await four(contacts().findByFirstnameEndingWith('er'))).toEqual(['u1'])
    expect(await four(contacts().findByFirstnameContaining('a'))).toEqual(['u2', 'u3'])
    expect(await four(contacts().findByFirstnameContaining('%liv%'))).toEqual([])
  })

  it('SP-42 an underscore in the argument is an underscore', async () => {
    await given([...BAND, contact({ firstname: 'extra', lastname: 'Matt_ew' })])
    expect(names(await contacts().findByLastnameContaining('att_'))).toEqual(['extra'])
    expect(names(await contacts().findByLastnameNotContaining('u')).sort()).toEqual(['Dave', 'Oliver August', 'extra'])
  })

  it.each(['', '%', '_', '\\', "'", '"', ':x', '?', '$1', 'ä', '😀'])('a part is taken literally: %p', async part => {
    await given([contact({ firstname: `a${part}b` }), contact({ firstname: 'plain' })])
    const expected = part === '' ? [`a${part}b`, 'plain'] : [`a${part}b`]
    expect(names(await contacts().findByFirstnameContaining(part)).sort()).toEqual(expected)
    expect(names(await contacts().findByFirstnameStartingWith(`a${part}`))).toEqual([`a${part}b`])
    expect(names(await contacts().findByFirstnameEndingWith(`${part}b`))).toEqual([`a${part}b`])
  })

  it('compares by case, unless told otherwise, the same on every database', async () => {
    await given([contact({ firstname: 'Anna', lastname: 'X' }), contact({ firstname: 'anna', lastname: 'x' })])
    expect(names(await contacts().findByFirstnameStartingWith('an'))).toEqual(['anna'])
    expect(names(await contacts().findByFirstnameContaining('A'))).toEqual(['Anna'])
    expect(names(await contacts().findByFirstnameEndingWith('NNA'))).toEqual([])
    expect(names(await contacts().findByLastname('X'))).toEqual(['Anna'])
    expect(names(await contacts().findByFirstnameInIgnoreCase(['ANNA'])).sort()).toEqual(['Anna', 'anna'])
  })

  it('SP-45 ignores case where the name says so', async () => {
    await given(BAND)
    expect(names(await contacts().findByLastnameIgnoringCase('BeAUfoRd'))).toEqual(['Carter'])
    expect(names(await contacts().findByLastnameAndFirstnameAllIgnoringCase('MaTTheWs', 'DaVe'))).toEqual(['Dave'])
  })

  it('SP-46 First and Top limit, also what all pages have together', async () => {
    await given(FOUR)
    expect(await contacts().findFirstByOrderByAgeDesc()).toMatchObject({ firstname: 'Dave' })
    expect(names(await contacts().findTop2ByOrderByAgeDesc())).toEqual(['Dave', 'Joachim'])
    const pages = [0, 1, 2].map(page => contacts().findFirst3ByOrderByAgeAsc(PageRequest.of(page, 2)))
    const [first, second, third] = await Promise.all(pages)
    expect(names(first?.content ?? [])).toEqual(['Oliver', 'kevin'])
    expect(names(second?.content ?? [])).toEqual(['Joachim'])
    expect(names(third?.content ?? [])).toEqual([])
    expect([first?.total, second?.total, third?.total]).toEqual([3, 3, 3])
  })

  it('SP-46 a slice of the first three ends after three', async () => {
    await given(FOUR)
    const slices = [0, 1].map(page => contacts().findTop3ByOrderByAgeAsc(PageRequest.of(page, 2)))
    expect((await Promise.all(slices)).map(({ content, hasNext }) => [names(content), hasNext])).toEqual([
      [['Oliver', 'kevin'], true],
      [['Joachim'], false],
    ])
  })

  it('null as an argument asks for missing values, and Not of a value leaves them out', async () => {
    await given([
      contact({ firstname: 'none' }),
      contact({ firstname: 'x', lastname: 'X' }),
      contact({ firstname: 'y', lastname: 'Y' }),
    ])
    expect(names(await contacts().findByLastname(null))).toEqual(['none'])
    expect(names(await contacts().findByLastnameNot(null)).sort()).toEqual(['x', 'y'])
    expect(names(await contacts().findByLastnameNot('X'))).toEqual(['y'])
    expect(names(await contacts().findByLastnameIsNull())).toEqual(['none'])
    expect(names(await contacts().findByLastnameNotContaining('X'))).toEqual(['y'])
    expect(names(await contacts().findByAgeLessThanEqual(null as never))).toEqual([])
  })

  it('an empty list contains nothing, a missing value is in no list and outside none', async () => {
    await given([
      contact({ firstname: 'none' }),
      contact({ firstname: 'ten', age: 10 }),
      contact({ firstname: 'nine', age: 9 }),
    ])
    expect(names(await contacts().findByAgeIn([]))).toEqual([])
    expect(names(await contacts().findByAgeNotIn([])).sort()).toEqual(['nine', 'none', 'ten'])
    expect(names(await contacts().findByAgeIn([9, 10])).sort()).toEqual(['nine', 'ten'])
    expect(names(await contacts().findByAgeNotIn([9]))).toEqual(['ten'])
    expect(names(await contacts().findByAgeNotIn([9, null as never]))).toEqual([])
  })

  it('embedded properties are reached by their path', async () => {
    await given([
      contact({ firstname: 'here', address: { city: 'Graz', zip: '8010' } }),
      contact({ firstname: 'there', address: { city: 'Wien', zip: null } }),
    ])
    const [found] = await contacts().findByAddressCity('Graz')
    expect(found?.address).toEqual({ city: 'Graz', zip: '8010' })
  })
})
