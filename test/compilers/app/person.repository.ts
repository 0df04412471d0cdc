import { CrudRepository, declared, type Page, PageRequest, Query, Repository, Transactional } from 'ambit'
import { Person } from './person.js'

/** A base that is generic over its entity: its queries are decorated here unchecked, or below. */
export abstract class NamedRepository<T extends { name: string; active: boolean }> extends CrudRepository<T> {
  abstract findOneByName: (name: string) => Promise<T | null>

  @Query.unchecked({ where: 'active = true order by name', result: 'page' })
  findActive(page: PageRequest): Promise<Page<T>> {
    return declared(page)
  }

  @Transactional()
  async retire(name: string): Promise<void> {
    const found = await this.findOneByName(name)
    if (found) await this.save(Object.assign(found, { active: false }))
  }
}

@Repository(Person)
export class PersonRepository extends NamedRepository<Person> {
  @Query()
  declare findOneByName: (name: string) => Promise<Person | null>

  @Query({ where: 'active = :active and name like :pattern' })
  declare findLike: (params: { active: boolean; pattern: string }) => Promise<Person[]>

  @Query.sql('SELECT count(*) FROM people WHERE active = :active', { result: 'scalar' })
  declare countByState: (params: { active: boolean }) => Promise<number>

  override async findActive(page: PageRequest): Promise<Page<Person>> {
    return super.findActive(page)
  }
}
