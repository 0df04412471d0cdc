import { join } from 'node:path'
import Database from 'better-sqlite3'
import { TABLE, USERS } from '../user'

/** Makes a peer's own file below a folder: what one peer writes must not throw the others' pages out of their caches. */
export function sqliteFile(folder: string, peer: string): string {
  const file = join(folder, `${peer}.db`)
  const database = new Database(file)
  try {
    database.pragma('journal_mode = WAL')
    database.exec(CREATE)
    for (const { username } of USERS) {
      database.prepare(`INSERT OR IGNORE INTO ${TABLE} (username, active) VALUES (?, 1)`).run(username)
    }
  } finally {
    database.close()
  }
  return file
}

const CREATE = `CREATE TABLE IF NOT EXISTS ${TABLE} (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL, username varchar NOT NULL UNIQUE, active boolean NOT NULL)`
