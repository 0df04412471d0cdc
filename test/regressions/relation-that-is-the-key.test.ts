import { CrudRepository, Repository } from 'ambit'
import { Column, Entity, JoinColumn, ManyToOne, OneToOne, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Where the property of a relation is a column itself, TypeORM inserts plain objects and cannot `create()` them: inserts and
// saves of them ended in a bare TypeError, "Cannot create property 'id' on number '1'".

@Entity('key_person')
class Person {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
}

@Entity('key_profile')
class Profile {
  @OneToOne(() => Person)
  @JoinColumn()
  @PrimaryColumn({ name: 'personId', type: 'integer' })
  person!: Person

  @Column() text!: string

  get loud(): string {
    return this.text.toUpperCase()
  }
}

@Entity('key_seat')
class Seat {
  @ManyToOne(() => Person)
  @JoinColumn()
  @PrimaryColumn({ name: 'personId', type: 'integer' })
  person!: Person

  @PrimaryColumn({ type: 'integer' }) row!: number
  @Column() text!: string
}

interface SeatKey {
  readonly person: unknown
  readonly row: number
}

@Repository(Person)
class Persons extends CrudRepository<Person> {}
@Repository(Profile)
class Profiles extends CrudRepository<Profile> {}
@Repository(Seat)
class Seats extends CrudRepository<Seat, SeatKey> {}

class Key implements SeatKey {
  constructor(
    readonly person: unknown,
    readonly row: number,
  ) {}
}

class HiddenKey implements SeatKey {
  readonly #row = 7

  get person(): unknown {
    return { id: 1 }
  }

  get row(): number {
    return this.#row
  }
}

describe.each(ENGINES)('a relation that is the key, on $name,', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Person, Profile, Seat],
    components: [Persons, Profiles, Seats],
  }))
  const rows = (): Promise<object[]> => db.query('SELECT "personId" AS id, text FROM key_profile ORDER BY 1')
  beforeEach(() => db.query(`INSERT INTO key_person VALUES (1, 'a'), (2, 'b'), (3, 'c')`))

  it('is inserted from plain objects, one or many', async () => {
    const profiles = running.app.get(Profiles)
    const made = await profiles.insert({ person: { id: 1 }, text: 'one' })
    expect(made).toBeInstanceOf(Profile)
    expect(made.person).toBeInstanceOf(Person)
    expect(made).toEqual({ person: { id: 1 }, text: 'one' })
    expect(made.loud).toBe('ONE')
    const all = await profiles.insertAll([
      { person: { id: 2 }, text: 'two' },
      { person: { id: 3 }, text: 'three' },
    ])
    expect(all.map(each => each.person.id)).toEqual([2, 3])
    expect(await rows()).toEqual([
      { id: 1, text: 'one' },
      { id: 2, text: 'two' },
      { id: 3, text: 'three' },
    ])
  })

  it('is saved and upserted from plain objects', async () => {
    const profiles = running.app.get(Profiles)
    await profiles.save({ person: { id: 1 }, text: 'saved' })
    await profiles.saveAll([
      { person: { id: 1 }, text: 'again' },
      { person: { id: 2 }, text: 'new' },
    ])
    await profiles.upsert({ person: { id: 2 }, text: 'upserted' }, ['person'])
    expect(await rows()).toEqual([
      { id: 1, text: 'again' },
      { id: 2, text: 'upserted' },
    ])
  })

  it('is inserted from an entity, and from a bare key, without touching what was given', async () => {
    const profiles = running.app.get(Profiles)
    const person = await running.app.get(Persons).getById(1)
    const given = Object.assign(new Profile(), { person, text: 'entity' })
    await profiles.insert(given)
    expect(given.person).toBe(person)
    await profiles.insert({ person: 2 as never, text: 'key' })
    expect(await rows()).toEqual([
      { id: 1, text: 'entity' },
      { id: 2, text: 'key' },
    ])
  })

  it.each([
    ['a plain object', () => ({ person: { id: 1 }, row: 7 })],
    ['an instance of a class', () => new Key({ id: 1 }, 7)],
    ['an instance with the key of the relation', () => new Key(1, 7)],
    ['an instance with getters', () => new HiddenKey()],
  ])('is found and deleted as part of a key that is %s', async (_, keyOf) => {
    const seats = running.app.get(Seats)
    await seats.insert({ person: { id: 1 }, row: 7, text: 'seat' })
    expect(await seats.findById(keyOf())).toMatchObject({ row: 7, text: 'seat' })
    expect(await seats.deleteById(keyOf())).toBe(true)
    expect(await seats.count()).toBe(0)
  })
})
