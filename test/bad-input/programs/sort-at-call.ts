import { bootstrap, Sort } from 'ambit'
import { url, User, UserRepository } from './shop'

const fromTheRequest = 'user_name'

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository] })
  console.log(await app.get(UserRepository).findAll(Sort.by(fromTheRequest as 'username')))
}

void main()
