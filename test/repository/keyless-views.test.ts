import { ReadRepository, Repository, where } from 'ambit'
import { DataSource, ViewColumn, ViewEntity } from 'typeorm'
import { Contact, ContactRepository, CONTACTS, FOUR } from '../query/execute/contacts'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

/** What no column tells apart, as far as anybody has said. */
@ViewEntity({
  name: 'adult',
  expression: (dataSource: DataSource) =>
    dataSource
      .createQueryBuilder()
      .select('contact.firstname', 'firstname')
      .from(Contact, 'contact')
      .where('contact.age > 30'),
})
class Adult {
  @ViewColumn()
  firstname!: string
}

@Repository(Adult)
class Adults extends ReadRepository<Adult, string> {}

describe.each(ENGINES)('a view without a key on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [...CONTACTS.entities, Adult],
    components: [...CONTACTS.components, Adults],
  }))
  const adults = (): Adults => running.app.get(Adults)

  beforeEach(async () => {
    await running.app.get(ContactRepository).saveAll([...FOUR])
    db.log.clear()
  })

  it('is read by conditions', async () => {
    expect(await adults().findOne(where<Adult>().eq('firstname', 'Dave'))).toMatchObject({ firstname: 'Dave' })
    expect(await adults().count()).toBe(3)
  })

  it.each<[string, () => Promise<unknown>]>([
    ['findById', () => adults().findById('Dave')],
    ['getById', () => adults().getById('Dave')],
    ['findById with options', () => adults().findById('Dave', {})],
    ['findById with a lock', () => adults().findById('Dave', { lock: 'update' })],
    ['exists', () => adults().exists('Dave')],
    ['findAllById', () => adults().findAllById(['Dave'])],
    ['findAllById with options', () => adults().findAllById(['Dave'], {})],
  ])('has no identifiers, which would be any row: %s', async (_, find) => {
    const refused = find()
    await expect(refused).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_NO_ID' })
    await expect(refused).rejects.toThrow('Adult has no primary key to find rows by')
    expect(db.log.texts).toEqual([])
  })
})
