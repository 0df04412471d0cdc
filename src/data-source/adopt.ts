import type { DataSource, EntityManager, QueryRunner, ReplicationMode } from 'typeorm'
import type { Scope } from '../tx/scope'
import { late } from '../tx/late'
import type { TransactionManager } from '../tx/transaction-manager'
import { concealing } from './concealing-runner'
import type { Engine, RunnerTransaction } from './engine'
import { makeTransactionsAmbient } from './manager-transaction'
import { telling } from './outside-trace'
import { ScopeHandle } from './scope-handle'
import { type ScopedRunnerClass, scopedRunnerClass } from './scoped-runner'
import { invalid } from './settings'

/**
 * A data source whose handles are ambient: inside a scope they work in its transaction, outside as ever.
 *
 * TypeORM asks `dataSource.createQueryRunner()` at execution time for every operation without a runner of its own, so
 * one own property on the instance is enough; no prototype is touched. Which application the scopes belong to is looked up
 * with every call: handles that outlive an application are TypeORM's own again, and serve the next one.
 */
export class AdoptedDataSource {
  readonly #dataSource: DataSource
  readonly #createRunner: DataSource['createQueryRunner']
  readonly #createManager: DataSource['createEntityManager']
  #adoption: Adoption | undefined
  #claimed: string | undefined

  private constructor(dataSource: DataSource) {
    this.#dataSource = dataSource
    this.#createRunner = dataSource.createQueryRunner.bind(dataSource)
    this.#createManager = dataSource.createEntityManager.bind(dataSource)
    define(dataSource, 'createQueryRunner', (mode?: ReplicationMode) => this.#runner(mode))
    define(dataSource, 'createEntityManager', (runner?: QueryRunner) => this.#manager(runner))
    const synchronize = dataSource.synchronize.bind(dataSource)
    define(dataSource, 'synchronize', (dropBeforeSync?: boolean) => this.#synchronize(synchronize, dropBeforeSync))
    for (const name of MIGRATING) {
      const migrate = dataSource[name].bind(dataSource) as (...args: unknown[]) => Promise<unknown>
      define(dataSource, name, (...args: unknown[]) => this.#migrate(name, () => migrate(...args)))
    }
    makeTransactionsAmbient(dataSource.manager, dataSource, () => this.#transactions())
  }

  /**
   * Takes a data source for an application, before anything is done to it.
   *
   * @throws InvalidDataSourceSettingsError `AMBIT_DATA_SOURCE_INVALID_SETTINGS` when a running application has it
   */
  static claim(name: string, dataSource: DataSource, application: string): AdoptedDataSource {
    const adopted = known.get(dataSource) ?? new AdoptedDataSource(dataSource)
    known.set(dataSource, adopted)
    if (adopted.#claimed !== undefined) throw inUse(name, adopted.#claimed)
    adopted.#claimed = application
    return adopted
  }

  /** What it has been adopted for; `undefined` before that, and for the data sources of others. */
  static adoptionOf(dataSource: DataSource): Adoption | undefined {
    const adopted = known.get(dataSource)
    return adopted === undefined ? undefined : adopted.#adoption
  }

  /** Makes its handles ambient. */
  adopt(engine: Engine, manager: TransactionManager): void {
    const Scoped = scopedRunnerClass(engine.Runner, this.#dataSource, manager)
    this.#adoption = { engine, manager, Scoped, open: true, told: false }
  }

  /** The start is done with it: from now on execution listeners hear of statements outside every transaction. */
  started(): void {
    if (this.#adoption) this.#adoption.told = true
  }

  /** Its handles are TypeORM's own again; late work of the scopes that were is still refused. */
  release(): void {
    if (this.#adoption) this.#adoption.open = false
    this.#claimed = undefined
  }

  #runner(mode: ReplicationMode = 'master'): QueryRunner {
    const adoption = this.#adoption
    if (adoption === undefined) return this.#createRunner(mode)
    const scope = adoption.manager.current
    if (scope?.state === 'ended') throw late(scope, adoption.manager.environment)
    if (scope?.state === 'active') return new adoption.Scoped(scope)
    return adoption.open ? this.#independent(adoption, mode) : this.#createRunner(mode)
  }

  /** Refused in a scope before it has sent anything: it drops first, and begins a transaction of its own behind that. */
  async #synchronize(synchronize: DataSource['synchronize'], dropBeforeSync?: boolean): Promise<void> {
    const { manager } = this.#adoption ?? {}
    if (manager?.current?.state === 'active')
      throw new ScopeHandle(manager.current, manager, this.#dataSource).explicit('synchronize()')
    await synchronize(dropBeforeSync)
  }

  async #migrate(name: (typeof MIGRATING)[number], migrate: () => Promise<unknown>): Promise<unknown> {
    const { manager, engine } = this.#adoption ?? {}
    if (manager?.current?.state === 'active' && engine?.migratesInScope === false)
      throw new ScopeHandle(manager.current, manager, this.#dataSource).foreignKeys(`${name}()`)
    return migrate()
  }

  #independent({ engine, manager, told }: Adoption, mode: ReplicationMode): QueryRunner {
    const independent = concealing(engine.independent(mode, suspendedBy(manager.current)))
    const runner = told && manager.environment.observed ? telling(independent, manager) : independent
    return Object.assign(runner, { manager: this.#dataSource.createEntityManager(runner) })
  }

  #manager(runner?: QueryRunner): EntityManager {
    return makeTransactionsAmbient(this.#createManager(runner), this.#dataSource, () => this.#transactions())
  }

  /** Whose scopes `transaction()` means; `undefined` where it is TypeORM's own. */
  #transactions(): TransactionManager | undefined {
    const { manager, open = false } = this.#adoption ?? {}
    return open || manager?.current !== undefined ? manager : undefined
  }
}

/** What an application has made of a data source. */
export interface Adoption {
  readonly engine: Engine
  readonly manager: TransactionManager
  readonly Scoped: ScopedRunnerClass
  /** Until the application is closed. */
  open: boolean
  /** Whether execution listeners are told of statements outside every transaction: not of those of the start. */
  told: boolean
}

const MIGRATING = ['runMigrations', 'undoLastMigration'] as const

/** By data source, so that none is overridden twice. */
const known = new WeakMap<DataSource, AdoptedDataSource>()

/** The transaction that a frame without one hides. */
function suspendedBy(scope: Scope | undefined): RunnerTransaction | undefined {
  for (let at = scope; at; at = at.outer) {
    if (at.physical !== undefined && !at.physical.ended) return at.physical.resource as RunnerTransaction
  }
  return undefined
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false })
}

function inUse(name: string, application: string): Error {
  return invalid(
    name,
    `its DataSource belongs to the running application '${application}' already`,
    'Close that application first, or give each application, and each name, a DataSource of its own.',
  )
}
