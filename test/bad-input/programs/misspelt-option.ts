import { bootstrap } from 'ambit'
import { url, User, UserRepository } from './shop'

async function main(): Promise<void> {
  // @ts-expect-error there is no such option
  await using app = await bootstrap({ database: { url }, entites: [User], component: [UserRepository] })
  console.log(app.name)
}

void main()
