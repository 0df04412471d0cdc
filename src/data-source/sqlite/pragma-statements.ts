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
  }
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
