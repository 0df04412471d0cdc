import { bootstrap } from 'ambit'
import { url, User, UserRepository } from './shop'

async function main(): Promise<void> {
  await using app = await bootstrap({
    // @ts-expect-error there is no such setting
    database: { url, shema: 'create' },
    entities: [User],
    components: [UserRepository],
  })
  console.log(app.name)
}

void main()
