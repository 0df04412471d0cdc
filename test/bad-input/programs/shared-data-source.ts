import { bootstrap } from 'ambit'
import { DataSource } from 'typeorm'
import { User, UserRepository } from './shop'

const dataSource = new DataSource({ type: 'better-sqlite3', database: 'shop.db', entities: [User] })

async function main(): Promise<void> {
  await using shop = await bootstrap({ name: 'shop', database: { dataSource }, components: [UserRepository] })
  await using admin = await bootstrap({ name: 'admin', database: { dataSource }, components: [UserRepository] })
  console.log(shop.name, admin.name)
}

void main()
