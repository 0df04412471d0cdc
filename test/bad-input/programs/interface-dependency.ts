import { bootstrap, Service } from 'ambit'
import { url, User } from './shop'

interface Mailer {
  send(to: string): void
}

@Service()
class Signup {
  constructor(
    readonly mailer: Mailer,
    readonly sender: string,
  ) {}
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [Signup] })
  app.get(Signup).mailer.send('alice')
}

void main()
