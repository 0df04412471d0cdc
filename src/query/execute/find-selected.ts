import type { Prompt } from '../../core/prompt'
import type { EntitySelection, Range } from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import type { Page } from '../paging/page'
import type { PageRequest } from '../paging/page-request'
import type { Window } from '../paging/window'
import type { WindowRequest } from '../paging/window-request'
import { OwnedMap } from '../plan/owned-map'
import { isProjection, type Select } from '../projection/projection'
import { DynamicQueries, type DynamicRequest } from './dynamic-queries'
import type { StreamCall } from './entity-batches'
import { requireComparable, requireSelected } from './distinct-rows'
import { checkSelect } from './projected-columns'
import { pageOfRows, totalRowOrder } from './projection-pages'
import { ProjectionQuery } from './projection-query'
import { windowsOfRows } from './projection-windows'
import type { QueryContext } from './query-context'
import type { RowStream } from './row-stream'
import type { WindowQuery } from './window-query'

/** What a query that is put together at run time selects, and of which rows. */
export interface SelectedFind {
  readonly label: string
  readonly select: Select
  readonly distinct: boolean
  readonly request: DynamicRequest
}

/** Some properties of the rows that were asked for; statements are made once for all calls that differ only in values. */
export function findSelected(context: QueryContext, find: SelectedFind, range: Range): Prompt<object[]> {
  const { query, values } = projected(context, find)
  if (find.distinct) requireSelected(query, query.selection.order, find.label)
  return range.limit === 0 ? [] : query.rows(values, range)
}

/** One page of them, in the order of the page where it has one. */
export function findSelectedPage(
  context: QueryContext,
  find: SelectedFind,
  request: PageRequest,
): Promise<Page<object>> {
  const {
    label,
    request: { order = [], ...rest },
  } = find
  const terms = request.sort?.terms ?? order
  return pageOfRows({ ...projected(context, { ...find, request: rest }), label, request, terms, most: undefined })
}

/**
 * A window of them, in the order of the request where it has one. Its cursors are good for calls with the same label,
 * conditions, values and order, and where rows are distinct, with the same properties.
 *
 * @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR`, before any SQL
 */
export function findSelectedWindow(
  context: QueryContext,
  find: SelectedFind,
  request: WindowRequest,
): Prompt<Window<object>> {
  const { label } = find
  const { cursors } = context
  const order = request.sort?.terms ?? find.request.order
  const { query, values } = projected(context, { ...find, request: { ...find.request, order } })
  const make = (): WindowQuery<object> =>
    windowsOfRows({ query, label, cursors }, totalRowOrder(query, query.selection.order, label))
  return windows.of(query, label, make).find(values, request)
}

/** Them one by one; checked now, sent for with the first that is asked for. */
export function streamSelected(context: QueryContext, find: SelectedFind, call: StreamCall): RowStream<object> {
  const { query, values } = projected(context, find)
  if (find.distinct) requireSelected(query, query.selection.order, find.label)
  return query.stream(values, call)
}

interface Projected {
  readonly query: ProjectionQuery
  readonly values: CallValues
}

function projected(context: QueryContext, { label, select, distinct, request }: SelectedFind): Projected {
  const { query, values } = DynamicQueries.of(context).prepare(request, label)
  const { selection } = query
  const key: unknown = isProjection(select) ? select : JSON.stringify(select)
  const make = (): ProjectionQuery => {
    const checked = checkSelect(selection.metadata, select, label)
    if (distinct) requireComparable(selection.dataSource, checked, label)
    return new ProjectionQuery(selection, checked, distinct)
  }
  return { query: (distinct ? distincts : queries).of(selection, key, make), values }
}

const SELECTS_PER_QUERY = 16
/** Projections are told apart as objects: their classes have no text. */
const queries = new OwnedMap<EntitySelection, ProjectionQuery, unknown>(SELECTS_PER_QUERY)
const distincts = new OwnedMap<EntitySelection, ProjectionQuery, unknown>(SELECTS_PER_QUERY)

/** By the methods that they were asked of: a cursor of one is none of the other. */
const METHODS_PER_QUERY = 8
const windows = new OwnedMap<ProjectionQuery, WindowQuery<object>>(METHODS_PER_QUERY)
