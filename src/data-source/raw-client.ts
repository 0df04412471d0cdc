import { RawQueryError } from './errors'

/** The part of a driver's client that a facade uses. */
export interface RawClient {
  query(query: unknown, values?: unknown[]): Promise<unknown>
}

/** Takes the turn for a statement and gives it the connected client. */
export type RunRaw = (text: string, send: (client: RawClient) => Promise<unknown>) => Promise<unknown>

type Callback = (error: unknown, result?: unknown) => void

/**
 * What `queryRunner.connect()` answers in a scope: a client whose every query takes the transaction's turn. It takes texts
 * and configurations, with a callback or without, as pg's own does.
 *
 * @throws RawQueryError `AMBIT_DATA_SOURCE_RAW_QUERY` for a query object, whose end nobody could see
 */
export function rawClient(run: RunRaw, label: string): { query(...args: unknown[]): unknown } {
  return {
    query: (query: unknown, ...rest: unknown[]): unknown => {
      if (isSubmittable(query)) throw submittable(label)
      const [values] = rest.filter((arg): arg is unknown[] => Array.isArray(arg))
      const callback = rest.find((arg): arg is Callback => typeof arg === 'function')
      const answer = run(textOf(query), client => client.query(query, values))
      if (callback === undefined) return answer
      answer.then(result => callback(null, result), callback)
      return undefined
    },
  }
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query
  const { text } = (query ?? {}) as { text?: unknown }
  return typeof text === 'string' ? text : ''
}

function isSubmittable(query: unknown): boolean {
  return typeof query === 'object' && query !== null && typeof (query as { submit?: unknown }).submit === 'function'
}

function submittable(label: string): RawQueryError {
  return new RawQueryError('AMBIT_DATA_SOURCE_RAW_QUERY', {
    what: `A query object (cursor, COPY stream) was given to the raw client inside the transaction of ${label}, where nobody could tell when it ends.`,
    where: label,
    next: 'Use queryRunner.stream(…) or a query builder’s stream() for many rows, or run it in detached(…) on a connection of its own.',
  })
}
