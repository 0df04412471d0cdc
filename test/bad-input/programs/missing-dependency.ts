import { bootstrap, Service } from 'ambit'
import { url, User, UserRepository } from './shop'

@Service()
class Mailer {}

@Service()
class Signup {
  constructor(
    readonly users: UserRepository,
    readonly mailer: Mailer,
  ) {}
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [Signup] })
  console.log(await app.get(Signup).users.count())
}

void main()
