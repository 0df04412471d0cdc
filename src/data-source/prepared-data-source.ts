import type { DataSource } from 'typeorm'
import type { ApplicationContext } from '../core/applications'
import type { Environment } from '../tx/environment'
import { TransactionManager } from '../tx/transaction-manager'
import { AdoptedDataSource } from './adopt'
import { createDataSource } from './create-data-source'
import { type EngineKind, engineKindOf } from './engines'
import { LazyConnection } from './lazy-connection'
import { ManagedDataSource } from './managed-data-source'
import { checkMigrations } from './migration-run'
import { checkSettings, type DataSourceSettings, type EntityTarget } from './settings'

export interface PrepareDataSource {
  readonly name: string
  readonly settings: DataSourceSettings
  readonly entities: readonly EntityTarget[]
  readonly environment: Environment
  readonly application: ApplicationContext
}

/**
 * A data source that an application has claimed: its metadata is built, so that queries can be checked, and nothing has
 * been connected, so that a start which is refused leaves no file and no trace on a server.
 */
export class PreparedDataSource {
  readonly name: string
  readonly dataSource: DataSource
  readonly #options: PrepareDataSource
  readonly #kind: EngineKind
  readonly #connection: LazyConnection
  readonly #adopted: AdoptedDataSource
  /** Whether we initialised it, and so destroy it. */
  readonly #owned: boolean

  private constructor(
    options: PrepareDataSource,
    parts: {
      readonly dataSource: DataSource
      readonly kind: EngineKind
      readonly connection: LazyConnection
      readonly adopted: AdoptedDataSource
      readonly owned: boolean
    },
  ) {
    this.name = options.name
    this.dataSource = parts.dataSource
    this.#options = options
    this.#kind = parts.kind
    this.#connection = parts.connection
    this.#adopted = parts.adopted
    this.#owned = parts.owned
  }

  static async prepare(options: PrepareDataSource): Promise<PreparedDataSource> {
    const { name, settings, entities, application } = options
    checkSettings(name, settings)
    const dataSource = settings.dataSource ?? createDataSource(name, settings, entities)
    const kind = engineKindOf(name, dataSource)
    kind.check?.(name, dataSource)
    const adopted = AdoptedDataSource.claim(name, dataSource, application.name)
    const owned = !dataSource.isInitialized
    let connection: LazyConnection | undefined
    try {
      connection = await LazyConnection.prepare(name, dataSource)
      if (settings.schema === 'migrate') checkMigrations({ name, dataSource, settings })
      return new PreparedDataSource(options, { dataSource, kind, connection, adopted, owned })
    } catch (error) {
      if (owned) await connection?.destroy()
      adopted.release()
      throw error
    }
  }

  /** Makes every handle ambient, and connects only where the engine cannot be made without. */
  async connect(): Promise<ManagedDataSource> {
    const { name, settings, environment, application } = this.#options
    const { dataSource } = this
    const { waitTimeoutMs } = environment
    await this.#kind.open?.({ name, dataSource, waitTimeoutMs, open: () => this.#connection.ensure() })
    const engine = await this.#kind.create(name, dataSource, {
      waitTimeoutMs,
      readers: settings.readers ?? 3,
      synchronous: settings.synchronous ?? 'FULL',
      ...(settings.prepare && { prepare: settings.prepare }),
    })
    const transactions = new TransactionManager(engine, environment, application)
    this.#adopted.adopt(engine, transactions)
    return new ManagedDataSource({
      name,
      dataSource,
      engine,
      transactions,
      settings,
      connection: this.#connection,
      adopted: this.#adopted,
      owned: this.#owned,
    })
  }

  /** Gives up a data source that has not been connected, or could not be. */
  async discard(): Promise<void> {
    try {
      if (this.#owned) await this.#connection.destroy()
    } finally {
      this.#adopted.release()
    }
  }
}
