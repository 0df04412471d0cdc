import type { ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import type { CallValues } from '../compile/values'
import type { Page } from '../paging/page'
import type { PageRequest } from '../paging/page-request'
import type { Slice } from '../paging/slice'
import type { EntityQuery } from './entity-query'
import { countedPage, pageOf, sliceOf, twoSelects } from './page-result'
import type { QueryAccess } from './query-context'

/** A query in the order of a request, and what the request is for. */
export interface PageCall {
  readonly query: EntityQuery
  readonly values: CallValues
  readonly request: PageRequest
  /** From `First` and `Top`: what all pages have together. */
  readonly most: number | undefined
}

/** A page of entities with the total: in one statement where the database gives both at once. */
export function pageOfEntities(call: PageCall): Prompt<Page<ObjectLiteral>> {
  const { query, values, request, most } = call
  const { offset } = request
  const limit = remaining(call, request.size)
  const page = query.page(values, { limit, offset })
  if (page === undefined) return pageInTwo(call, limit)
  return after(page, ({ entities, total }) => countedPage(entities, request, capped(total, most)))
}

/** The rows and the total of a page are to be of one moment. */
export function pageAccess(query: EntityQuery): QueryAccess {
  if (query.pagesAlone()) return 'lone-select'
  return twoSelects(query.selection.dialect)
}

/** A slice of entities. */
export async function sliceOfEntities(call: PageCall): Promise<Slice<ObjectLiteral>> {
  const { query, values, request } = call
  const limit = remaining(call, request.size + 1)
  const rows = limit === 0 ? [] : await query.select(values, { limit, offset: request.offset })
  return sliceOf(rows, request)
}

async function pageInTwo(call: PageCall, limit: number): Promise<Page<ObjectLiteral>> {
  const { query, values, request, most } = call
  const rows = limit === 0 ? [] : await query.select(values, { limit, offset: request.offset })
  return pageOf(rows, request, async () => capped(await query.count(values), most))
}

function remaining({ most, request }: PageCall, wanted: number): number {
  return most === undefined ? wanted : Math.max(0, Math.min(wanted, most - request.offset))
}

function capped<T extends number | undefined>(total: T, most: number | undefined): T | number {
  return total === undefined || most === undefined ? total : Math.min(total, most)
}
