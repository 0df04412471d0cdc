import { bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { url, User } from './shop'

@Repository(User)
class UserRepository extends CrudRepository<User, number> {
  @Query.unchecked({ where: 'username == :name && active', result: 'one' })
  declare byName: (name: string) => Promise<User | null>
}

async function main(): Promise<void> {
  await using app = await bootstrap({
    database: { url, schema: 'create' },
    entities: [User],
    components: [UserRepository],
  })
  console.log(await app.get(UserRepository).byName('alice'))
}

void main()
