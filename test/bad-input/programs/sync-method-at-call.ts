import { bootstrap, Service, Transactional } from 'ambit'
import { url, User } from './shop'

@Service()
class Prices {
  @Transactional()
  refresh(): void {
    console.log('refreshed')
  }
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [Prices] })
  await (app.get(Prices).refresh() as unknown as Promise<void>)
}

void main()
