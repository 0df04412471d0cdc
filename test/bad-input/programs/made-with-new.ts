import { bootstrap } from 'ambit'
import { url, User, UserRepository } from './shop'

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository] })
  console.log(app.name, await new UserRepository().count())
}

void main()
