import type { OutsideRunnerClass } from './outside-runner'

/** TypeORM switches foreign keys off, statement by statement, around what changes the schema: nobody may come in between. */
export function migratingRunnerClass(Outside: OutsideRunnerClass): OutsideRunnerClass {
  return class extends Outside {
    override async beforeMigration(): Promise<void> {
      await this.own.pin()
      await super.beforeMigration()
    }

    override async afterMigration(): Promise<void> {
      if (!this.own.held) return
      await super.afterMigration()
      await this.own.unpin(this.isTransactionActive)
    }

    override async clearDatabase(database?: string): Promise<void> {
      await this.own.pin()
      try {
        await super.clearDatabase(database)
      } finally {
        await this.own.unpin(this.isTransactionActive)
      }
    }
  }
}
