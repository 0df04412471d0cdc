import { Setting, Settings } from 'ambit'

/** Filled from the sources that bootstrap() is given, and checked before anything is built. */
@Settings('shop')
export class ShopSettings {
  @Setting() readonly ordersPerCustomer: number = 10
}
