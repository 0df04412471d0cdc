import { after } from '../../core/prompt'
import { OrderTerm } from '../ast/order-term'
import type { EntitySelection } from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import { QueryDeclarationError } from '../errors'
import type { PageRequest } from '../paging/page-request'
import type { Select } from '../projection/projection'
import { type ArgumentPlan, bindArguments, requestKind } from './argument-binder'
import { type EntityQueryShape, requestedOrder } from './entity-results'
import { requireFetchSize } from './fetch-size'
import { pageOf, sliceOf } from './page-result'
import { checkSelect } from './projected-columns'
import { ProjectionQuery } from './projection-query'
import type { PreparedQuery, QueryAccess } from './query-context'
import { kindMismatch } from './query-problems'
import { listParameters, requireLists } from './require-lists'
import { one, required } from './results'
import { takenArguments } from './taken-arguments'

/** What a query over properties is to answer in place of entities. */
export interface SelectOptions {
  readonly select: Select | undefined
  readonly distinct: boolean
}

/** A query that answers some properties of entities. */
export function prepareProjection(
  selection: EntitySelection,
  shape: EntityQueryShape,
  options: SelectOptions,
): PreparedQuery {
  const { label, result } = shape
  if (!isProjectedResult(result)) throw kindMismatch(label, result, PROJECTED_RESULTS)
  const query = new ProjectionQuery(selection, checkedSelect(selection, label, options), options.distinct)
  if (options.distinct) requireSelected(query, selection.order, label)
  refuseLock(selection, label)
  requireFetchSize(label, shape.fetchSize, result)
  const plan: ArgumentPlan = { ...shape, request: requestKind(result) }
  const lists = listParameters(selection.predicate)
  return {
    get access() {
      return accessOf(result, query)
    },
    get taken() {
      return takenArguments(plan, selection)
    },
    execute: args => {
      const { values, page } = bindArguments(plan, args)
      requireLists(label, lists, values)
      return RESULTS[result]({ query, shape, values, page })
    },
    statements: () => [{ text: query.textOf({ limit: shape.limit }), answersRows: true }],
  }
}

/** A row lock is one on entities: what is selected may be of several, or of none that can be told. */
function refuseLock({ lock }: EntitySelection, label: string): void {
  if (lock === undefined) return
  throw new QueryDeclarationError('AMBIT_QUERY_LOCK', {
    what: `${label} cannot lock: it selects properties.`,
    where: label,
    next: 'Leave select out: entities can be locked.',
  })
}

const PROJECTED_RESULTS = ['many', 'one', 'required', 'page', 'slice'] as const
type ProjectedResult = (typeof PROJECTED_RESULTS)[number]

function isProjectedResult(result: string): result is ProjectedResult {
  return (PROJECTED_RESULTS as readonly string[]).includes(result)
}

function checkedSelect({ metadata }: EntitySelection, label: string, { select }: SelectOptions) {
  if (select !== undefined) return checkSelect(metadata, select, label)
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${label} asks for distinct entities; entities are never repeated.`,
    where: label,
    next: "Leave distinct out, or say which properties: select: ['name'].",
  })
}

/** Rows that are one could otherwise have several places. */
function requireSelected({ select }: ProjectionQuery, order: readonly OrderTerm[], label: string): void {
  const stray = order.find(({ path }) => !select.columns.some(column => column.path === path))
  if (stray === undefined) return
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${label} is distinct, and sorts by '${stray.path}', which it does not select.`,
    where: label,
    next: 'Select it too, or sort by what is selected.',
  })
}

function accessOf(result: ProjectedResult, query: ProjectionQuery): QueryAccess {
  if (result === 'page') return 'read'
  return result !== 'slice' && query.selectsAlone() ? 'lone-select' : 'select'
}

interface Call {
  readonly query: ProjectionQuery
  readonly shape: EntityQueryShape
  readonly values: CallValues
  readonly page: PageRequest | undefined
}

const RESULTS = {
  many: ({ query, shape, values }) => query.rows(values, { limit: shape.limit }),
  one: ({ query, shape, values }) =>
    after(query.rows(values, { limit: shape.limit ?? 2 }), rows => one(shape.label, rows)),
  required: ({ query, shape, values }) =>
    after(query.rows(values, { limit: shape.limit ?? 2 }), rows => required(shape.label, rows)),
  page: async call => {
    const request = requestOf(call)
    const rows = await rowsOf(call, request, request.size)
    return pageOf(rows, request, async () =>
      Math.min(await call.query.count(call.values), call.shape.limit ?? Infinity),
    )
  },
  slice: async call => {
    const request = requestOf(call)
    return sliceOf(await rowsOf(call, request, request.size + 1), request)
  },
} as const satisfies Record<ProjectedResult, (call: Call) => unknown>

function requestOf({ page }: Call): PageRequest {
  if (page === undefined) throw new TypeError('a paged query has a page request')
  return page
}

async function rowsOf({ query, shape, values }: Call, request: PageRequest, wanted: number): Promise<object[]> {
  const { offset } = request
  const sorted = query.ordered(orderOf(query, request, shape.label))
  // `First3` caps what all pages have together.
  const limit = Math.min(wanted, (shape.limit ?? Infinity) - offset)
  return limit <= 0 ? [] : sorted.rows(values, { limit, offset })
}

/** Distinct rows have no key: what they hold tells them apart. */
function orderOf(query: ProjectionQuery, request: PageRequest, label: string): readonly OrderTerm[] {
  const { selection, select } = query
  const order = requestedOrder(selection, request, label)
  if (selection.distinct) requireSelected(query, order, label)
  const paths = selection.distinct ? select.columns.map(({ path }) => path) : keyPaths(selection)
  const missing = paths.filter(path => !order.some(term => term.path === path && !term.ignoreCase))
  return [...order, ...missing.map(path => OrderTerm.create(path))]
}

function keyPaths({ metadata }: EntitySelection): readonly string[] {
  return metadata.primaryColumns.map(({ propertyPath }) => propertyPath)
}
