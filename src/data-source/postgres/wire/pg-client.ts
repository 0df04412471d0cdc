import type { CellParser } from '../../statements/fixed-statement'
import type { PgQuery } from '../prefixed-query'

/** What pg makes of a value before it is bound: null, text, or bytes. */
export type BoundValue = null | string | Uint8Array

/** The part of pg's `Connection` that a batch writes to. */
export interface PgConnection {
  readonly stream: { readonly writable: boolean; write(bytes: Uint8Array): boolean }
}

/** A message about the columns of an answer. */
export interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

/**
 * What pg's `Client.query()` takes beside texts: it calls `submit` when the connection is free, then a handler for each
 * message. `pg-cursor` and `pg-query-stream` are made of the same.
 */
export interface Submittable {
  submit(connection: PgConnection): Error | null
  handleRowDescription(message: RowDescription): void
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void
  handleCommandComplete(message: { readonly text: string }): void
  handleEmptyQuery(): void
  handlePortalSuspended(): void
  handleCopyInResponse(connection: PgConnection): void
  handleCopyData(): void
  handleReadyForQuery(): void
  handleError(error: Error): void
}

/** pg's own client, as far as statements of ours need it. */
export interface PgWireClient {
  readonly connection: PgConnection
  readonly pipeline?: boolean
  readonly binary?: boolean
  /** What the server, or a pooler, has named as its process. */
  readonly processID?: number | null
  query(query: Submittable | PgQuery): unknown
  getTypeParser(oid: number, format: 'text'): CellParser
}

type ValueMapper = (value: unknown) => BoundValue

/** Why a client is not pg's own as we know it; `undefined` where it is, as far as looking at it tells. */
export function problemOfClient(client: unknown): string | undefined {
  if (!isObject(client) || typeof client['query'] !== 'function') return 'the client is not pg’s'
  if (typeof client['getTypeParser'] !== 'function') return 'the client has no type parsers of its own'
  if (!isObject(client['connection']) || !isObject(client['connection']['stream'])) {
    return 'the client does not speak the protocol in JavaScript (pg-native?)'
  }
  return undefined
}

/**
 * What pg itself maps values with, caught where pg hands it to its connection; `undefined` where `Query` is not pg's.
 */
export function valueMapperOf(Query: unknown): ValueMapper | undefined {
  let mapper: unknown
  const connection = {
    parsedStatements: {},
    submittedNamedStatements: {},
    parse: ignore,
    bind: ({ valueMapper }: { valueMapper?: unknown }) => (mapper = valueMapper),
    describe: ignore,
    execute: ignore,
    flush: ignore,
    sync: ignore,
    close: ignore,
  }
  try {
    const query = new (Query as new (text: string, values: unknown[]) => { prepare(connection: unknown): void })('', [
      '',
    ])
    query.prepare(connection)
  } catch {
    // Some other class: then there is nothing to be caught.
    return undefined
  }
  return typeof mapper === 'function' ? value => (mapper as ValueMapper)(value) : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function ignore(): void {
  // only `bind` is of interest
}
