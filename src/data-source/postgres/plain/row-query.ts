import type { PgConnection, PrefixedQuery, PrefixedQueryClass } from '../prefixed-query'
import { type Leg, namesToClose, type StatementSession } from '../wire/leg'
import type { RowDescription } from '../wire/pg-client'

export interface RowQuery extends PrefixedQuery {
  /** Whether anything was written to the connection. */
  readonly submitted: boolean
}

export type RowQueryClass = new (session: StatementSession, before: readonly string[], leg: Leg) => RowQuery

/**
 * A fixed statement as a query of pg's own: pg writes its messages and keeps the order of queries, and only what comes
 * back is read by us. Commands may go in front of it, in the same write.
 */
export function rowQueryClass(Base: PrefixedQueryClass): RowQueryClass {
  return class extends Base implements RowQuery {
    submitted = false
    readonly #session: StatementSession
    readonly #leg: Leg

    constructor(session: StatementSession, before: readonly string[], leg: Leg) {
      // The values as they were given, for instrumentation that reads them here.
      super(before, leg.call.statement.text, leg.call.values)
      this.#session = session
      this.#leg = leg
      this.name = leg.prepared?.name
    }

    /** Without values too: a simple query could bring several answers. */
    override requiresPreparation(): boolean {
      return true
    }

    /** pg books a name with the first statement that the server has parsed, which may be a command in front of this one. */
    override hasBeenParsed(): boolean {
      return !this.#leg.parses
    }

    override prepare(connection: PgConnection): void {
      const { call } = this.#leg
      call.begin()
      closeStatements(connection, namesToClose(this.#session, [this.#leg]))
      // With its option, pg would read the bytes of binary cells as UTF-8.
      this.binary = false
      this.values = call.bound
      super.prepare(connection)
      this.values = call.values
      this.submitted = connection.stream.writable
    }

    /** pg refuses the data, but knows nothing of the Sync that the server has ignored meanwhile. */
    override handleCopyInResponse(connection: PgConnection): void {
      super.handleCopyInResponse(connection)
      connection.sync()
    }

    override handleRowDescription({ fields }: RowDescription): void {
      if (this.#leg.call.answersRows) this.#leg.describe(fields.map(({ dataTypeID }) => dataTypeID))
    }

    override handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
      this.#leg.call.take(fields)
    }
  }
}

function closeStatements(connection: PgConnection, names: readonly string[]): void {
  for (const name of names) {
    connection.close({ type: 'S', name })
    // Otherwise what pg remembers of statements would grow for ever.
    Reflect.deleteProperty(connection.parsedStatements, name)
  }
}
