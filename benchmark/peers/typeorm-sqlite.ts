import { DataSource, type Repository } from 'typeorm'
import { CALLERS, MANY, newUsername, User } from '../user'
import { type Actor, tryIsolation } from './isolation'
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
    const queue = new Queue()
    return {
      variants: {
        'sqlite-one-row': [{ name: 'TypeORM findOneBy', run: () => users.findOneBy({ username: 'u1' }) }],
        'sqlite-insert': [{ name: 'TypeORM save', run: () => save(users) }],
        'sqlite-insert-1000': [{ name: 'TypeORM save', run: () => saveMany(users) }],
        'sqlite-insert-64': [{ name: 'TypeORM save behind a mutex', run: () => queue.run(() => save(users)) }],
        'sqlite-isolation-64': [
          { name: 'TypeORM behind a mutex', run: () => tryIsolation(actorOf(dataSource), CALLERS, 'typeorm') },
        ],
      },
      close: () => dataSource.destroy(),
    }
  },
}

/** Transactions queue; who reads without one does not, as in any service. */
function actorOf(dataSource: DataSource): Actor {
  const queue = new Queue()
  return {
    transaction: work =>
      queue.run(() =>
        dataSource.transaction(manager => work(username => manager.insert(User, { username, active: true }))),
      ),
    exists: username => dataSource.manager.existsBy(User, { username }),
  }
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
class Queue {
  #last: Promise<unknown> = Promise.resolve()

  run<R>(work: () => Promise<R>): Promise<R> {
    const next = this.#last.then(work, work)
    this.#last = next
    return next
  }
}
