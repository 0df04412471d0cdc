import { bootstrap } from 'ambit'
import { Invoices } from './circular-invoices'
import { Orders } from './circular-orders'
import { url, User } from './shop'

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [Orders, Invoices] })
  console.log(app.get(Invoices).orders)
}

void main()
