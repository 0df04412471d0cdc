import { handleOf } from '../scope-handle'
import type { StockRunnerClass } from '../stock-runner'

/**
 * TypeORM's runner for better-sqlite3 reads pragmas (`getTable()`, `synchronize()`) on the raw connection, past every
 * queue. As statements they take a connection, and its turn, like all others.
 */
export function withPragmaStatements(Stock: StockRunnerClass): StockRunnerClass {
  return class extends Stock {
    protected loadPragmaRecords(tablePath: string, pragma: string): Promise<unknown> {
      const [table = tablePath, database] = tablePath.split('.').reverse()
      const schema = database === undefined ? '' : `${quoted(database)}.`
      return this.query(`PRAGMA ${schema}${pragma}(${quoted(table)})`)
    }

    /** Foreign keys cannot be switched off within a transaction: to re-make a table would delete what refers to it. */
    override async beforeMigration(): Promise<void> {
      const handle = handleOf(this)
      if (handle) throw handle.explicit('Schema work')
      await super.beforeMigration()
    }
  }
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
