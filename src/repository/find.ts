import type { ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../core/prompt'
import type { Range } from '../query/compile/entity-builder'
import type { CallValues } from '../query/compile/values'
import { InvalidPageError } from '../query/errors'
import { DynamicQueries, type DynamicQuery } from '../query/execute/dynamic-queries'
import { pageOfEntities, sliceOfEntities } from '../query/execute/entity-pages'
import type { EntityQuery } from '../query/execute/entity-query'
import { GraphQuery } from '../query/execute/graph/graph-query'
import { requireLockable } from '../query/execute/locking'
import { pageOf, sliceOf } from '../query/execute/page-result'
import type { QueryContext } from '../query/execute/query-context'
import type { Page } from '../query/paging/page'
import { PageRequest } from '../query/paging/page-request'
import type { Slice } from '../query/paging/slice'
import { WindowRequest } from '../query/paging/window-request'
import type { Finding } from './find-options'

/** The entities that were asked for, with their relations. */
export function find(context: QueryContext, asked: Finding): Prompt<ObjectLiteral[]> {
  const { label, request, range, relations } = asked
  const dynamic = DynamicQueries.of(context).prepare(request, label)
  requireLockable(dynamic.query.selection, { label, result: 'many', limit: range.limit ?? range.offset })
  if (relations.length === 0) return dynamic.select(range)
  return load(dynamic.query, dynamic.values, { asked, range })
}

function load(
  query: EntityQuery,
  values: CallValues,
  { asked: { relations, label }, range }: { readonly asked: Finding; readonly range: Range },
): Prompt<ObjectLiteral[]> {
  const graph = GraphQuery.of(query, relations, label)
  return range.limit === 0 ? [] : graph.load(values, range)
}

/** One page of what was asked for. */
export function findPage(context: QueryContext, asked: Finding, page: PageRequest): Prompt<Page<ObjectLiteral>> {
  const { query, values } = pagedQuery(context, asked, page)
  if (asked.relations.length === 0) return pageOfEntities({ query, values, request: page, most: undefined })
  const { size: limit, offset } = page
  return after(load(query, values, { asked, range: { limit, offset } }), rows =>
    pageOf(rows, page, async () => query.count(values)),
  )
}

/** The same without a total. */
export async function findSlice(
  context: QueryContext,
  asked: Finding,
  page: PageRequest,
): Promise<Slice<ObjectLiteral>> {
  const { query, values } = pagedQuery(context, asked, page)
  if (asked.relations.length === 0) return sliceOfEntities({ query, values, request: page, most: undefined })
  const range = { limit: page.size + 1, offset: page.offset }
  return sliceOf(await load(query, values, { asked, range }), page)
}

/** In the order of the page, where it has one. */
function pagedQuery(context: QueryContext, { label, request }: Finding, page: PageRequest): DynamicQuery {
  const { specification, lock } = request
  const order = requirePage(page, label).sort?.terms ?? request.order
  return DynamicQueries.of(context).prepare({ specification, order, total: true, lock }, label)
}

export function requireWindow(window: unknown, label: string): WindowRequest {
  if (WindowRequest.is(window)) return window
  throw new InvalidPageError('AMBIT_QUERY_PAGE_MISSING', {
    what: `${label} answers a window, but was given no WindowRequest.`,
    where: label,
    next: "Pass WindowRequest.first(size, 'name').",
  })
}

export function requirePage(page: unknown, label: string): PageRequest {
  if (PageRequest.is(page)) return page
  throw new InvalidPageError('AMBIT_QUERY_PAGE_MISSING', {
    what: `${label} answers a page, but was given no PageRequest.`,
    where: label,
    next: 'Pass PageRequest.of(page, size).',
  })
}
