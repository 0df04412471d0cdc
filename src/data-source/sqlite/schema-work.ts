import { handleOf } from '../scope-handle'
import type { StockRunnerClass } from '../stock-runner'

/**
 * Refuses TypeORM's schema work inside a scope: SQLite cannot switch foreign keys off within a transaction, and to re-make a
 * table would then delete what refers to it.
 */
export function refusingSchemaWork(Stock: StockRunnerClass): StockRunnerClass {
  return class extends Stock {
    override async beforeMigration(): Promise<void> {
      const handle = handleOf(this)
      if (handle) throw handle.explicit('Schema work')
      await super.beforeMigration()
    }
  }
}
