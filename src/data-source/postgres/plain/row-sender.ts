import type { PrefixedQueryClass } from '../prefixed-query'
import type { BatchOutcome } from '../wire/batch'
import { Leg } from '../wire/leg'
import { problemOfClient } from '../wire/pg-client'
import type { Sender } from '../wire/sender'
import { type RowQuery, rowQueryClass } from './row-query'

/** Queries of pg's own, for clients that take nothing else: one statement each, with what goes in front of it. */
export function rowSender(PrefixedQuery: PrefixedQueryClass): Sender {
  const RowQuery = rowQueryClass(PrefixedQuery)
  return {
    tier: 'plain',
    batches: false,
    problemOf: problemOfClient,
    send: (client, session, { before, calls: [call, ...more], behind }, done) => {
      if (call === undefined || more.length > 0 || behind !== undefined) throw new TypeError('one statement at a time')
      const leg = new Leg(session, call)
      const query = new RowQuery(session, before, leg)
      query.callback = (error, result) => {
        done(outcomeOf(query, leg, error, result as PgResult | undefined))
      }
      client.query(query)
    },
  }
}

/** pg's result, as far as it is of interest. */
interface PgResult {
  readonly rowCount: number | null
}

function outcomeOf(query: RowQuery, leg: Leg, error: Error | null, result: PgResult | undefined): BatchOutcome {
  const { completed, submitted } = query
  if (error === null) {
    leg.complete(result?.rowCount ?? undefined)
    return { completed: completed + 1, error: undefined, submitted, tag: undefined }
  }
  if (submitted) leg.doubt()
  return { completed, error, submitted, tag: undefined }
}
