import { bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { url, User } from './shop'

@Repository(User)
class UserRepository extends CrudRepository<User, number> {
  @Query()
  declare findByUsername: (username: string) => Promise<User[]>
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository] })
  // @ts-expect-error it takes one argument
  console.log(await app.get(UserRepository).findByUsername('alice', true))
}

void main()
