import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Column, DataSource, type DataSourceOptions, Entity, type Logger, PrimaryGeneratedColumn } from 'typeorm'
import { lane } from '#lane'
import type { EngineSettings } from '../../../src/data-source/engine'
import { createSqliteEngine, SqliteEngine } from '../../../src/data-source/sqlite/engine'
import { sendByRunner } from '../../../src/data-source/statements/send-by-runner'
import type { FixedStatement, StatementAnswer } from '../../../src/data-source/statements/fixed-statement'
import { SqliteTransaction } from '../../../src/data-source/sqlite/sqlite-transaction'
import type { IsolationLevel } from '../../../src/tx/isolation'
import { Turn } from '../../../src/tx/turn'
import type { SqliteConnection } from '../../support/sqlite/sqlite-library'

@Entity()
export class Item {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

/** Why some tests run on one library only. */
export const NO_ITERATORS = 'sqlite3 has no iterator that could keep a transaction from ending'
export const NO_DISPOSAL = 'query runners of TypeORM 0.3 know no await using'
export const NO_FUNCTIONS = 'sqlite3 registers no functions'
export const NO_PREPARE = 'TypeORM has no prepareDatabase with sqlite3, and Ambit refuses it'

/** A gate that a test opens by hand: what waits for it cannot go on by accident. */
export interface Latch {
  readonly opened: Promise<void>
  open(): void
}

export function latch(): Latch {
  let open: () => void = () => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

/** Lets everything that is ready run: no time passes, so nothing that waits for a timer is released by it. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

/** Keeps what TypeORM logs. */
export class StatementLog implements Logger {
  readonly lines: string[] = []
  readonly errors: string[] = []

  logQuery(query: string): void {
    this.lines.push(query)
  }
  logQueryError(_error: string | Error, query: string): void {
    this.errors.push(query)
  }
  logQuerySlow(): void {
    // not of interest
  }
  logSchemaBuild(): void {
    // not of interest
  }
  logMigration(): void {
    // not of interest
  }
  log(): void {
    // not of interest
  }
  clear(): void {
    this.lines.length = 0
    this.errors.length = 0
  }
}

export interface ScopeOptions {
  readonly label?: string
  readonly readOnly?: boolean
  readonly isolation?: IsolationLevel
  readonly outer?: TestScope | undefined
  readonly waitTimeoutMs?: number
  readonly signal?: AbortSignal
  readonly single?: 'select' | 'write'
  /** Whether a hook waits for the end of its work. */
  readonly hooked?: boolean
  /** Called before a control command is sent: the place to put something in between. */
  readonly onControl?: (command: string) => void
}

/** What the adopting code does for one originator: open, one statement at a time, end. */
export class TestScope {
  readonly control: string[] = []
  readonly transaction: SqliteTransaction
  readonly #turn = new Turn()

  constructor(
    readonly bed: TestBed,
    options: ScopeOptions,
  ) {
    const transaction = bed.engine.open({
      id: randomUUID(),
      label: options.label ?? 'Test.scope',
      isolation: options.isolation,
      readOnly: options.readOnly ?? false,
      single: options.single,
      unhooked: () => options.hooked !== true,
      outer: options.outer?.transaction,
      waitTimeoutMs: options.waitTimeoutMs ?? bed.settings.waitTimeoutMs,
      signal: options.signal,
      remainingMs: () => undefined,
      onControl: command => {
        this.control.push(command)
        options.onControl?.(command)
      },
      addHook: () => undefined,
    })
    this.transaction = instanceOf(SqliteTransaction, transaction)
  }

  query<T = unknown>(text: string, parameters?: unknown[]): Promise<T> {
    return this.#inTurn(() => this.transaction.runner.query(text, parameters) as Promise<T>)
  }

  insert(name: string): Promise<unknown> {
    return this.query('INSERT INTO "item"("name") VALUES (?)', [name])
  }

  async names(): Promise<string[]> {
    const rows = await this.query<{ name: string }[]>('SELECT "name" FROM "item" ORDER BY "id"')
    return rows.map(({ name }) => name)
  }

  /** As {@link query}, past TypeORM's runner. */
  fixed<R>(statement: FixedStatement<R>, values: readonly unknown[] = []): Promise<StatementAnswer<R>> {
    return this.#inTurn(async () => this.transaction.sendFixed(statement, values))
  }

  /** The same through the runner. */
  byRunner<R>(statement: FixedStatement<R>, values: readonly unknown[] = []): Promise<StatementAnswer<R>> {
    return this.#inTurn(() => sendByRunner(this.transaction.runner, statement, values))
  }

  /** A NESTED block. */
  async nested<T>(name: string, body: () => Promise<T>): Promise<T> {
    await this.#inTurn(() => this.transaction.savepoint(name))
    try {
      const result = await body()
      await this.#inTurn(() => this.transaction.release(name))
      return result
    } catch (error) {
      await this.#inTurn(() => this.transaction.rollbackTo(name))
      await this.#inTurn(() => this.transaction.release(name))
      throw error
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn.take('a statement', 10_000)
    try {
      return await work()
    } finally {
      this.#turn.give()
    }
  }
}

const files: string[] = []

/** A fresh path; its directory is removed by {@link removeFiles}. */
export function databasePath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ambit-sqlite-'))
  files.push(directory)
  return join(directory, 'test.db')
}

export function removeFiles(): void {
  for (const directory of files.splice(0)) rmSync(directory, { recursive: true, force: true })
}

export interface BedOptions {
  readonly database?: string
  readonly settings?: Partial<EngineSettings>
  readonly typeorm?: Record<string, unknown>
}

/** Makes the engine of the lane's driver. */
export const takeOver = createSqliteEngine(lane.sqlite.kind)

/** A data source with the engine taking it over, in the role of the adopting code. */
export class TestBed {
  private constructor(
    readonly dataSource: DataSource,
    readonly engine: SqliteEngine,
    readonly settings: EngineSettings,
    readonly log: StatementLog,
    readonly database: string,
  ) {}

  static async open({ database = databasePath(), settings: given, typeorm }: BedOptions = {}): Promise<TestBed> {
    const log = new StatementLog()
    const settings: EngineSettings = { waitTimeoutMs: 2_000, readers: 3, synchronous: 'FULL', ...given }
    const options = { type: lane.sqlite.type, database, entities: [Item], logger: log, synchronize: true, ...typeorm }
    const dataSource = await new DataSource(options as unknown as DataSourceOptions).initialize()
    const engine = instanceOf(SqliteEngine, await takeOver('default', dataSource, settings))
    log.clear()
    return new TestBed(dataSource, engine, settings, log, database)
  }

  /** Runs a body in a transaction, committed when it returns and rolled back when it throws. */
  async scope<T>(options: ScopeOptions, body: (scope: TestScope) => Promise<T>): Promise<T> {
    const scope = new TestScope(this, options)
    const { transaction } = scope
    let result: T
    try {
      result = await body(scope)
    } catch (error) {
      if (transaction.begun) await transaction.rollback()
      throw error
    }
    const outcome = transaction.begun ? await transaction.commit() : { kind: 'committed' as const }
    if (outcome.kind !== 'committed') throw outcome.cause
    return result
  }

  /** Outside every scope, past TypeORM's runner. */
  async fixed<R>(statement: FixedStatement<R>, values: readonly unknown[] = []): Promise<StatementAnswer<R>> {
    const answer = this.engine.sendFixed(statement, values)
    if (answer === undefined) throw new Error('the engine has no way past the runner')
    return answer
  }

  /** The committed rows, as a connection of somebody else sees them; of a database in memory, as the queue allows. */
  async names(): Promise<string[]> {
    const rows: { name: string }[] = await this.dataSource.query('SELECT "name" FROM "item" ORDER BY "id"')
    return rows.map(({ name }) => name)
  }

  /** A connection of another process, as far as SQLite can tell. */
  foreign(): Promise<SqliteConnection> {
    return lane.sqlite.connect(this.database)
  }

  async pragma(name: string): Promise<unknown> {
    const [row] = await this.engine.pool.writer.raw.rows(`PRAGMA ${name}`)
    return Object.values(row ?? {})[0]
  }

  /** Nothing held, nobody waiting, no transaction open: how every test has to end. */
  async expectIdle(): Promise<void> {
    expect({
      ...this.engine.pool.usage,
      inTransaction: await this.engine.pool.writer.raw.inTransaction(),
      queryOnly: await this.pragma('query_only'),
    }).toEqual({ writer: 0, readers: 0, waiting: 0, inTransaction: false, queryOnly: 0 })
  }

  async close(): Promise<void> {
    if (!this.dataSource.isInitialized) return
    await this.expectIdle()
    await this.dataSource.destroy()
  }
}

function instanceOf<T extends object>(Class: abstract new (...args: never[]) => T, value: object): T {
  if (value instanceof Class) return value
  throw new TypeError(`expected a ${Class.name}`)
}

/** Closes what a test opened, and checks that it left nothing behind. */
export function testBeds(): (options?: BedOptions) => Promise<TestBed> {
  const open: TestBed[] = []
  afterEach(async () => {
    for (const bed of open.splice(0)) await bed.close()
  })
  afterAll(removeFiles)
  return async options => {
    const bed = await TestBed.open(options)
    open.push(bed)
    return bed
  }
}
