/** The part of pg's connection that a query writes to. */
export interface PgConnection {
  readonly stream: { readonly writable: boolean }
  /** The texts of prepared statements by name, as pg believes. */
  readonly parsedStatements: Record<string, unknown>
  query(text: string): void
  parse(config: { text: string; name: string; types: readonly unknown[] }): void
  bind(config: { portal: string; statement: string; values: readonly unknown[] }): void
  execute(config: { portal: string; rows: number }): void
  close(config: { type: 'S'; name: string }): void
  sync(): void
}

/** pg's exported `Query`, of whatever copy of pg the data source loaded. */
export interface PgQuery {
  text: string
  values: readonly unknown[] | undefined
  name: string | undefined
  binary: boolean | undefined
  callback: ((error: Error | null, result?: unknown) => void) | undefined
  requiresPreparation(): boolean
  hasBeenParsed(connection: PgConnection): unknown
  submit(connection: PgConnection): Error | null
  prepare(connection: PgConnection): void
  handleRowDescription(message: unknown): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: PgConnection): void
  handleCopyInResponse(connection: PgConnection): void
  handleError(error: Error & { position?: string }, connection: PgConnection): unknown
}

export type PgQueryClass = new (text: string, values?: readonly unknown[]) => PgQuery

/** Whether a driver's `Query` is pg's: pg-native's, and those of stand-ins for pg, know nothing of messages. */
export function isPgQuery(value: unknown): value is PgQueryClass {
  if (typeof value !== 'function') return false
  const prototype = value.prototype as object | undefined
  return prototype !== undefined && OVERRIDDEN.every(name => name in prototype)
}

export interface PrefixedQuery extends PgQuery {
  /** How many of the prefix commands the server has completed. */
  readonly completed: number
}

export type PrefixedQueryClass = new (
  prefix: readonly string[],
  text: string,
  values?: readonly unknown[],
) => PrefixedQuery

/**
 * A query that carries commands (BEGIN, SET LOCAL) in front of it, in one write and under one Sync.
 *
 * It uses the protocol that pg would have chosen: with values the prefix goes as extended-protocol messages, so that
 * the server skips the statement when BEGIN fails; without values everything is one simple query.
 */
export function prefixedQueryClass(Base: PgQueryClass): PrefixedQueryClass {
  return class extends Base implements PrefixedQuery {
    completed = 0
    readonly #prefix: readonly string[]
    readonly #simplePrefix: string
    #simple = false

    constructor(prefix: readonly string[], text: string, values?: readonly unknown[]) {
      super(text, values)
      this.#prefix = prefix
      this.#simplePrefix = prefix.map(command => `${command};`).join('')
    }

    override submit(connection: PgConnection): Error | null {
      if (this.requiresPreparation()) return super.submit(connection)
      this.#simple = true
      connection.query(this.#simplePrefix + this.text)
      return null
    }

    override prepare(connection: PgConnection): void {
      for (const text of this.#prefix) {
        connection.parse({ text, name: '', types: [] })
        connection.bind({ portal: '', statement: '', values: [] })
        connection.execute({ portal: '', rows: 0 })
      }
      super.prepare(connection)
    }

    override handleCommandComplete(message: unknown, connection: PgConnection): void {
      if (this.completed < this.#prefix.length) this.completed += 1
      else super.handleCommandComplete(message, connection)
    }

    override handleError(error: Error & { position?: string }, connection: PgConnection): unknown {
      if (this.#simple && error.position !== undefined) {
        error.position = String(Number(error.position) - this.#simplePrefix.length)
      }
      return super.handleError(error, connection)
    }
  }
}

/** By this class, and by the one that reads rows. */
const OVERRIDDEN = [
  'requiresPreparation',
  'hasBeenParsed',
  'submit',
  'prepare',
  'handleRowDescription',
  'handleDataRow',
  'handleCommandComplete',
  'handleCopyInResponse',
  'handleError',
] as const satisfies readonly (keyof PgQuery)[]
