import 'reflect-metadata'
import { CrudRepository, isAmbitError, Query, Repository } from 'ambit'

// A decorated `declare`d property has no standard meaning. Some builds refuse it; others drop its decorator without a word.

class Person {
  name!: string
}

try {
  @Repository(Person)
  class People extends CrudRepository<Person> {
    @Query({ where: 'name = :name' })
    declare findNamed: (name: string) => Promise<Person[]>
  }
  console.log(`accepted ${People.name}`)
} catch (error) {
  console.log(isAmbitError(error) ? error.message : String(error))
}
