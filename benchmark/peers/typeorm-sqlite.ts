import { DataSource } from 'typeorm'
import { newUsername, User } from '../user'
import type { OpenPeer, Peer } from './peer'
import { sqliteFile } from './sqlite-file'

/** TypeORM alone, on better-sqlite3. */
export const typeormOnSqlite: Peer = {
  name: 'typeorm',
  engine: 'sqlite',
  role: 'member',
  packages: [],
  async open({ url, onStatement }): Promise<OpenPeer> {
    const dataSource = await new DataSource({
      type: 'better-sqlite3',
      database: sqliteFile(url, 'typeorm'),
      entities: [User],
      prepareDatabase: (database: { pragma(text: string): unknown }) => void database.pragma('synchronous = NORMAL'),
      ...(onStatement && { verbose: onStatement }),
    }).initialize()
    const users = dataSource.getRepository(User)
    return {
      variants: {
        'sqlite-one-row': [{ name: 'TypeORM findOneBy', run: () => users.findOneBy({ username: 'u1' }) }],
        'sqlite-insert': [
          { name: 'TypeORM save', run: () => users.save({ username: newUsername('typeorm'), active: true }) },
        ],
      },
      close: () => dataSource.destroy(),
    }
  },
}
