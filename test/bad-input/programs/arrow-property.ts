import { bootstrap, Service, Transactional } from 'ambit'
import { url, User, UserRepository } from './shop'

@Service()
class Signup {
  constructor(private readonly users: UserRepository) {}

  @Transactional()
  register = async (username: string): Promise<void> => {
    await this.users.insert({ username, active: true })
  }
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository, Signup] })
  await app.get(Signup).register('alice')
}

void main()
