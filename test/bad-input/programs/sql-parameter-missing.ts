import { bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { url, User } from './shop'

@Repository(User)
class UserRepository extends CrudRepository<User, number> {
  @Query.sql('SELECT count(*) FROM "user" WHERE username = :username AND active = :active', { result: 'scalar' })
  declare countNamed: (params: { username: string; active: boolean }) => Promise<number>
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository] })
  // @ts-expect-error active is missing
  console.log(await app.get(UserRepository).countNamed({ username: 'alice' }))
}

void main()
