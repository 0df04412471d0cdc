import type { QueryRunner, Table } from 'typeorm'
import { handleOf } from '../scope-handle'
import type { StockRunnerClass } from '../stock-runner'

/** TypeORM's way to change a table: a new one under another name, the rows, and the old one dropped. */
type RemakeTable = (newTable: Table, oldTable: Table, migrateData?: boolean) => Promise<void>

/**
 * Refuses TypeORM's schema work inside a scope: SQLite cannot switch foreign keys off within a transaction, and to re-make a
 * table would then delete what refers to it.
 */
export function refusingSchemaWork(Stock: StockRunnerClass): StockRunnerClass {
  const stock = (Stock.prototype as { recreateTable: RemakeTable }).recreateTable
  const Refusing = class extends Stock {
    override async beforeMigration(): Promise<void> {
      const handle = handleOf(this)
      if (handle) throw handle.explicit('Schema work')
      await super.beforeMigration()
    }
  }
  const recreateTable = async function (this: QueryRunner, ...args: Parameters<RemakeTable>): Promise<void> {
    const handle = handleOf(this)
    const { name } = args[1]
    if (handle && (await isReferredTo(this, name))) throw handle.foreignKeys(`Re-making the table '${name}'`)
    await stock.apply(this, args)
  }
  // Protected in TypeORM's types.
  Object.defineProperty(Refusing.prototype, 'recreateTable', { value: recreateTable, configurable: true })
  return Refusing
}

async function isReferredTo(runner: QueryRunner, table: string): Promise<boolean> {
  const [pragma] = (await runner.query('PRAGMA foreign_keys')) as { foreign_keys?: number }[]
  if (pragma?.foreign_keys === 0) return false
  return ((await runner.query(REFERRING, [table.split('.').pop()])) as unknown[]).length > 0
}

const REFERRING = `SELECT 1 FROM sqlite_master AS t, pragma_foreign_key_list(t.name) AS k
WHERE t.type = 'table' AND lower(k."table") = lower(?) LIMIT 1`
