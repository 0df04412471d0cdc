import { Transactional } from 'ambit'

export class Signup {
  @Transactional()
  async register(username: string): Promise<string> {
    return username
  }
}
