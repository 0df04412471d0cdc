import { OrderTerm } from '../ast/order-term'
import type { CallValues } from '../compile/values'
import type { QueryResultKind } from '../declaration'
import type { PageRequest } from '../paging/page-request'
import { type ArgumentPlan, bindArguments } from './argument-binder'
import type { EntitySelection } from '../compile/entity-builder'
import { EntityQuery, loadsByOneSelect } from './entity-query'
import { pageOf, sliceOf } from './page-result'
import type { PreparedQuery, QueryAccess } from './query-context'
import { requireProperty } from './query-problems'
import { listParameters, requireLists } from './require-lists'
import { one, required } from './results'

export type EntityResult = Exclude<QueryResultKind, 'scalar'>

/** The rest of an entity query's declaration. */
export interface EntityQueryShape {
  readonly label: string
  readonly result: EntityResult
  /** From `First` and `Top`. */
  readonly limit: number | undefined
  readonly parameters: readonly string[] | number
  readonly args: readonly string[] | undefined
}

export function prepareEntityQuery(selection: EntitySelection, shape: EntityQueryShape): PreparedQuery {
  const plan: ArgumentPlan = { ...shape, paged: shape.result === 'page' || shape.result === 'slice' }
  const run = RESULTS[shape.result]
  const lists = listParameters(selection.predicate)
  const query = new EntityQuery(selection)
  return {
    get access() {
      return accessOf(shape.result, query)
    },
    execute: async args => {
      const { values, page } = bindArguments(plan, args)
      requireLists(shape.label, lists, values)
      return run({ query, shape, values, page })
    },
  }
}

function accessOf(result: EntityResult, query: EntityQuery): QueryAccess {
  if (result === 'affected') return query.deletesAlone() ? 'single-write' : 'write'
  if (result === 'count' || result === 'exists') return 'select'
  // The rows and the total of a page are to be of one moment.
  return result !== 'page' && loadsByOneSelect(query.selection.metadata) ? 'select' : 'read'
}

interface Call {
  readonly query: EntityQuery
  readonly shape: EntityQueryShape
  readonly values: CallValues
  readonly page: PageRequest | undefined
}

const RESULTS = {
  many: ({ query, shape, values }) => query.select(values, { limit: shape.limit }),
  one: async call => one(call.shape.label, await atMostTwo(call)),
  required: async call => required(call.shape.label, await atMostTwo(call)),
  page: pageOfEntities,
  slice: sliceOfEntities,
  count: ({ query, values }) => query.count(values),
  exists: ({ query, values }) => query.exists(values),
  affected: ({ query, values }) => query.delete(values),
} as const satisfies Record<EntityResult, (call: Call) => Promise<unknown>>

/** A second row is asked for only to notice it; `First` cannot have one. */
function atMostTwo({ query, shape, values }: Call): Promise<object[]> {
  return query.select(values, { limit: shape.limit ?? 2 })
}

async function pageOfEntities(call: Call): Promise<unknown> {
  const { query, values } = call
  const request = pageRequest(call)
  const sorted = sortedBy(query.selection, request, call.shape.label)
  const total = async (): Promise<number> => capped(call, await query.count(values))
  const limit = remaining(call, request, request.size)
  const rows = limit === 0 ? [] : await sorted.select(values, { limit, offset: request.offset })
  return pageOf(rows, request, total)
}

async function sliceOfEntities(call: Call): Promise<unknown> {
  const request = pageRequest(call)
  const sorted = sortedBy(call.query.selection, request, call.shape.label)
  const limit = remaining(call, request, request.size + 1)
  const rows = limit === 0 ? [] : await sorted.select(call.values, { limit, offset: request.offset })
  return sliceOf(rows, request)
}

function pageRequest({ page }: Call): PageRequest {
  if (page === undefined) throw new TypeError('a paged query has a page request')
  return page
}

/** `First3` caps what all pages have together. */
function remaining({ shape }: Call, request: PageRequest, wanted: number): number {
  return shape.limit === undefined ? wanted : Math.max(0, Math.min(wanted, shape.limit - request.offset))
}

function capped({ shape }: Call, total: number): number {
  return shape.limit === undefined ? total : Math.min(total, shape.limit)
}

/**
 * Adds the caller's sort behind the query's own, and the primary key behind both: rows that compare equal would otherwise
 * change places between pages.
 */
function sortedBy(selection: EntitySelection, { sort }: PageRequest, label: string): EntityQuery {
  const terms = sort?.terms ?? []
  for (const { path } of terms) requireProperty(selection.metadata, path, label)
  const order = [
    ...selection.order,
    ...terms.map(({ path, direction, nulls, ignoreCase }) => OrderTerm.create(path, direction, { nulls, ignoreCase })),
  ]
  const tieBreakers = selection.metadata.primaryColumns
    .filter(({ propertyPath }) => !order.some(term => term.path === propertyPath && !term.ignoreCase))
    .map(({ propertyPath }) => OrderTerm.create(propertyPath))
  return new EntityQuery({ ...selection, order: [...order, ...tieBreakers] })
}
