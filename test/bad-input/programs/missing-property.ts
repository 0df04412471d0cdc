import { bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { url, User } from './shop'

@Repository(User)
class UserRepository extends CrudRepository<User, number> {
  // @ts-expect-error the property is called username
  @Query({ where: 'user_name = :name', result: 'one' })
  declare byName: (name: string) => Promise<User | null>

  // @ts-expect-error the property is called username
  @Query()
  declare findByUsernamOrderByIdAsc: (name: string) => Promise<User[]>
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
