import { after, type Prompt } from '../../core/prompt'
import type { StreamBoundary } from '../../data-source/statements/stream-statement'
import type { EntitySelection } from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import { QueryDeclarationError } from '../errors'
import type { PageRequest } from '../paging/page-request'
import type { Window } from '../paging/window'
import type { WindowRequest } from '../paging/window-request'
import type { Select } from '../projection/projection'
import { type ArgumentPlan, bindArguments, requestKind } from './argument-binder'
import type { EntityQueryShape } from './entity-results'
import { requireComparable, requireSelected } from './distinct-rows'
import { requireFetchSize } from './fetch-size'
import { checkSelect, distinctEntities } from './projected-columns'
import { twoSelects } from './page-result'
import { pageOfRows, type RowsCall, sliceOfRows, totalRowOrder } from './projection-pages'
import { ProjectionQuery } from './projection-query'
import { windowsOfRows } from './projection-windows'
import type { PreparedQuery, QueryAccess } from './query-context'
import { kindMismatch } from './query-problems'
import type { QueryStatement } from './query-statement'
import { listParameters, requireLists } from './require-lists'
import { one, required } from './results'
import { SortedSelections } from './sorted-selections'
import { takenArguments } from './taken-arguments'
import type { WindowQuery } from './window-query'

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
  const { label, result, cursors } = shape
  if (!isProjectedResult(result)) throw kindMismatch(label, result, PROJECTED_RESULTS)
  const select = checkedSelect(selection, label, options)
  if (options.distinct) requireComparable(selection.dataSource, select, label)
  const query = new ProjectionQuery(selection, select, options.distinct)
  if (options.distinct) requireSelected(query, selection.order, label)
  refuseLock(selection, label)
  const fetchSize = requireFetchSize(label, shape.fetchSize, result)
  const windows = new SortedSelections(
    selection,
    label,
    ({ order }) => windowsOfRows({ query, label, cursors }, order),
    (_, order) => totalRowOrder(query, order, label),
  )
  const plan: ArgumentPlan = { ...shape, request: requestKind(result) }
  const lists = listParameters(selection.predicate)
  return {
    streams: result === 'stream',
    get access() {
      return accessOf(result, query)
    },
    get taken() {
      return takenArguments(plan, selection)
    },
    execute: (args, boundary) => {
      const { values, page, window } = bindArguments(plan, args)
      requireLists(label, lists, values)
      return RESULTS[result]({ query, windows, shape, values, page, window, fetchSize, boundary })
    },
    statements: () => statementsOf(query, shape),
  }
}

/** Parts of a result without a sort of their own; the keys of others are properties, checked with the call. */
function statementsOf(query: ProjectionQuery, { label, result, limit }: EntityQueryShape): readonly QueryStatement[] {
  if (result !== 'page' && result !== 'slice' && result !== 'window') return [answering(query.textOf({ limit }))]
  const total = query.ordered(totalRowOrder(query, query.selection.order, label))
  if (result === 'window') return [answering(total.windowText(1))]
  const rows = answering(total.textOf({ limit: 1, offset: 1 }))
  return result === 'slice' ? [rows] : [rows, { ...answering(query.countText()), part: 'its total' }]
}

function answering(text: string): QueryStatement {
  return { text, answersRows: true }
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

const PROJECTED_RESULTS = ['many', 'one', 'required', 'page', 'slice', 'window', 'stream'] as const
type ProjectedResult = (typeof PROJECTED_RESULTS)[number]

function isProjectedResult(result: string): result is ProjectedResult {
  return (PROJECTED_RESULTS as readonly string[]).includes(result)
}

function checkedSelect({ metadata }: EntitySelection, label: string, { select }: SelectOptions) {
  if (select !== undefined) return checkSelect(metadata, select, label)
  throw distinctEntities(label)
}

function accessOf(result: ProjectedResult, query: ProjectionQuery): QueryAccess {
  if (result === 'page') return twoSelects(query.selection.dialect)
  // The portions of a stream are to be of one moment.
  if (result === 'stream') return 'read'
  return result !== 'slice' && query.selectsAlone() ? 'lone-select' : 'select'
}

interface Call {
  readonly query: ProjectionQuery
  /** Its windows, by the sorts of requests. */
  readonly windows: SortedSelections<WindowQuery<object>>
  readonly shape: EntityQueryShape
  readonly values: CallValues
  readonly page: PageRequest | undefined
  readonly window: WindowRequest | undefined
  readonly fetchSize: number
  readonly boundary: StreamBoundary | undefined
}

const RESULTS = {
  many: ({ query, shape, values }) => query.rows(values, { limit: shape.limit }),
  one: ({ query, shape, values }) =>
    after(query.rows(values, { limit: shape.limit ?? 2 }), rows => one(shape.label, rows)),
  required: ({ query, shape, values }) =>
    after(query.rows(values, { limit: shape.limit ?? 2 }), rows => required(shape.label, rows)),
  page: call => pageOfRows(paged(call)),
  slice: call => sliceOfRows(paged(call)),
  window: windowOfRows,
  stream: ({ query, shape: { label, limit }, values, fetchSize, boundary }) =>
    query.stream(values, { label, limit, fetchSize, boundary }),
} as const satisfies Record<ProjectedResult, (call: Call) => unknown>

function paged({ query, shape: { label, limit: most }, values, page }: Call): RowsCall {
  if (page === undefined) throw new TypeError('a paged query has a page request')
  return { label, query, values, request: page, terms: page.sort?.terms ?? [], most }
}

function windowOfRows({ windows, values, window }: Call): Prompt<Window<object>> {
  if (window === undefined) throw new TypeError('a query for a window has a window request')
  return windows.of(window.sort).find(values, window)
}
