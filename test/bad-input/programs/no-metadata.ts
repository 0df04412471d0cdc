import { bootstrap, Service } from 'ambit'
import { url, User, UserRepository } from './shop'

@Service()
class Signup {
  constructor(readonly users: UserRepository) {}
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository, Signup] })
  console.log(await app.get(Signup).users.count())
}

void main()
