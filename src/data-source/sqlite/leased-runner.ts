import type { QueryRunner } from 'typeorm'
import type { IsolationLevel } from '../../tx/isolation'
import type { StockRunnerClass } from '../stock-runner'
import { migratingRunnerClass } from './migrating-runner'
import { type OutsideRunner, outsideRunnerClass, type OutsideRunnerParts } from './outside-runner'
import type { Lender } from './writer-access'

export type LeasedRunnerClass = new (suspended: Lender | undefined, reusable: boolean) => QueryRunner

/** TypeORM's own state of a runner, which it declares read-only or not at all. */
interface RunnerState {
  isReleased: boolean
  isTransactionActive: boolean
  transactionDepth: number
}

/**
 * The runner for work outside every scope, and for what TypeORM does by itself (`save()`, migrations, the schema builder).
 * Each statement takes a connection for its own time; a transaction, or a migration, holds the writer until it ends.
 */
export function leasedRunnerClass(Stock: StockRunnerClass, parts: OutsideRunnerParts): LeasedRunnerClass {
  const Migrating = migratingRunnerClass(outsideRunnerClass(Stock, parts))

  return class extends Migrating {
    readonly #reusable: boolean

    constructor(suspended: Lender | undefined, reusable: boolean) {
      super(suspended)
      this.#reusable = reusable
    }

    override async startTransaction(isolation?: IsolationLevel): Promise<void> {
      if (this.isTransactionActive) return super.startTransaction(isolation)
      await this.own.take()
      try {
        await super.startTransaction(isolation)
      } catch (error) {
        await abandon(this)
        throw error
      }
    }

    override async commitTransaction(): Promise<void> {
      try {
        await super.commitTransaction()
      } finally {
        if (!this.isTransactionActive) await this.own.transactionEnded()
      }
    }

    override async rollbackTransaction(): Promise<void> {
      const outermost = stateOf(this).transactionDepth <= 1
      try {
        await super.rollbackTransaction()
      } finally {
        // Also where ROLLBACK failed: the connection is then repaired before the next holder gets it.
        if (outermost && this.own.held) await abandon(this)
      }
    }

    override async release(): Promise<void> {
      await abandon(this)
      if (!this.#reusable) stateOf(this).isReleased = true
      await super.release()
    }
  }
}

/** Whatever is open ends, here and in TypeORM's books. */
async function abandon(runner: OutsideRunner): Promise<void> {
  await runner.own.abandon()
  Object.assign(stateOf(runner), { isTransactionActive: false, transactionDepth: 0 })
}

function stateOf(runner: QueryRunner): RunnerState {
  return runner as unknown as RunnerState
}
