import { CrudRepository, Query, Repository } from 'ambit'
import { Person } from './person.js'

/** `declare` was forgotten: where the compiler emits a field, it hides the query. */
@Repository(Person)
export class ForgottenRepository extends CrudRepository<Person> {
  @Query()
  findOneByName!: (name: string) => Promise<Person | null>
}
