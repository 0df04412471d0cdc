import { bootstrap } from 'ambit'
import { url, User, UserRepository } from './shop'

async function main(): Promise<void> {
  const database = { url, schema: 'create' } as const
  await using app = await bootstrap({ database, entities: [User], components: [UserRepository] })
  console.log(await app.get(UserRepository).count())
}

void main()
