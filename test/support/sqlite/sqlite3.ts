import Sqlite3 from 'sqlite3'
import { sqlite3 } from '../../../src/data-source/sqlite/sqlite3'
import type { StatementLog } from '../statement-log'
import type { SqliteLibrary } from './sqlite-library'

export const sqlite3Library: SqliteLibrary = {
  type: 'sqlite',
  kind: sqlite3,
  connect: async file => {
    const handle = await opened(file)
    const connection = sqlite3.connection(handle)
    await connection.run('PRAGMA busy_timeout = 0')
    return {
      handle,
      query: async <Row>(sql: string) => (await connection.rows(sql)) as Row[],
      exec: async sql => connection.run(sql),
      close: () => connection.close(),
    }
  },
  // Whoever gives the driver must say which one it is: Ambit chooses only among those that TypeORM can load by itself.
  watch: log => ({ type: 'sqlite', driver: { ...Sqlite3, Database: watchedClass(log), verbose: sameObject } }),
}

function opened(file: string): Promise<Sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const handle = new Sqlite3.Database(file, error => (error ? reject(error) : resolve(handle)))
  })
}

/** TypeORM asks for the library's verbose mode, which would give it the library itself. */
function sameObject<T>(this: T): T {
  return this
}

/** The class of TypeORM's connections, which tells the log what it is given. */
function watchedClass(log: StatementLog): typeof Sqlite3.Database {
  return class extends Sqlite3.Database {
    override run(sql: string, ...rest: unknown[]): this {
      log.add(this, sql)
      return super.run(sql, ...rest)
    }

    override all(sql: string, ...rest: unknown[]): this {
      log.add(this, sql)
      return super.all(sql, ...rest)
    }

    override exec(sql: string, ...rest: ((error: Error | null) => void)[]): this {
      // Whether a transaction is open is asked of the database here, and of the library itself elsewhere.
      if (!PROBES.has(sql)) log.add(this, sql)
      return super.exec(sql, ...rest)
    }

    override prepare(sql: string, ...rest: unknown[]): Sqlite3.Statement {
      const statement = super.prepare(sql, ...rest)
      for (const name of ['run', 'all'] as const) {
        const stock = statement[name].bind(statement) as (...args: unknown[]) => Sqlite3.Statement
        statement[name] = (...args: unknown[]) => {
          log.add(this, sql)
          return stock(...args)
        }
      }
      return statement
    }
  }
}

const PROBES: ReadonlySet<string> = new Set(['BEGIN DEFERRED TRANSACTION', 'ROLLBACK TRANSACTION'])
