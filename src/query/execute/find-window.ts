import type { ObjectLiteral } from 'typeorm'
import type { Prompt } from '../../core/prompt'
import { printQuery } from '../ast/print-query'
import type { EntitySelection } from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import type { Window } from '../paging/window'
import type { WindowRequest } from '../paging/window-request'
import { BoundedMap } from '../plan/bounded-map'
import { perContext, QUERIES_PER_REPOSITORY } from './per-context'
import type { QueryContext } from './query-context'
import { requireMetadata } from './query-problems'
import { SortedSelections } from './sorted-selections'
import { WindowQuery } from './window-query'

/** Which entities, and in which order. */
export interface WindowSelection extends Pick<EntitySelection, 'predicate' | 'order'> {
  /** For the parameters of the condition, which has no values of its own (`liftValues`): one statement serves all. */
  readonly values: CallValues
}

/**
 * A window of the entities of a selection. Its cursors are good for calls with the same label, selection, values and sort.
 *
 * @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR`, before any SQL
 */
export function findWindow(
  context: QueryContext,
  label: string,
  { predicate, order, values }: WindowSelection,
  request: WindowRequest,
): Prompt<Window<ObjectLiteral>> {
  const sorted = windowsOf(context).of(`${label} ${printQuery(predicate, order)}`, () => {
    const selection = { ...context, metadata: requireMetadata(context, label), predicate, order }
    return new SortedSelections(selection, label, total => new WindowQuery(total, label, context.cursors))
  })
  return sorted.of(request.sort).find(values, request)
}

/** The selections of a repository that windows were asked of. */
const windowsOf = perContext(() => new BoundedMap<SortedSelections<WindowQuery>>(QUERIES_PER_REPOSITORY))
