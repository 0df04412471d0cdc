import { flow } from '../../core/flow'
import { attempted, type Flow } from '../../core/prompt'
import type { PortionsRequest } from '../engine'
import type { Connection } from './connection'
import { type PortionParts, SqlitePortions } from './portions'

/** The streams of one transaction that have something left on its connection. */
export class OpenStreams {
  /** Most transactions have none. */
  #open: Set<SqlitePortions<unknown>> | undefined

  open<R>(request: PortionsRequest<R>, parts: Omit<PortionParts, 'over'>): SqlitePortions<R> {
    const open = (this.#open ??= new Set())
    const stream = new SqlitePortions<R>(request, { over: () => open.delete(stream), ...parts })
    open.add(stream)
    return stream
  }

  /** Nothing of them may stay: in front of a COMMIT it would be kept, and under way it would be in the way. */
  *end(connection: Connection): Flow<void> {
    for (const stream of this.#open ?? []) yield* attempted(() => flow(stream.end(connection)))
  }
}
