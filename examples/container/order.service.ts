import { Inject, lazy, type Lazy, Service, Transactional, UseInterceptors } from 'ambit'
import { CurrentUser } from './current-user'
import type { Order } from './order'
import { OrderRepository } from './order'
import { ShopSettings } from './shop.settings'
import { Timing } from './timing.interceptor'

/** A singleton that needs what lives for a request: a handle carries it in. */
@Service()
export class OrderService {
  constructor(
    private readonly orders: OrderRepository,
    private readonly settings: ShopSettings,
    @Inject(lazy(CurrentUser)) private readonly user: Lazy<CurrentUser>,
  ) {}

  @Transactional()
  @UseInterceptors(Timing)
  async place(item: string): Promise<Order> {
    const customer = this.user.get().name
    const order = await this.orders.insert({ item, customer })
    // Behind the insert on purpose: the transaction takes it back.
    if ((await this.orders.countByCustomer(customer)) > this.settings.ordersPerCustomer) {
      throw new Error(`${customer} has ordered enough`)
    }
    return order
  }
}
