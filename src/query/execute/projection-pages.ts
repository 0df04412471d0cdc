import type { OrderTerm } from '../ast/order-term'
import type { CallValues } from '../compile/values'
import type { Page } from '../paging/page'
import type { PageRequest } from '../paging/page-request'
import type { Slice } from '../paging/slice'
import type { SortTerm } from '../paging/sort-term'
import { requireSelected } from './distinct-rows'
import { pageOf, sliceOf } from './page-result'
import type { ProjectionQuery } from './projection-query'
import { completedOrder, requestedOrder, totalOrder } from './requested-order'

/** A query over properties, and the part of its rows that is wanted. */
export interface RowsCall {
  readonly label: string
  readonly query: ProjectionQuery
  readonly values: CallValues
  readonly request: PageRequest
  /** What the caller sorts by, behind the query's own order. */
  readonly terms: readonly SortTerm[]
  /** From `First` and `Top`: what all pages have together. */
  readonly most: number | undefined
}

/** One page of rows, and how many there are. */
export async function pageOfRows(call: RowsCall): Promise<Page<object>> {
  const { query, values, request, most = Infinity } = call
  const rows = await rowsOf(call, request.size)
  return pageOf(rows, request, async () => Math.min(await query.count(values), most))
}

/** One page of rows, and whether more follow. */
export async function sliceOfRows(call: RowsCall): Promise<Slice<object>> {
  return sliceOf(await rowsOf(call, call.request.size + 1), call.request)
}

async function rowsOf(call: RowsCall, wanted: number): Promise<object[]> {
  const { query, values, request, most = Infinity } = call
  const { offset } = request
  const sorted = query.ordered(orderOf(call))
  const limit = Math.min(wanted, most - offset)
  return limit <= 0 ? [] : sorted.rows(values, { limit, offset })
}

function orderOf({ query, terms, label }: RowsCall): readonly OrderTerm[] {
  return totalRowOrder(query, requestedOrder(query.selection, terms, label), label)
}

/**
 * The order, and behind it what tells all rows apart. Distinct rows have no key: what they hold does it.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`: see {@link requireSelected}
 */
export function totalRowOrder(
  query: ProjectionQuery,
  order: readonly OrderTerm[],
  label: string,
): readonly OrderTerm[] {
  const { selection, select } = query
  if (!selection.distinct) return totalOrder(selection.metadata, order)
  requireSelected(query, order, label)
  return completedOrder(
    selection.metadata,
    order,
    select.columns.map(({ path }) => path),
  )
}
