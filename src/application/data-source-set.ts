import type { DataSource } from 'typeorm'
import type { ApplicationContext } from '../core/applications'
import { DATA_SOURCES } from '../data-source/entity-manager'
import { ManagedDataSource } from '../data-source/managed-data-source'
import { refuseSharedFiles } from '../data-source/sqlite/database-file'
import type { DataSourceSettings, EntityTarget } from '../data-source/settings'
import type { Environment } from '../tx/environment'
import { TRANSACTION_MANAGERS } from '../tx/transaction-managers'

/** All data sources of an application. */
export class DataSourceSet {
  readonly #members: ManagedDataSource[] = []

  /** Makes them ambient, and known to the application; none is connected. If one fails, the others are closed. */
  static async open(
    settings: ReadonlyMap<string, DataSourceSettings>,
    { entities, environment, application }: OpenAll,
  ): Promise<DataSourceSet> {
    const set = new DataSourceSet()
    try {
      for (const [name, each] of settings) {
        set.#members.push(await ManagedDataSource.open({ name, settings: each, entities, environment, application }))
      }
      refuseSharedFiles(set.byName)
    } catch (error) {
      await set.close(1)
      throw error
    }
    application.set(TRANSACTION_MANAGERS, new Map(set.#members.map(({ name, transactions }) => [name, transactions])))
    application.set(DATA_SOURCES, set.byName)
    return set
  }

  get byName(): ReadonlyMap<string, DataSource> {
    return new Map(this.#members.map(({ name, dataSource }) => [name, dataSource]))
  }

  async applySchemas(): Promise<void> {
    for (const member of this.#members) await member.applySchema()
  }

  /** Closes all, whatever fails; answers the failures. */
  async close(timeoutMs: number): Promise<unknown[]> {
    const results = await Promise.allSettled(this.#members.map(member => member.close(timeoutMs)))
    return results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  }

  /** Waits for what is running. */
  async drain(timeoutMs: number): Promise<void> {
    await Promise.all(this.#members.map(member => member.transactions.close(timeoutMs)))
  }
}

interface OpenAll {
  readonly entities: readonly EntityTarget[]
  readonly environment: Environment
  readonly application: ApplicationContext
}
