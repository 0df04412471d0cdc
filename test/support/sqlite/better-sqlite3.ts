import BetterSqlite3 from 'better-sqlite3'
import { betterSqlite3 } from '../../../src/data-source/sqlite/better-sqlite3'
import type { SqliteLibrary } from './sqlite-library'

export const betterSqlite3Library: SqliteLibrary = {
  type: 'better-sqlite3',
  kind: betterSqlite3,
  connect: file => {
    const handle = new BetterSqlite3(file, { timeout: 0 })
    return Promise.resolve({
      handle,
      query: async <Row>(sql: string) => handle.prepare(sql).all() as Row[],
      exec: async (sql: string) => void handle.exec(sql),
      close: async () => void handle.close(),
    })
  },
  watch: log => {
    watchStatementClass()
    return { verbose: (text: unknown) => log.add(runningOn, shown(text)) }
  },
}

/** `verbose` does not say on which connection; the library is synchronous, so the one that runs now is meant. */
let runningOn: object = {}
let watched = false

function watchStatementClass(): void {
  if (watched) return
  watched = true
  const probe = new BetterSqlite3(':memory:')
  const statement = Object.getPrototypeOf(probe.prepare('SELECT 1')) as Record<string, Runner>
  for (const name of ['run', 'get', 'all', 'iterate'])
    watchRunner(statement, name, self => (self as { database: object }).database)
  watchRunner(BetterSqlite3.prototype as unknown as Record<string, Runner>, 'exec', self => self)
  probe.close()
}

type Runner = (this: object, ...args: unknown[]) => unknown

function watchRunner(prototype: Record<string, Runner>, name: string, connectionOf: (self: object) => object): void {
  const stock = prototype[name]
  if (stock === undefined) throw new Error(`better-sqlite3 has no ${name}()`)
  prototype[name] = function (...args) {
    runningOn = connectionOf(this)
    return stock.apply(this, args)
  }
}

/** Without what better-sqlite3 writes behind a value that is too long to show. */
function shown(text: unknown): string {
  return String(text).replace(/\/\*\+\d+ bytes\*\//g, '')
}
