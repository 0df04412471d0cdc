import { Service, Transactional } from 'ambit'
import { UserRepository } from './shop'

@Service()
export class Signup {
  constructor(private readonly users: UserRepository) {}

  @Transactional({ timeoutMs: -1 })
  async register(username: string): Promise<void> {
    await this.users.insert({ username, active: true })
  }
}
