import { CrudRepository, declared, type Page, type PageRequest, Query, Repository, Transactional } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

@Entity('person')
export class Person {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @Column()
  age!: number

  @Column({ default: true })
  active!: boolean
}

@Repository(Person)
export class PersonRepository extends CrudRepository<Person> {
  @Query({ where: 'name = :name', result: 'one' })
  declare findByName: (name: string) => Promise<Person | null>

  @Query.sql('SELECT id, name FROM person WHERE name = :name', { result: 'one' })
  declare findRowByName: (name: string) => Promise<{ id: number; name: string } | null>

  @Query({ where: 'age >= :age' })
  declare findFromAge: (age: number) => Promise<Person[]>

  @Query.sql('SELECT name FROM person WHERE age >= :age ORDER BY name')
  declare namesFromAge: (age: number) => Promise<{ name: string }[]>

  @Query({ where: 'active = true', result: 'page' })
  declare findActive: (page: PageRequest) => Promise<Page<Person>>

  @Query.sql('SELECT name, age FROM person WHERE active = :active ORDER BY id', { result: 'page' })
  declare rowsByState: (params: { active: boolean }, page: PageRequest) => Promise<Page<{ name: string; age: number }>>

  /** The body of a declared query never runs. */
  @Query({ where: 'name = :name', result: 'required' })
  getByName(name: string): Promise<Person> {
    throw new Error(`the body ran for ${name}`)
  }

  @Query({ where: 'active = true order by name' })
  findAllActive(): Promise<Person[]> {
    return declared()
  }

  @Transactional({ propagation: 'MANDATORY' })
  @Query({ where: 'age < :age' })
  declare findYoungerThan: (age: number) => Promise<Person[]>

  @Transactional({ readOnly: false })
  @Query.sql('SELECT count(*) FROM person', { result: 'scalar' })
  declare countReadWrite: () => Promise<number>

  async rename(id: number, name: string): Promise<boolean> {
    return this.update(id, { name })
  }

  async _hidden(): Promise<void> {
    await Promise.resolve()
  }

  describe(): string {
    return 'people'
  }
}

export const PEOPLE = { entities: [Person], components: [PersonRepository] }

/** n people named person01, person02, …, of ages 1, 2, … */
export function crowd(n: number): Pick<Person, 'name' | 'age' | 'active'>[] {
  return Array.from({ length: n }, (_, index) => ({
    name: `person${String(index + 1).padStart(2, '0')}`,
    age: index + 1,
    active: true,
  }))
}
