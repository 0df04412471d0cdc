import type { QueryResultKind } from '../declaration'
import { QueryDeclarationError } from '../errors'

/** How many rows a stream fetches at a time, where nothing is said. */
const USUAL = 1_000

/** A batch is in memory as a whole: beyond that, it is no stream any more. */
const MOST = 100_000

/**
 * How many rows a stream is to fetch at a time.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION` for no such number, and where nothing is streamed
 */
export function requireFetchSize(label: string, fetchSize: unknown, result: QueryResultKind = 'stream'): number {
  if (fetchSize === undefined) return USUAL
  if (result !== 'stream')
    throw invalid(
      label,
      `fetchSize beside the result '${result}'`,
      'Only a stream fetches in batches: take fetchSize out.',
    )
  if (isSize(fetchSize)) return fetchSize
  throw invalid(label, 'a fetchSize that is no number of rows', `Give a whole number from 1 to ${MOST}.`)
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST
}

function invalid(label: string, problem: string, next: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', { what: `${label} has ${problem}.`, where: label, next })
}
