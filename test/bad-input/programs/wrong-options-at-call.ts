import { bootstrap, type TransactionalOptions, transactional } from 'ambit'
import { url, User, UserRepository } from './shop'

const options = JSON.parse('{ "propagation": "nested" }') as TransactionalOptions

async function main(): Promise<void> {
  await using app = await bootstrap({ database: { url }, entities: [User], components: [UserRepository] })
  await transactional(options, () => app.get(UserRepository).insert({ username: 'alice', active: true }))
}

void main()
