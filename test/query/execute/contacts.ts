import { CrudRepository, type Page, type PageRequest, Query, Repository, type Slice } from 'ambit'
import { Column, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm'

export class Address {
  @Column({ type: 'varchar', nullable: true })
  city!: string | null

  @Column({ name: 'postal_code', type: 'varchar', nullable: true })
  zip!: string | null
}

@Entity('team')
export class Team {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @OneToMany(() => Contact, contact => contact.team)
  members!: Contact[]
}

@Entity('contact')
export class Contact {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ name: 'first_name' })
  firstname!: string

  @Column({ name: 'last_name', type: 'varchar', nullable: true })
  lastname!: string | null

  @Column()
  email!: string

  @Column({ type: 'integer', nullable: true })
  age!: number | null

  @Column({ type: 'boolean', nullable: true })
  active!: boolean | null

  @Column()
  createdAt!: Date

  @Column(() => Address)
  address!: Address

  @ManyToOne(() => Contact, { nullable: true })
  manager!: Contact | null

  @ManyToOne(() => Team, team => team.members, { nullable: true })
  team!: Team | null
}

@Repository(Team)
export class TeamRepository extends CrudRepository<Team> {}

type Many = () => Promise<Contact[]>

@Repository(Contact)
export class ContactRepository extends CrudRepository<Contact> {
  // Derived names
  @Query()
  declare findByEmailAndLastnameOrFirstname: (email: string, last: string, first: string) => Promise<Contact[]>
  @Query()
  declare findByManagerLastname: (last: string) => Promise<Contact[]>
  @Query()
  declare findByAgeLessThanEqual: (age: number) => Promise<Contact[]>
  @Query()
  declare findByAgeGreaterThanEqual: (age: number) => Promise<Contact[]>
  @Query()
  declare findByAgeBetween: (low: number, high: number) => Promise<Contact[]>
  @Query()
  declare findByCreatedAtAfter: (date: Date) => Promise<Contact[]>
  @Query()
  declare findByCreatedAtBefore: (date: Date) => Promise<Contact[]>
  @Query()
  declare findByActiveTrue: Many
  @Query()
  declare findByActiveFalse: Many
  @Query()
  declare findByLastnameLikeOrderByFirstnameDesc: (pattern: string) => Promise<Contact[]>
  @Query()
  declare findByLastnameNotLike: (pattern: string) => Promise<Contact[]>
  @Query()
  declare findByFirstnameStartingWith: (part: string) => Promise<Contact[]>
  @Query()
  declare findByFirstnameEndingWith: (part: string) => Promise<Contact[]>
  @Query()
  declare findByFirstnameContaining: (part: string) => Promise<Contact[]>
  @Query()
  declare findByLastnameContaining: (part: string) => Promise<Contact[]>
  @Query()
  declare findByLastnameNotContaining: (part: string) => Promise<Contact[]>
  @Query()
  declare findByLastnameIgnoringCase: (last: string) => Promise<Contact[]>
  @Query()
  declare findByLastnameAndFirstnameAllIgnoringCase: (last: string, first: string) => Promise<Contact[]>
  @Query()
  declare findFirstByOrderByAgeDesc: () => Promise<Contact | null>
  @Query()
  declare findTop2ByOrderByAgeDesc: Many
  @Query({ result: 'page' })
  declare findFirst3ByOrderByAgeAsc: (page: PageRequest) => Promise<Page<Contact>>
  @Query({ result: 'slice' })
  declare findTop3ByOrderByAgeAsc: (page: PageRequest) => Promise<Slice<Contact>>
  @Query()
  declare findByLastname: (last: string | null) => Promise<Contact[]>
  @Query()
  declare findByLastnameNot: (last: string | null) => Promise<Contact[]>
  @Query()
  declare findByLastnameIsNull: Many
  @Query()
  declare findByAgeIn: (ages: readonly number[]) => Promise<Contact[]>
  @Query()
  declare findByAgeNotIn: (ages: readonly number[]) => Promise<Contact[]>
  @Query()
  declare findByAddressCity: (city: string) => Promise<Contact[]>
  @Query()
  declare findByManager: (manager: Contact | number) => Promise<Contact[]>
  @Query()
  declare findByFirstnameInIgnoreCase: (names: readonly string[]) => Promise<Contact[]>

  // Result kinds of derived names
  @Query()
  declare findOneByFirstname: (first: string) => Promise<Contact | null>
  @Query()
  declare getByFirstname: (first: string) => Promise<Contact>
  @Query()
  declare countByActiveTrue: () => Promise<number>
  @Query()
  declare existsByFirstname: (first: string) => Promise<boolean>
  @Query()
  declare deleteByAgeLessThan: (age: number) => Promise<number>
  @Query({ result: 'page' })
  declare findByActiveTrueOrderByFirstnameAsc: (page: PageRequest) => Promise<Page<Contact>>
}

export const CONTACTS = { entities: [Contact, Team], components: [ContactRepository, TeamRepository] }

type NewContact = Pick<Contact, 'firstname'> & Partial<Contact>

/** Completes what a test does not care about. */
export function contact(given: NewContact): Partial<Contact> {
  const { firstname } = given
  return { lastname: null, email: `${firstname}@example.com`, age: null, active: true, createdAt: day(1), ...given }
}

export function day(n: number): Date {
  return new Date(Date.UTC(2026, 0, n, 12))
}

/** Oliver, Joachim, Dave and kevin, all active, made one day apart. */
export const FOUR: readonly Partial<Contact>[] = [
  contact({ firstname: 'Oliver', lastname: 'Gierke', email: 'gierke@synyx.de', age: 28, createdAt: day(1) }),
  contact({ firstname: 'Joachim', lastname: 'Arrasz', email: 'arrasz@synyx.de', age: 35, createdAt: day(2) }),
  contact({ firstname: 'Dave', lastname: 'Matthews', email: 'no@email.com', age: 43, createdAt: day(3) }),
  contact({ firstname: 'kevin', lastname: 'raymond', email: 'no@gmail.com', age: 31, createdAt: day(4) }),
]

/** A band with two Matthewses. */
export const BAND: readonly Partial<Contact>[] = [
  contact({ firstname: 'Dave', lastname: 'Matthews', email: 'dave@dmband.com' }),
  contact({ firstname: 'Carter', lastname: 'Beauford', email: 'carter@dmband.com' }),
  contact({ firstname: 'Oliver August', lastname: 'Matthews', email: 'oliver@dmband.com' }),
]

/** First names, sorted where the query promises no order. */
export function names(contacts: readonly Contact[]): string[] {
  return contacts.map(({ firstname }) => firstname)
}
