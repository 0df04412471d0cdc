import { CrudRepository, type Page, type PageRequest, Query, Repository } from 'ambit'
import { User } from './user'

@Repository(User)
export class UserRepository extends CrudRepository<User> {
  // An expression over properties, checked at start-up.
  @Query({ where: 'username = :username', result: 'one' })
  declare findByUsername: (username: string) => Promise<User | null>

  // The name is the query.
  @Query({ result: 'page' })
  declare findByActiveTrueOrderByUsernameAsc: (page: PageRequest) => Promise<Page<User>>

  @Query.sql('SELECT count(*) FROM ambit_quickstart_users WHERE active = :active', { result: 'scalar' })
  declare countByState: (params: { active: boolean }) => Promise<number>
}
