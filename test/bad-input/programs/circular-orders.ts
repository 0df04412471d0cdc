import { Service } from 'ambit'
import { Invoices } from './circular-invoices'

@Service()
export class Orders {
  constructor(readonly invoices: Invoices) {}
}
