import { DataSource, type Repository } from 'typeorm'
import { MANY, newUsername, User } from '../user'
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
        'sqlite-insert': [{ name: 'TypeORM save', run: () => save(users) }],
        'sqlite-insert-1000': [{ name: 'TypeORM save', run: () => saveMany(users) }],
        'sqlite-insert-64': [{ name: 'TypeORM save behind a mutex', run: oneAtATime(() => save(users)) }],
      },
      close: () => dataSource.destroy(),
    }
  },
}

function save(users: Repository<User>): Promise<User> {
  return users.save(newUser())
}

function saveMany(users: Repository<User>): Promise<readonly User[]> {
  return users.save(Array.from({ length: MANY }, newUser))
}

function newUser(): { username: string; active: boolean } {
  return { username: newUsername('typeorm'), active: true }
}

/** TypeORM has one connection here, and lets whoever comes into the transaction that is open: callers must queue. */
function oneAtATime<R>(work: () => Promise<R>): () => Promise<R> {
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const next = last.then(work, work)
    last = next
    return next
  }
}
