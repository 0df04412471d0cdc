import type { FixedStatement, RowReader } from '../../statements/fixed-statement'
import type { Prepared, PreparedStatements } from './prepared-statements'
import type { AnyCall } from './statement-call'

/** What statements on one connection share. */
export interface StatementSession {
  /** `undefined`: nothing is prepared, every statement is parsed each time. */
  readonly prepared: PreparedStatements | undefined
  /** What reads the rows of a statement whose columns have these types. */
  reader<R>(statement: FixedStatement<R>, types: readonly number[]): RowReader<R>
}

/** A call on its way: how the connection knows its statement, and whether it is parsed on that way. */
export class Leg {
  readonly call: AnyCall
  readonly prepared: Prepared | undefined
  readonly parses: boolean
  readonly #session: StatementSession

  /** `ahead` are those that go out in front of it, in the same write. */
  constructor(session: StatementSession, call: AnyCall, ahead: readonly Leg[] = []) {
    this.call = call
    this.#session = session
    if (call.portal) {
      // Never by name: a portal ends with the statement that it was made of, and names are closed at any time.
      this.prepared = undefined
      this.parses = !call.portal.open
      return
    }
    this.prepared = session.prepared?.use(call.statement.text)
    const parsedAhead = ahead.some(leg => leg.prepared === this.prepared)
    this.parses = this.prepared === undefined || (this.prepared.state !== 'prepared' && !parsedAhead)
  }

  /** What its columns are known to be. */
  get types(): readonly number[] | undefined {
    return this.prepared?.types ?? this.call.portal?.types
  }

  /** What the columns of its answer are. */
  describe(types: readonly number[]): void {
    const { statement, portal } = this.call
    if (this.prepared) this.prepared.types = types
    if (portal) portal.types = types
    try {
      if (types.length !== statement.columns.length) throw otherColumns(statement, types.length)
      this.call.reading(this.#session.reader(statement, types))
    } catch (error) {
      this.call.unreadable(error)
    }
  }

  /** The server has completed it, or as much of it as was asked for. */
  complete(affected: number | undefined, exhausted = true): void {
    this.call.affected = affected
    const { portal } = this.call
    if (portal) portal.open = true
    if (portal) portal.exhausted = exhausted
    if (this.parses && this.prepared) this.prepared.state = 'prepared'
  }

  /** It was not answered: nobody knows whether it was parsed. */
  doubt(): void {
    if (this.parses && this.prepared) this.prepared.state = 'doubtful'
  }
}

/** The statements to be closed in front of everything that can fail, so that the server does not skip it. */
export function namesToClose(session: StatementSession, legs: readonly Leg[]): string[] {
  const names = session.prepared?.takeEvicted() ?? []
  for (const { prepared, parses } of legs) if (parses && prepared?.state === 'doubtful') names.push(prepared.name)
  return names
}

function otherColumns({ columns, text }: FixedStatement<unknown>, count: number): Error {
  return new Error(`A statement answered ${count} columns where ${columns.length} were expected: ${text}`)
}
