import type { Class } from '../core/metadata'
import type { StreamBoundary } from '../data-source/statements/stream-statement'
import type { PreparedQuery } from '../query/execute/query-context'
import { declarationOf } from '../tx/declaration'
import { defineTransaction } from '../tx/options'

/**
 * The body of a query that streams. It answers no promise, so no boundary can be put around it: what `@Transactional` says
 * about the member or its class is given to the stream, which begins with its first row.
 */
export function streamMethod(query: PreparedQuery, target: Class, member: string): (args: unknown[]) => unknown {
  let boundary: StreamBoundary | 'none' | undefined
  return args => {
    boundary ??= declaredBoundary(target, member) ?? 'none'
    return query.execute(args, boundary === 'none' ? undefined : boundary)
  }
}

/** What `@Transactional` says about a member that streams, or about its class. */
export function declaredBoundary(target: Class, member: string): StreamBoundary | undefined {
  const declared = declarationOf(target, member)
  if (declared === undefined || declared === 'excluded') return undefined
  return defineTransaction(declared, `${target.name}.${member}`)
}
