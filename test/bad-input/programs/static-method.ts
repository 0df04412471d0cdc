import { bootstrap, currentTransaction, Transactional } from 'ambit'
import { url, User } from './shop'

class Numbers {
  @Transactional()
  static async next(): Promise<boolean> {
    return currentTransaction() !== undefined
  }
}

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User] })
  console.log(`${app.name}: in a transaction ${await Numbers.next()}`)
}

void main()
