import { Service, Transactional } from 'ambit'

@Service()
export class Prices {
  @Transactional()
  total(): number {
    return 1
  }
}
