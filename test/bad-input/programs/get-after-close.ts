import { bootstrap } from 'ambit'
import { url, User, UserRepository } from './shop'

async function main(): Promise<void> {
  const app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository] })
  await app.close()
  console.log(await app.get(UserRepository).count())
}

void main()
