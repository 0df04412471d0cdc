import Database from 'better-sqlite3'
import type { Variant } from '../rounds'
import { MANY, newUsername, TABLE } from '../user'
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
    const { insert, insertMany } = inserter(database)
    const floor = true
    const one: Variant = { name, floor, run: async () => insert(newUsername('raw')) }
    return {
      variants: {
        'sqlite-one-row': [{ name, floor, run: async () => find('u1') }],
        'sqlite-insert': [one],
        'sqlite-insert-1000': [{ name, floor, run: async () => insertMany() }],
        'sqlite-insert-64': [one],
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

interface Inserter {
  readonly insert: (username: string) => Found
  readonly insertMany: () => readonly Found[]
}

function inserter(database: Database.Database): Inserter {
  const statement = database.prepare<[string]>(`INSERT INTO ${TABLE} (username, active) VALUES (?, 1)`)
  const run = (username: string): Found => {
    const { lastInsertRowid } = statement.run(username)
    return { id: Number(lastInsertRowid), username, active: true }
  }
  const inTransaction = transactionOf(database)
  return {
    insert: username => inTransaction(() => run(username)),
    insertMany: () => inTransaction(() => Array.from({ length: MANY }, () => run(newUsername('raw')))),
  }
}

function transactionOf(database: Database.Database): <R>(work: () => R) => R {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  return work => {
    begin.run()
    const result = work()
    commit.run()
    return result
  }
}
