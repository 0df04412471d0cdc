import type { DataSource } from 'typeorm'
import type { ApplicationContext } from '../core/applications'
import { DATA_SOURCES } from '../data-source/entity-manager'
import type { ManagedDataSource } from '../data-source/managed-data-source'
import { PreparedDataSource } from '../data-source/prepared-data-source'
import { refuseSharedFiles } from '../data-source/sqlite/database-file'
import type { DataSourceSettings, EntityTarget } from '../data-source/settings'
import type { Environment } from '../tx/environment'
import { TRANSACTION_MANAGERS } from '../tx/transaction-managers'

/** All data sources of an application. */
export class DataSourceSet {
  readonly #prepared: PreparedDataSource[] = []
  readonly #members: ManagedDataSource[] = []
  readonly #application: ApplicationContext

  private constructor(application: ApplicationContext) {
    this.#application = application
  }

  /** Claims them and builds their metadata; none is connected. If one fails, the others are given up. */
  static async prepare(
    settings: ReadonlyMap<string, DataSourceSettings>,
    { entities, environment, application }: PrepareAll,
  ): Promise<DataSourceSet> {
    const set = new DataSourceSet(application)
    try {
      for (const [name, each] of settings) {
        const options = { name, settings: each, entities, environment, application }
        set.#prepared.push(await PreparedDataSource.prepare(options))
      }
      refuseSharedFiles(set.byName)
    } catch (error) {
      await set.close(1)
      throw error
    }
    return set
  }

  get byName(): ReadonlyMap<string, DataSource> {
    return new Map([...this.#members, ...this.#prepared].map(({ name, dataSource }) => [name, dataSource]))
  }

  /** Those that are ambient. */
  get members(): readonly ManagedDataSource[] {
    return this.#members
  }

  /**
   * Makes them, or those of these names, ambient, and known to the application; connects only those that cannot wait for their
   * first statement.
   */
  async connect(names: ReadonlySet<string> = new Set(this.byName.keys())): Promise<void> {
    for (const next of this.#prepared.filter(({ name }) => names.has(name))) {
      this.#members.push(await next.connect())
      this.#prepared.splice(this.#prepared.indexOf(next), 1)
    }
    // Once more: files that had to be made are now there to be compared.
    refuseSharedFiles(this.byName)
    const managers = new Map(this.#members.map(({ name, transactions }) => [name, transactions]))
    this.#application.set(TRANSACTION_MANAGERS, managers)
    this.#application.set(DATA_SOURCES, this.byName)
  }

  async applySchemas(): Promise<void> {
    for (const member of this.#members) await member.applySchema()
  }

  /** Closes all, whatever fails; answers the failures, and what had to be rolled back. */
  async close(timeoutMs: number): Promise<unknown[]> {
    const results = await Promise.allSettled([
      ...this.#members.map(member => member.close(timeoutMs)),
      ...this.#prepared.map(prepared => prepared.discard()),
    ])
    return results.flatMap((result): readonly unknown[] => {
      if (result.status === 'rejected') return [result.reason]
      return result.value ?? []
    })
  }

  /** Takes no new calls, and waits for what is running; answers what had to be rolled back. */
  async drain(timeoutMs: number): Promise<readonly Error[]> {
    return (await Promise.all(this.#members.map(member => member.drain(timeoutMs)))).flat()
  }
}

interface PrepareAll {
  readonly entities: readonly EntityTarget[]
  readonly environment: Environment
  readonly application: ApplicationContext
}
