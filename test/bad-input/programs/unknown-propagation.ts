import { Service, Transactional } from 'ambit'
import { UserRepository } from './shop'

@Service()
export class Signup {
  constructor(private readonly users: UserRepository) {}

  // @ts-expect-error there is no such propagation
  @Transactional({ propagation: 'REQUIRES-NEW' })
  async register(username: string): Promise<void> {
    await this.users.insert({ username, active: true })
  }
}
