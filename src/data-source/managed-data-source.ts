import type { DataSource } from 'typeorm'
import type { TransactionManager } from '../tx/transaction-manager'
import type { AdoptedDataSource } from './adopt'
import type { DataSourceDescription } from './description'
import type { Engine } from './engine'
import type { LazyConnection } from './lazy-connection'
import { locationOf } from './location'
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
  #ping: Promise<void> | undefined

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

  /** Shows no option that may hold a secret. */
  describe(): DataSourceDescription {
    const { connections = 0, waiting = 0 } = this.engine.usage ?? {}
    return {
      name: this.name,
      driver: this.dataSource.options.type,
      location: locationOf(this.dataSource),
      schema: this.#settings.schema ?? 'none',
      isolation: this.engine.defaultIsolation,
      entities: this.dataSource.entityMetadatas.length,
      pool: { size: this.engine.poolSize, inUse: connections, waiting },
      statements: this.engine.statementTier,
    }
  }

  /**
   * Whether the database answers: rejects where it does not. However many ask at once, one statement is under way: a
   * database that hangs costs one connection.
   */
  ping(): Promise<void> {
    this.#ping ??= this.engine.ping().finally(() => {
      this.#ping = undefined
    })
    return this.#ping
  }

  /** Connects only if the schema mode has anything to do. */
  async applySchema(): Promise<void> {
    if ((this.#settings.schema ?? 'none') !== 'none') {
      await this.#connection.ensure()
      await applySchema(this.name, this.dataSource, this.engine, this.#settings)
    }
    this.#adopted.started()
  }

  /**
   * Connects, and compares the schema with the entities; changes nothing.
   *
   * @throws SchemaMismatchError `AMBIT_DATA_SOURCE_SCHEMA`, DataSourceUnreachableError `AMBIT_DATA_SOURCE_UNREACHABLE`
   */
  async compareSchema(): Promise<void> {
    await this.#connection.ensure()
    await applySchema(this.name, this.dataSource, this.engine, { ...this.#settings, schema: 'validate' })
  }

  /**
   * Takes no new calls, and waits for running transactions and for statements outside; rolls back what is left at the
   * deadline. Answers what had to be rolled back.
   */
  async drain(timeoutMs: number): Promise<readonly Error[]> {
    const [forced, left = 0] = await Promise.all([
      this.transactions.close(timeoutMs),
      // A data source that goes on existing may go on working.
      this.#owned ? this.engine.drain?.(timeoutMs) : undefined,
    ])
    if (left > 0) {
      this.transactions.environment.warn(
        `At the close of the data source '${this.name}' ${left} of its statements outside transactions had no answer after ${timeoutMs} ms: their connections were closed.`,
      )
    }
    return forced
  }

  /** As {@link drain}; then destroys what we initialised, and gives the data source's handles back to TypeORM. */
  async close(timeoutMs: number): Promise<readonly Error[]> {
    try {
      const forced = await this.drain(timeoutMs)
      await this.#reportLeaks()
      await this.engine.close()
      if (this.#owned) await this.#connection.destroy()
      return forced
    } finally {
      this.#adopted.release()
    }
  }

  /** Single statements may be on their way; whoever still holds a connection behind them would have held it for ever. */
  async #reportLeaks(): Promise<void> {
    for (let look = 0; look < LOOKS && this.engine.holders().length > 0; look += 1) await pause()
    const holders = this.engine.holders()
    if (holders.length === 0) return
    const { environment } = this.transactions
    const count = holders.length === 1 ? 'A connection' : `${holders.length} connections`
    environment.warn(
      `${count} of the data source '${this.name}' had not been given back at its close: ${holders.join(', ')}.`,
    )
  }
}

const LOOKS = 10

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 10))
}
