import { Inject, InjectionToken, Service } from 'ambit'

const CURRENCY = new InjectionToken<string>('CURRENCY')

@Service()
export class Prices {
  constructor(@Inject(CURRENCY) readonly currency: string) {}
}
