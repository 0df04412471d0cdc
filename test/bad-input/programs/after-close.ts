import { bootstrap, Service, Transactional } from 'ambit'
import { url, User, UserRepository } from './shop'

@Service()
class Signup {
  constructor(private readonly users: UserRepository) {}

  @Transactional()
  async register(username: string): Promise<void> {
    await this.users.insert({ username, active: true })
  }
}

async function main(): Promise<void> {
  const app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository, Signup] })
  const signup = app.get(Signup)
  await app.close()
  await signup.register('alice')
}

void main()
