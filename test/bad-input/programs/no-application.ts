import { Transactional } from 'ambit'

class Signup {
  @Transactional()
  async register(username: string): Promise<string> {
    return username
  }
}

void new Signup().register('alice')
