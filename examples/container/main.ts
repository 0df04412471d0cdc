import 'reflect-metadata'
import { type Application, bootstrap, environmentSource, objectSource } from 'ambit'
import { CurrentUser } from './current-user'
import { Order, OrderRepository } from './order'
import { OrderService } from './order.service'
import { ShopSettings } from './shop.settings'
import { Timing } from './timing.interceptor'

// Settings, components of a request, an interceptor, health and the picture of it all: the container beside its database.

async function main(): Promise<void> {
  const app = await bootstrap({
    // Later sources win: SHOP_SHOP_ORDERS_PER_CUSTOMER=5 lets everybody order more.
    config: [objectSource({ shop: { ordersPerCustomer: 2 } }), environmentSource({ prefix: 'SHOP_' })],
    database: { url: 'sqlite::memory:', schema: 'create' },
    entities: [Order],
    components: [OrderRepository, OrderService, ShopSettings, CurrentUser, Timing],
  })
  try {
    console.log('1. Two requests side by side: each has its own CurrentUser')
    await Promise.all([request(app, 'alice', 'tea', 'cups'), request(app, 'bob', 'coffee')])

    console.log('2. One order too many: rolled back')
    await request(app, 'alice', 'sugar').catch((error: unknown) => {
      console.log(`  → refused: ${error instanceof Error ? error.message : String(error)}`)
    })

    console.log('3. What is stored')
    const orders = await app.get(OrderRepository).findByOrderByIdAsc()
    console.log(`  → ${orders.map(({ customer, item }) => `${customer}: ${item}`).join(', ')}`)

    console.log('4. How it is')
    const { status, checks } = await app.health()
    console.log(`  → ${status}: ${Object.keys(checks).join(', ')}`)

    console.log('5. What needs what, for a page that draws Mermaid')
    console.log(app.graph().toMermaid())
  } finally {
    await app.close()
  }
}

async function request(app: Application, user: string, ...items: readonly string[]): Promise<void> {
  await app.runInScope('request', async () => {
    app.get(CurrentUser).name = user
    for (const item of items) await app.get(OrderService).place(item)
  })
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
