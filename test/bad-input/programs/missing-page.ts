import { bootstrap, CrudRepository, type Page, type PageRequest, Query, Repository } from 'ambit'
import { url, User } from './shop'

@Repository(User)
class UserRepository extends CrudRepository<User, number> {
  @Query({ result: 'page' })
  declare findByActiveTrue: (page: PageRequest) => Promise<Page<User>>
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository] })
  // @ts-expect-error the page is missing
  console.log(await app.get(UserRepository).findByActiveTrue())
}

void main()
