import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm'
import type { Application } from '../application'
import { type ApplicationContext, resolveApplication, runInApplication } from '../core/applications'
import { ContextKey, contextValue, runWithValue } from '../core/async-context'
import type { Engine } from '../data-source/engine'
import { DATA_SOURCES } from '../data-source/entity-manager'
import type { TransactionManager } from '../tx/transaction-manager'
import { TRANSACTION_MANAGERS } from '../tx/transaction-managers'
import { RootHost } from './rollback/root-host'
import { rootedRunnerClass } from './rollback/rooted-runner'
import type { TestRoot } from './rollback/test-root'

/** What has a name and runs code as the ambient application: an `Application`, or the kit's own without databases. */
export type ApplicationLike = Pick<Application, 'name' | 'run'>

const kits = new WeakMap<ApplicationContext, ApplicationKit>()

/** What the kit has added to one application: nothing before it is first used, and nothing that works outside tests. */
export class ApplicationKit {
  readonly open = new Set<TestRoot>()
  pinned: TestRoot | undefined
  /** Are told of statements outside every transaction. */
  readonly watchers = new Set<(dataSource: string, text: string) => void>()
  readonly #key = new ContextKey<TestRoot>('test root', false, true)

  private constructor(readonly context: ApplicationContext) {
    for (const [name, manager] of this.managers) {
      const host = new RootHost(manager, this)
      manager.host = host
      const dataSource = context.get(DATA_SOURCES)?.get(name)
      if (dataSource) this.#takeRunners(dataSource, manager, host)
    }
  }

  /**
   * The kit of an application, else of the ambient or the only running one.
   *
   * @throws NoApplicationError `AMBIT_APP_NONE`, `AMBIT_APP_AMBIGUOUS`, `AMBIT_APP_CLOSED`
   */
  static of(app: ApplicationLike | undefined): ApplicationKit {
    const context = app === undefined ? resolveApplication() : app.run(() => resolveApplication())
    const kit = kits.get(context) ?? new ApplicationKit(context)
    kits.set(context, kit)
    return kit
  }

  get managers(): ReadonlyMap<string, TransactionManager> {
    return this.context.get(TRANSACTION_MANAGERS) ?? new Map<string, TransactionManager>()
  }

  /** The test that the running code belongs to: by its context, else the one that everything belongs to. */
  get current(): TestRoot | undefined {
    const ambient = contextValue(this.#key)
    return ambient !== undefined && ambient.state !== 'over' ? ambient : (this.pinned ?? ambient)
  }

  /** Runs a test with its root around it. */
  run<T>(root: TestRoot, fn: () => T): T {
    return runInApplication(this.context, () => runWithValue(this.#key, root, fn))
  }

  /** Runners outside every scope work in the test's transaction while there is one. */
  #takeRunners(dataSource: DataSource, manager: TransactionManager, host: RootHost): void {
    const ambient = dataSource.createQueryRunner.bind(dataSource)
    const Rooted = rootedRunnerClass((manager.resource as Engine).Runner, dataSource, manager)
    const value = (mode?: ReplicationMode): QueryRunner => {
      const state = manager.current?.state
      if (state === 'active' || state === 'ended') return ambient(mode)
      if (host.root === undefined) return this.#watched(manager.resource.name, ambient(mode))
      const runner = new Rooted()
      return Object.assign(runner, { manager: dataSource.createEntityManager(runner) })
    }
    const before = Object.getOwnPropertyDescriptor(dataSource, 'createQueryRunner')
    Object.defineProperty(dataSource, 'createQueryRunner', { value, configurable: true, writable: true })
    host.whenClosed = () => {
      if (before) Object.defineProperty(dataSource, 'createQueryRunner', before)
    }
  }

  #watched(dataSource: string, runner: QueryRunner): QueryRunner {
    if (this.watchers.size === 0) return runner
    const query = runner.query.bind(runner) as (text: string, ...rest: unknown[]) => Promise<unknown>
    const value = (text: string, ...rest: unknown[]): Promise<unknown> => {
      for (const watch of this.watchers) watch(dataSource, text)
      return query(text, ...rest)
    }
    return Object.defineProperty(runner, 'query', { value, configurable: true, writable: true })
  }
}
