import { bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { url, User } from './shop'

@Repository(User)
class UserRepository extends CrudRepository<User, number> {
  @Query({ where: 'username = :username', result: 'one' })
  findByUsername!: (username: string) => Promise<User | null>

  @Query()
  findByActiveTrue!: () => Promise<User[]>
}

async function main(): Promise<void> {
  await using app = await bootstrap({
    database: { url, schema: 'create' },
    entities: [User],
    components: [UserRepository],
  })
  console.log(await app.get(UserRepository).findByUsername('alice'))
}

void main()
