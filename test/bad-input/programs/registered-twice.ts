import { bootstrap, InjectionToken, provide } from 'ambit'
import { url, User, UserRepository } from './shop'

const CURRENCY = new InjectionToken<string>('CURRENCY')

async function main(): Promise<void> {
  await using app = await bootstrap({
    database: { url },
    entities: [User],
    components: [UserRepository, UserRepository],
    providers: [
      provide(CURRENCY, { useValue: 'EUR' }),
      provide(CURRENCY, { useValue: 'USD' }),
      provide(UserRepository, { useClass: UserRepository }),
    ],
  })
  console.log(app.get(CURRENCY))
}

void main()
