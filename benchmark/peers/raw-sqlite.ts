import Database from 'better-sqlite3'
import { newUsername, TABLE } from '../user'
import type { OpenPeer, Peer } from './peer'
import { sqliteFile } from './sqlite-file'

interface Found {
  readonly id: number
  readonly username: string
  readonly active: boolean
}

type Row = Omit<Found, 'active'> & { readonly active: number }

/** better-sqlite3 by hand: statements prepared once. */
export const rawSqlite: Peer = {
  name: 'better-sqlite3',
  engine: 'sqlite',
  role: 'base',
  packages: [],
  async open({ url, onStatement }): Promise<OpenPeer> {
    const database = new Database(sqliteFile(url, 'raw'), {
      verbose: onStatement && (text => onStatement(String(text))),
    })
    database.pragma('synchronous = NORMAL')
    const name = 'better-sqlite3, prepared'
    const find = finder(database)
    const insert = inserter(database)
    return {
      variants: {
        'sqlite-one-row': [{ name, run: async () => find('u1') }],
        'sqlite-insert': [{ name, run: async () => insert(newUsername('raw')) }],
      },
      close: async () => void database.close(),
    }
  },
}

function finder(database: Database.Database): (username: string) => Found | null {
  const select = database.prepare<[string], Row>(`SELECT id, username, active FROM ${TABLE} WHERE username = ?`)
  return username => {
    const row = select.get(username)
    return row === undefined ? null : { ...row, active: row.active === 1 }
  }
}

function inserter(database: Database.Database): (username: string) => Found {
  const statement = database.prepare<[string]>(`INSERT INTO ${TABLE} (username, active) VALUES (?, 1)`)
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  return username => {
    begin.run()
    const { lastInsertRowid } = statement.run(username)
    commit.run()
    return { id: Number(lastInsertRowid), username, active: true }
  }
}
