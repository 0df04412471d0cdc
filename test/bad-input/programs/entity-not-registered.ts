import { bootstrap } from 'ambit'
import { url, UserRepository } from './shop'

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url, schema: 'create' }, components: [UserRepository] })
  console.log(await app.get(UserRepository).count())
}

void main()
