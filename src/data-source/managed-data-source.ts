import type { DataSource } from 'typeorm'
import type { TransactionManager } from '../tx/transaction-manager'
import type { AdoptedDataSource } from './adopt'
import type { Engine } from './engine'
import type { LazyConnection } from './lazy-connection'
import { applySchema } from './schema'
import type { DataSourceSettings } from './settings'

interface Parts {
  readonly name: string
  readonly dataSource: DataSource
  readonly engine: Engine
  readonly transactions: TransactionManager
  readonly settings: DataSourceSettings
  readonly connection: LazyConnection
  readonly adopted: AdoptedDataSource
  readonly owned: boolean
}

/** A TypeORM data source that an application has made ambient, with its transaction manager. */
export class ManagedDataSource {
  readonly name: string
  readonly dataSource: DataSource
  readonly engine: Engine
  readonly transactions: TransactionManager
  readonly #settings: DataSourceSettings
  readonly #connection: LazyConnection
  readonly #adopted: AdoptedDataSource
  /** Whether we initialised it, and so destroy it. */
  readonly #owned: boolean

  constructor(parts: Parts) {
    this.name = parts.name
    this.dataSource = parts.dataSource
    this.engine = parts.engine
    this.transactions = parts.transactions
    this.#settings = parts.settings
    this.#connection = parts.connection
    this.#adopted = parts.adopted
    this.#owned = parts.owned
  }

  /** Connects only if the schema mode has anything to do. */
  async applySchema(): Promise<void> {
    if ((this.#settings.schema ?? 'none') === 'none') return
    await this.#connection.ensure()
    await applySchema(this.name, this.dataSource, this.engine, this.#settings)
  }

  /**
   * Waits for running transactions, rolls back what is left at the deadline, destroys what we initialised, and gives the
   * data source's handles back to TypeORM.
   */
  async close(timeoutMs: number): Promise<void> {
    try {
      await this.transactions.close(timeoutMs)
      await this.engine.close()
      if (this.#owned) await this.#connection.destroy()
    } finally {
      this.#adopted.release()
    }
  }
}
