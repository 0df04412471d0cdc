import { after } from '../../core/prompt'
import type { EntitySelection } from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import { QueryDeclarationError } from '../errors'
import type { PageRequest } from '../paging/page-request'
import type { Select } from '../projection/projection'
import { type ArgumentPlan, bindArguments, requestKind } from './argument-binder'
import type { EntityQueryShape } from './entity-results'
import { requireFetchSize } from './fetch-size'
import { checkSelect } from './projected-columns'
import { twoSelects } from './page-result'
import { pageOfRows, requireSelected, type RowsCall, sliceOfRows } from './projection-pages'
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

function accessOf(result: ProjectedResult, query: ProjectionQuery): QueryAccess {
  if (result === 'page') return twoSelects(query.selection.dialect)
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
  page: call => pageOfRows(paged(call)),
  slice: call => sliceOfRows(paged(call)),
} as const satisfies Record<ProjectedResult, (call: Call) => unknown>

function paged({ query, shape: { label, limit: most }, values, page }: Call): RowsCall {
  if (page === undefined) throw new TypeError('a paged query has a page request')
  return { label, query, values, request: page, terms: page.sort?.terms ?? [], most }
}
