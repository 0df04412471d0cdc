import type { QueryRunner } from 'typeorm'
import { flow } from '../../core/flow'
import { after, type Flow, type Prompt } from '../../core/prompt'
import type { Portion, Portions, PortionsRequest } from '../engine'
import type { FixedStatement } from '../statements/fixed-statement'
import type { BoundRunners } from './bound-runner'
import type { Connection } from './connection'
import type { FixedLane, Stepping } from './fixed-lane'

/** A row as the driver gives it. */
type Row = Readonly<Record<string, unknown>>

/** The transaction, as far as its streams use it. */
export interface PortionParts {
  /** `undefined` where fixed statements go through TypeORM's runner. */
  readonly lane: FixedLane | undefined
  /** Whether nothing but the stream ever happens in it, on a connection of its own. */
  readonly alone: boolean
  /** TypeORM's runners, and in whose name their subscribers are told. */
  readonly runners: BoundRunners
  readonly broadcaster: QueryRunner['broadcaster']
  /** Runs work on the transaction's connection, begun first. */
  run<T>(work: (connection: Connection) => Prompt<T>): Prompt<T>
  /** Is told when nothing of the stream is left on the connection. */
  over(): void
}

/**
 * A query in portions. SQLite keeps others from the connection while a statement on it is read, so only a stream that has a
 * reader to itself is: rows come as they are asked for. Everywhere else the answer is put into a temporary table first,
 * outside of our memory, and read from there: what the transaction does meanwhile changes none of its rows.
 */
export class SqlitePortions<R> implements Portions<R> {
  readonly readsAhead = false
  readonly #request: PortionsRequest<R>
  readonly #parts: PortionParts
  #steps: Stepping<R> | undefined
  #table: AnswerTable<R> | undefined

  constructor(request: PortionsRequest<R>, parts: PortionParts) {
    this.#request = request
    this.#parts = parts
  }

  next(): Prompt<Portion<R>> {
    return this.#parts.run(connection => flow(this.#next(connection)))
  }

  close(): Prompt<void> {
    return this.#parts.run(connection => flow(this.end(connection)))
  }

  /** Lets go of what it has on the connection, in front of the transaction's end or behind a rollback. */
  *end(connection: Connection): Flow<void> {
    this.#steps?.stop()
    this.#steps = undefined
    const table = this.#table
    this.#table = undefined
    if (table) yield* table.drop(connection)
    this.#parts.over()
  }

  *#next(connection: Connection): Flow<Portion<R>> {
    const { size } = this.#request
    const rows = yield* this.#rows(connection)
    const last = rows.length < size
    if (last) yield* this.end(connection)
    return { rows, last }
  }

  *#rows(connection: Connection): Flow<R[]> {
    if (this.#steps === undefined && this.#table === undefined) yield* this.#open(connection)
    return this.#steps?.take(this.#request.size) ?? ((yield this.#table?.next(connection)) as R[])
  }

  *#open(connection: Connection): Flow<void> {
    const { statement, values, broadcaster } = this.#request
    const { lane, alone } = this.#parts
    const { fixed } = statement
    if (alone && fixed && broadcaster === undefined) this.#steps = lane?.iterate(connection, fixed, values)
    if (this.#steps) return
    this.#table = new AnswerTable(this.#request, this.#parts, connection)
    yield* this.#table.fill(connection)
  }
}

/** The answer to a query as a temporary table, whose rows are numbered in the order of the answer. */
class AnswerTable<R> {
  readonly #request: PortionsRequest<R>
  readonly #parts: PortionParts
  readonly #number: number
  readonly #name: string
  readonly #fetch: FixedStatement<R> | undefined
  #read = 0

  constructor(request: PortionsRequest<R>, parts: PortionParts, connection: Connection) {
    this.#request = request
    this.#parts = parts
    this.#number = connection.takeNumber()
    this.#name = `temp."ambit_stream_${this.#number}"`
    const { fixed } = request.statement
    if (fixed) this.#fetch = { ...fixed, text: this.#fetchText, reader: parsers => fixed.reader(parsers) }
  }

  /** Source: https://www.sqlite.org/lang_createtable.html#create_table_as_select_statements */
  *fill(connection: Connection): Flow<void> {
    const { statement, values } = this.#request
    const create = `CREATE TABLE ${this.#name} AS ${statement.text}`
    // One that a rollback has brought back would be in the way.
    yield connection.unrefused(() => after(this.#dropped(connection), () => this.#create(connection, create, values)))
  }

  next(connection: Connection): Prompt<R[]> {
    const { statement, size } = this.#request
    const range = [this.#read, (this.#read += size)]
    const lane = this.#lane
    if (lane && this.#fetch) return after(lane.send(connection, this.#fetch, range), ({ rows }) => rows)
    const records = this.#query(connection, this.#fetchText, range)
    return records.then(found => found.map(statement.ofRecord))
  }

  *drop(connection: Connection): Flow<void> {
    yield connection.unrefused(() => this.#dropped(connection))
    connection.giveNumber(this.#number)
  }

  #create(connection: Connection, text: string, values: readonly unknown[]): Prompt<unknown> {
    const create: FixedStatement<never> = { text, effect: 'write', columns: [], reader: () => noRows }
    return this.#lane?.send(connection, create, values) ?? this.#query(connection, text, values)
  }

  #query(connection: Connection, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const { runners, broadcaster } = this.#parts
    return runners.leased(connection, broadcaster).query(text, [...values]) as Promise<readonly Row[]>
  }

  #dropped({ raw }: Connection): Prompt<void> {
    return raw.run(`DROP TABLE IF EXISTS ${this.#name}`)
  }

  get #fetchText(): string {
    return `SELECT * FROM ${this.#name} WHERE _rowid_ > ? AND _rowid_ <= ? ORDER BY _rowid_`
  }

  /** Subscribers are told by TypeORM's runner only. */
  get #lane(): FixedLane | undefined {
    return this.#request.broadcaster === undefined ? this.#parts.lane : undefined
  }
}

function noRows(): never {
  throw new TypeError('there is no row to read')
}
