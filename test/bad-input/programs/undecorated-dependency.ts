import { bootstrap, Service } from 'ambit'
import { url, User } from './shop'

class Mailer {
  send(to: string): void {
    console.log(`to ${to}`)
  }
}

@Service()
class Signup {
  constructor(readonly mailer: Mailer) {}
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [Signup, Mailer] })
  app.get(Signup).mailer.send('alice')
}

void main()
