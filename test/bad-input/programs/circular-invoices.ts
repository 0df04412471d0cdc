import { Service } from 'ambit'
import { Orders } from './circular-orders'

@Service()
export class Invoices {
  constructor(readonly orders: Orders) {}
}
