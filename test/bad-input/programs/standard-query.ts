import { CrudRepository, Query } from 'ambit'

interface User {
  username: string
}

export class UserRepository extends CrudRepository<User, number> {
  @Query.unchecked({ where: 'username = :username' })
  byName!: (username: string) => Promise<User[]>
}
