import { type Application, bootstrap, dataSourceToken, type TransactionalOptions } from 'ambit'
import { ambientApplication } from '../../src/core/applications'
import { defineTransaction } from '../../src/tx/options'
import { TRANSACTION_MANAGERS } from '../../src/tx/transaction-managers'
import { committed, Note } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, expectClean, silentLogger, type TestEngine } from '../support/engines'
import { type CallNode, callTrees, type DataSourceName } from '../tx/model/call-tree'
import { expectConsistent, expectPredicted, expectPredictedInAnyOrder } from '../tx/model/comparison'
import type { DatabaseKind, Facts } from '../tx/model/facts'
import { checkTrees } from '../tx/model/replay'
import { type ModelWorld, runTree } from '../tx/model/run-tree'

// The model of test/tx/model.test.ts on databases, through the public face; how to replay a failure stands there.
// On SQLite calls run one after the other: who may write beside whom depends on the order (test/data-source/sqlite/model.test.ts
// runs scopes side by side). REQUIRES_NEW behind a write is refused there, and the model says so.

const POOL_SIZE = 10
const NAMES = ['default', 'other'] as const

/** Two data sources, and what the running tree did with them. */
class DatabaseWorld implements ModelWorld {
  readonly reports: Error[] = []
  readonly kind: DatabaseKind
  #app: Application | undefined
  #tree = 0
  readonly #databases: Record<DataSourceName, EngineDatabase>

  private constructor(engine: TestEngine, databases: Record<DataSourceName, EngineDatabase>) {
    this.kind = { abortsOnError: !engine.oneWriter, oneWriter: engine.oneWriter }
    this.#databases = databases
  }

  static async start(engine: TestEngine): Promise<DatabaseWorld> {
    const databases = { default: await engine.create(), other: await engine.create() }
    const world = new DatabaseWorld(engine, databases)
    const settings = engine.oneWriter ? { synchronous: 'NORMAL' as const } : { poolSize: POOL_SIZE }
    world.#app = await bootstrap({
      dataSources: {
        default: { ...databases.default.settings, ...settings },
        other: { ...databases.other.settings, ...settings },
      },
      entities: [Note],
      logger: silentLogger,
      onError: error => world.reports.push(error),
    })
    return world
  }

  async run(tree: CallNode): Promise<Facts> {
    this.#tree += 1
    this.reports.length = 0
    for (const name of NAMES) this.#databases[name].log.clear()
    return runTree(this, tree)
  }

  insert(row: string, dataSource: DataSourceName): Promise<unknown> {
    return this.#query(`INSERT INTO note (k) VALUES ('${this.#prefix}${row}')`, dataSource)
  }

  select(dataSource: DataSourceName): Promise<unknown> {
    return this.#query('SELECT count(*) FROM note', dataSource)
  }

  refused(_: string, dataSource: DataSourceName): Promise<unknown> {
    return this.#query('INSERT INTO note (k) VALUES (NULL)', dataSource)
  }

  implicit(label: string, fn: () => Promise<void>, options: TransactionalOptions): Promise<void> {
    const definition = defineTransaction(options, label, true)
    const managers = this.app.run(() => ambientApplication()?.get(TRANSACTION_MANAGERS))
    const manager = managers?.get(definition.dataSource)
    if (manager === undefined) throw new Error(`no data source ${definition.dataSource}`)
    return manager.execute({ definition, fn, self: undefined, args: [] }) as Promise<void>
  }

  /** Of this tree only: emptying tables between trees would cost more than they do. */
  async rows(dataSource: DataSourceName): Promise<string[]> {
    const all = await committed(this.#databases[dataSource])
    return all
      .filter(row => row.startsWith(this.#prefix))
      .map(row => row.slice(this.#prefix.length))
      .sort()
  }

  commands(dataSource: DataSourceName): readonly string[] {
    return this.#databases[dataSource].log.texts.map(text =>
      text.endsWith('(NULL)') ? 'REFUSE' : (/^(ROLLBACK TO|\w+)/.exec(text)?.[0] ?? text),
    )
  }

  async expectClean(): Promise<void> {
    for (const name of NAMES) await expectClean(this.#databases[name], this.app, name)
  }

  async stop(): Promise<void> {
    await this.#app?.close()
    for (const name of NAMES) await this.#databases[name].drop()
  }

  get app(): Application {
    if (this.#app === undefined) throw new Error('the application has not been started')
    return this.#app
  }

  get #prefix(): string {
    return `${this.#tree}-`
  }

  #query(sql: string, dataSource: DataSourceName): Promise<unknown> {
    return this.app.get(dataSourceToken(dataSource)).query(sql)
  }
}

jest.setTimeout(240_000)

describe.each(ENGINES)('random trees of calls on $name agree with the model', engine => {
  let world: DatabaseWorld
  beforeAll(async () => {
    world = await DatabaseWorld.start(engine)
  })
  afterAll(() => world.stop())

  it('one call after the other: all in its order', async () => {
    await checkTrees(callTrees(), 150, async tree => {
      expectPredicted(tree, await world.run(tree), world.kind)
    })
    await world.expectClean()
  })

  if (!engine.oneWriter) {
    it('side by side: outcomes, rows, hooks, reports and commands in any order', async () => {
      const trees = callTrees({ calls: ['in turn', 'Promise.all', 'Promise.allSettled'], width: POOL_SIZE - 1 })
      await checkTrees(trees, 100, async tree => {
        expectPredictedInAnyOrder(tree, await world.run(tree), world.kind)
      })
      await world.expectClean()
    })
  }

  it('side by side, cut short: what was told is what is stored, and nothing is left open', async () => {
    const trees = callTrees({ calls: ['Promise.all', 'Promise.allSettled'], width: POOL_SIZE - 1 })
    await checkTrees(trees, 60, async tree => {
      expectConsistent(tree, await world.run(tree))
    })
    await world.expectClean()
  })
})
