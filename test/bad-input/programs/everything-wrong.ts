import { bootstrap, CrudRepository, Query, Repository, Service, Transactional } from 'ambit'
import { url, User } from './shop'

class Mailer {}

@Repository(User)
class UserRepository extends CrudRepository<User, number> {
  @Query.unchecked({ where: 'username = :username and activ = true', result: 'one' })
  declare findActive: (username: string) => Promise<User | null>

  @Query.unchecked({ result: 'page' })
  declare countByUsername: (username: string) => Promise<number>
}

@Service()
class Signup {
  constructor(
    readonly users: UserRepository,
    readonly mailer: Mailer,
  ) {}

  @Transactional({ dataSource: 'reporting' })
  async register(username: string): Promise<void> {
    await this.users.insert({ username, active: true })
  }
}

async function main(): Promise<void> {
  await using app = await bootstrap({
    database: { url, schema: 'create' },
    entities: [User],
    components: [UserRepository, Signup],
  })
  await app.get(Signup).register('alice')
}

void main()
