import type { CellParser, FixedStatement, RowReader } from '../../statements/fixed-statement'
import type { StatementSession } from './leg'
import type { PgWireClient } from './pg-client'
import { PreparedStatements } from './prepared-statements'

/** Readers are made once for a statement, and again where the types of its columns, or their parsers, have changed. */
export type Readers = WeakMap<FixedStatement<unknown>, KnownReader>

interface KnownReader {
  readonly parsers: readonly CellParser[]
  readonly read: RowReader<unknown>
}

/** One connection, as the statements that are sent on it see it. */
export class Session implements StatementSession {
  readonly #client: PgWireClient
  readonly #readers: Readers

  constructor(
    client: PgWireClient,
    readonly prepared: PreparedStatements | undefined,
    readers: Readers,
  ) {
    this.#client = client
    this.#readers = readers
  }

  reader<R>(statement: FixedStatement<R>, types: readonly number[]): RowReader<R> {
    const known = this.#readers.get(statement)
    if (known !== undefined && this.#stillParses(known.parsers, types)) return known.read as RowReader<R>
    const parsers = types.map(type => this.#client.getTypeParser(type, 'text'))
    const read = statement.reader(parsers)
    this.#readers.set(statement, { parsers, read })
    return read
  }

  /** Asked each time: applications may replace pg's parsers whenever they like. */
  #stillParses(parsers: readonly CellParser[], types: readonly number[]): boolean {
    if (parsers.length !== types.length) return false
    for (let at = 0; at < types.length; at += 1) {
      if (this.#client.getTypeParser(types[at] ?? 0, 'text') !== parsers[at]) return false
    }
    return true
  }
}

/**
 * What a connection has prepared. By client, whoever uses it: a pool may outlive the application that filled it.
 */
export function preparedOn(client: object): PreparedStatements {
  let prepared = known.get(client)
  if (prepared === undefined) known.set(client, (prepared = new PreparedStatements(PREPARED_PER_CONNECTION)))
  return prepared
}

const known = new WeakMap<object, PreparedStatements>()

/** Each costs the server some kilobytes; far more than the statements of a batch. */
export const PREPARED_PER_CONNECTION = 256
