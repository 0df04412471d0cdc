import { CrudRepository, Repository } from 'ambit'

class User {}

@Repository(User)
export class UserRepository extends CrudRepository<User, number> {}
