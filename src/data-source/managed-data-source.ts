import type { DataSource } from 'typeorm'
import type { ApplicationContext } from '../core/applications'
import type { Environment } from '../tx/environment'
import { TransactionManager } from '../tx/transaction-manager'
import { AdoptedDataSource } from './adopt'
import { createDataSource } from './create-data-source'
import type { Engine } from './engine'
import { type EngineKind, engineKindOf } from './engines'
import { LazyConnection } from './lazy-connection'
import { checkMigrations } from './migration-run'
import { applySchema } from './schema'
import { checkSettings, type DataSourceSettings, type EntityTarget } from './settings'

export interface OpenDataSource {
  readonly name: string
  readonly settings: DataSourceSettings
  readonly entities: readonly EntityTarget[]
  readonly environment: Environment
  readonly application: ApplicationContext
}

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

  private constructor(parts: Parts) {
    this.name = parts.name
    this.dataSource = parts.dataSource
    this.engine = parts.engine
    this.transactions = parts.transactions
    this.#settings = parts.settings
    this.#connection = parts.connection
    this.#adopted = parts.adopted
    this.#owned = parts.owned
  }

  /** Builds the metadata, makes every handle ambient, and connects only where the engine cannot be made without. */
  static async open(options: OpenDataSource): Promise<ManagedDataSource> {
    const { name, settings, entities } = options
    checkSettings(name, settings)
    const dataSource = settings.dataSource ?? createDataSource(name, settings, entities)
    const kind = engineKindOf(name, dataSource)
    kind.check?.(name, dataSource)
    const adopted = AdoptedDataSource.claim(name, dataSource, options.application.name)
    try {
      return await ManagedDataSource.#prepare(options, kind, { dataSource, adopted })
    } catch (error) {
      adopted.release()
      throw error
    }
  }

  static async #prepare(
    options: OpenDataSource,
    kind: EngineKind,
    { dataSource, adopted }: Pick<Parts, 'dataSource' | 'adopted'>,
  ): Promise<ManagedDataSource> {
    const owned = !dataSource.isInitialized
    const connection = await LazyConnection.prepare(options.name, dataSource)
    try {
      if (options.settings.schema === 'migrate') checkMigrations({ ...options, dataSource })
      if (kind.needsConnection) await connection.ensure()
      return await ManagedDataSource.#adopt(options, kind, { dataSource, adopted, connection, owned })
    } catch (error) {
      if (owned) await connection.destroy()
      throw error
    }
  }

  static async #adopt(
    { name, settings, environment, application }: OpenDataSource,
    kind: EngineKind,
    { dataSource, adopted, connection, owned }: Pick<Parts, 'dataSource' | 'adopted' | 'connection' | 'owned'>,
  ): Promise<ManagedDataSource> {
    const engine = await kind.create(name, dataSource, {
      waitTimeoutMs: environment.waitTimeoutMs,
      readers: settings.readers ?? 3,
      synchronous: settings.synchronous ?? 'FULL',
    })
    const transactions = new TransactionManager(engine, environment, application)
    adopted.adopt(engine, transactions)
    return new ManagedDataSource({ name, dataSource, engine, transactions, settings, connection, adopted, owned })
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
