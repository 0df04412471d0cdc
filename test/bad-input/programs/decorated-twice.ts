import { CrudRepository, Repository, Service } from 'ambit'
import { User } from './shop'

@Service()
@Repository(User)
export class Users extends CrudRepository<User, number> {}
