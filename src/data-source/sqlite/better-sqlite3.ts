import type { FixedStatement } from '../statements/fixed-statement'
import { withPragmaStatements } from './pragma-statements'
import { type Prepared, PreparedStatements, type ReadRow } from './prepared-statements'
import { nothingFound, type RawAnswer, type RawConnection, type Row, type SqliteDriverKind } from './raw-connection'
import { busyKind } from './sqlite-codes'

/** better-sqlite3: synchronous, each statement within one tick. */
export const betterSqlite3: SqliteDriverKind = {
  connection: handle => new BetterSqlite3Connection(handle as Database),
  busyKind,
  runnerClass: withPragmaStatements,
  refusedOptions: {
    busyTimeout: "Write 'timeout'.",
    busyErrorRetry: 'Take it out: waitTimeoutMs bounds every wait.',
    flags: "Write 'readonly' or 'fileMustExist'.",
  },
  opensReadOnly: ({ readonly }) => readonly === true,
  busyTimeoutOf: ({ timeout }) => (typeof timeout === 'number' ? timeout : TYPEORM_TIMEOUT_MS),
}

/** The part of better-sqlite3's Database that we use. */
interface Database {
  readonly inTransaction: boolean
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): unknown
}

interface Statement {
  /** Whether it answers rows. */
  readonly reader: boolean
  all(...values: readonly unknown[]): unknown[]
  run(...values: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number | bigint }
  iterate(...values: readonly unknown[]): IterableIterator<unknown>
  /** Rows are arrays from now on. */
  raw(): unknown
  columns(): readonly { readonly name: string }[]
}

type Cells = readonly unknown[]

class BetterSqlite3Connection implements RawConnection {
  readonly #commands = new Map<string, Statement>()
  readonly #fixed = new PreparedStatements<Statement>(() => undefined)

  constructor(readonly handle: Database) {}

  get statements(): Database {
    return this.handle
  }

  run(sql: string): void {
    if (EVERY_TRANSACTION.has(sql)) this.#command(sql).run()
    else this.handle.exec(sql)
  }

  rows(sql: string): readonly Row[] {
    return this.handle.prepare(sql).all() as Row[]
  }

  inTransaction(): boolean {
    return this.handle.inTransaction
  }

  /** As TypeORM 1 has it: the driver itself takes no booleans. */
  bound(values: readonly unknown[]): readonly unknown[] {
    return values.some(isBoolean) ? values.map(value => (isBoolean(value) ? Number(value) : value)) : values
  }

  send<R>(fixed: FixedStatement<R>, values: readonly unknown[]): RawAnswer<R> {
    const prepared = this.#fixed.get(fixed.text) ?? this.#prepare(fixed.text)
    const { statement } = prepared
    if (!statement.reader) {
      const { changes, lastInsertRowid } = statement.run(...spread(values))
      return nothingFound(changes, lastInsertRowid)
    }
    const found = statement.all(...spread(values))
    const read = prepared.reader(fixed, () => rowReader(fixed, statement))
    return { found, affected: found.length, lastInsertId: undefined, read }
  }

  *iterate<R>(fixed: FixedStatement<R>, values: readonly unknown[]): IterableIterator<R> {
    // Of its own: one that others may use too would be busy.
    const statement = this.handle.prepare(fixed.text)
    statement.raw()
    const read = rowReader(fixed, statement)
    for (const cells of statement.iterate(...spread(values))) yield read(cells)
  }

  compile(sql: string): readonly string[] {
    const statement = this.handle.prepare(sql)
    return statement.reader ? statement.columns().map(({ name }) => name) : []
  }

  async forget(): Promise<void> {
    this.#fixed.clear()
  }

  async close(): Promise<void> {
    this.handle.close()
  }

  #prepare(text: string): Prepared<Statement> {
    const statement = this.handle.prepare(text)
    if (statement.reader) statement.raw()
    return this.#fixed.add(text, statement)
  }

  #command(sql: string): Statement {
    const known = this.#commands.get(sql)
    if (known) return known
    const statement = this.handle.prepare(sql)
    this.#commands.set(sql, statement)
    return statement
  }
}

/** The statement's own order of columns is what its reader expects, whatever the database's is. */
function rowReader<R>(fixed: FixedStatement<R>, statement: Statement): ReadRow<R> {
  const read = fixed.reader()
  const names = statement.columns().map(({ name }) => name)
  const places = fixed.columns.map(name => names.indexOf(name))
  if (places.length === names.length && places.every((place, index) => place === index)) return read as ReadRow<R>
  return cells => read(places.map(place => (cells as Cells)[place]))
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

const TYPEORM_TIMEOUT_MS = 5_000

/** What is sent so often that it is worth preparing. */
const EVERY_TRANSACTION: ReadonlySet<string> = new Set(['BEGIN', 'BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'])

/** Arguments stand on the stack, on which thousands have no room; the driver takes a list of them as well. */
function spread(values: readonly unknown[]): readonly unknown[] {
  return values.length > MOST_SPREAD ? [values] : values
}

const MOST_SPREAD = 500
