import { Service, Transactional } from 'ambit'
import { UserRepository } from './shop'

@Service()
export class Signup {
  constructor(private readonly users: UserRepository) {}

  // @ts-expect-error the option is called readOnly
  @Transactional({ readonly: true })
  async register(username: string): Promise<void> {
    await this.users.insert({ username, active: true })
  }
}
