import { bootstrap, Inject, Service } from 'ambit'
import { url, User } from './shop'

@Service()
class Orders {
  constructor(@Inject(() => Invoices) readonly invoices: object) {}
}

@Service()
class Invoices {
  constructor(readonly orders: Orders) {}
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [Orders, Invoices] })
  console.log(app.get(Invoices).orders)
}

void main()
