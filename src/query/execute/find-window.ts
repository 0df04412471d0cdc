import type { ObjectLiteral } from 'typeorm'
import type { Prompt } from '../../core/prompt'
import type { Window } from '../paging/window'
import type { WindowRequest } from '../paging/window-request'
import { OwnedMap } from '../plan/owned-map'
import { DynamicQueries, type DynamicRequest } from './dynamic-queries'
import type { EntityQuery } from './entity-query'
import type { QueryContext } from './query-context'
import { WindowQuery } from './window-query'

/**
 * A window of the entities that were asked for. Its cursors are good for calls with the same label, conditions, values and
 * order.
 *
 * @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR`, before any SQL; as {@link DynamicQueries.prepare}
 */
export function findWindow(
  context: QueryContext,
  label: string,
  asked: DynamicRequest,
  request: WindowRequest,
): Prompt<Window<ObjectLiteral>> {
  const { specification, lock } = asked
  const order = request.sort?.terms ?? asked.order
  const { query, values } = DynamicQueries.of(context).prepare({ specification, order, total: true, lock }, label)
  const { cursors } = context
  return windows.of(query, label, () => new WindowQuery(query, { label, cursors })).find(values, request)
}

/** By the methods that they were asked of: a cursor of one is none of the other. */
const METHODS_PER_QUERY = 8
const windows = new OwnedMap<EntityQuery, WindowQuery<ObjectLiteral>>(METHODS_PER_QUERY)
