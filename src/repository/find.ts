import type { ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../core/prompt'
import type { Range } from '../query/compile/entity-builder'
import type { CallValues } from '../query/compile/values'
import { InvalidPageError } from '../query/errors'
import { DynamicQueries, type DynamicQuery } from '../query/execute/dynamic-queries'
import { pageOfEntities, sliceOfEntities } from '../query/execute/entity-pages'
import type { EntityQuery } from '../query/execute/entity-query'
import { GraphQuery } from '../query/execute/graph/graph-query'
import { pageOf, sliceOf } from '../query/execute/page-result'
import type { QueryContext } from '../query/execute/query-context'
import { requireMetadata } from '../query/execute/query-problems'
import type { Page } from '../query/paging/page'
import { PageRequest } from '../query/paging/page-request'
import type { Slice } from '../query/paging/slice'
import { Sort } from '../query/paging/sort'
import type { Finding } from './find-options'

/** The entities that were asked for, with their relations. */
export function find(context: QueryContext, asked: Finding): Prompt<ObjectLiteral[]> {
  const { label, request, range, relations } = asked
  const dynamic = DynamicQueries.of(context).prepare(request, label)
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

/** In the order of the page; the primary key behind it keeps rows that compare equal where they are. */
function pagedQuery(context: QueryContext, { label, request }: Finding, page: PageRequest): DynamicQuery {
  const { sort } = requirePage(page, label)
  const terms = sort?.terms ?? request.order ?? []
  const keys = requireMetadata(context, label).primaryColumns.map(({ propertyPath }) => propertyPath)
  const missing = keys.filter(path => !terms.some(term => term.path === path && !term.ignoreCase))
  const order = [...terms, ...missing.flatMap(path => new Sort(path).terms)]
  return DynamicQueries.of(context).prepare({ ...request, order }, label)
}

function requirePage(page: unknown, label: string): PageRequest {
  if (PageRequest.is(page)) return page
  throw new InvalidPageError('AMBIT_QUERY_PAGE_MISSING', {
    what: `${label} answers a page, but was given no PageRequest.`,
    where: label,
    next: 'Pass PageRequest.of(page, size).',
  })
}
