import type { ObjectLiteral } from 'typeorm'
import type { Prompt } from '../../core/prompt'
import type { StreamBoundary } from '../../data-source/statements/stream-statement'
import type { CallValues } from '../compile/values'
import type { Cursors } from '../cursor/cursors'
import type { QueryResultKind } from '../declaration'
import type { PageRequest } from '../paging/page-request'
import type { Window } from '../paging/window'
import type { WindowRequest } from '../paging/window-request'
import { type ArgumentPlan, bindArguments, requestKind } from './argument-binder'
import type { EntitySelection, Range } from '../compile/entity-builder'
import { pageAccess, type PageCall, pageOfEntities, sliceOfEntities } from './entity-pages'
import { requireLockable } from './locking'
import { EntityQuery, loadsByOneSelect } from './entity-query'
import type { PreparedQuery, QueryAccess } from './query-context'
import type { QueryStatement } from './query-statement'
import { listParameters, requireLists } from './require-lists'
import { one, required } from './results'
import { requireFetchSize } from './fetch-size'
import { SortedSelections } from './sorted-selections'
import { WindowQuery } from './window-query'
import { takenArguments } from './taken-arguments'

export type EntityResult = Exclude<QueryResultKind, 'scalar'>

/** The rest of an entity query's declaration. */
export interface EntityQueryShape {
  readonly label: string
  readonly result: EntityResult
  /** From `First` and `Top`. */
  readonly limit: number | undefined
  readonly parameters: readonly string[] | number
  readonly args: readonly string[] | undefined
  readonly cursors: Cursors
  /** The most rows that a stream fetches at a time; `undefined`: the usual number. */
  readonly fetchSize?: number | undefined
}

export function prepareEntityQuery(selection: EntitySelection, shape: EntityQueryShape): PreparedQuery {
  requireLockable(selection, shape)
  const plan: ArgumentPlan = { ...shape, request: requestKind(shape.result) }
  const run = RESULTS[shape.result]
  const lists = listParameters(selection.predicate)
  const query = new EntityQuery(selection)
  const { label, cursors } = shape
  const sorted = new SortedSelections(selection, label, total => new EntityQuery(total))
  const windowsOf = (total: EntitySelection) => new WindowQuery(new EntityQuery(total), { label, cursors })
  const windows = new SortedSelections(selection, label, windowsOf)
  const fetchSize = requireFetchSize(shape.label, shape.fetchSize, shape.result)
  return {
    streams: shape.result === 'stream',
    get access() {
      // Its own boundary is read-only, in which no lock is given: only one around it lasts.
      return selection.lock === undefined ? accessOf(shape.result, query) : 'read'
    },
    get taken() {
      return takenArguments(plan, selection)
    },
    execute: (args, boundary) => {
      const { values, page, window } = bindArguments(plan, args)
      requireLists(label, lists, values)
      return run({ query, sorted, windows, shape, values, page, window, fetchSize, boundary })
    },
    statements: () => STATEMENTS[shape.result]({ query, sorted }, shape),
  }
}

function accessOf(result: EntityResult, query: EntityQuery): QueryAccess {
  if (result === 'affected') return query.deletesAlone() ? 'single-write' : 'write'
  if (result === 'count' || result === 'exists') return query.countsAlone() ? 'lone-select' : 'select'
  if (result === 'page') return pageAccess(query)
  // The portions of a stream are to be of one moment.
  if (result === 'stream' || !loadsByOneSelect(query.selection.metadata)) return 'read'
  return query.selectsAlone() ? 'lone-select' : 'select'
}

interface Call {
  readonly query: EntityQuery
  /** The same in the order of a request. */
  readonly sorted: SortedSelections<EntityQuery>
  readonly windows: SortedSelections<WindowQuery<ObjectLiteral>>
  readonly shape: EntityQueryShape
  readonly values: CallValues
  readonly page: PageRequest | undefined
  readonly window: WindowRequest | undefined
  readonly fetchSize: number
  readonly boundary: StreamBoundary | undefined
}

const RESULTS = {
  many: ({ query, shape, values }) => query.select(values, { limit: shape.limit }),
  one: call => ofAtMostTwo(call, one),
  required: call => ofAtMostTwo(call, required),
  page: call => pageOfEntities(paged(call)),
  slice: call => sliceOfEntities(paged(call)),
  window: windowOfEntities,
  count: ({ query, values }) => query.count(values),
  exists: ({ query, values }) => query.exists(values),
  affected: ({ query, values }) => query.delete(values),
  stream: ({ query, shape: { label, limit }, values, fetchSize, boundary }) =>
    query.stream(values, { label, limit, fetchSize, boundary }),
} as const satisfies Record<EntityResult, (call: Call) => unknown>

const STATEMENTS = {
  many: ({ query }, { limit }) => [selected(query, { limit })],
  one: ({ query }, { limit = 2 }) => [selected(query, { limit })],
  required: ({ query }, { limit = 2 }) => [selected(query, { limit })],
  page: queries => [ranged(queries), { ...counted(queries.query), part: 'its total' }],
  slice: queries => [ranged(queries)],
  window: queries => [ranged(queries)],
  count: ({ query }) => [counted(query)],
  exists: ({ query }) => [{ text: query.textOf('exists'), answersRows: true }],
  affected: ({ query }) => [{ text: query.textOf('delete'), answersRows: false }],
  stream: ({ query }, { limit }) => [selected(query, { limit })],
} as const satisfies Record<
  EntityResult,
  (queries: Pick<Call, 'query' | 'sorted'>, shape: EntityQueryShape) => readonly QueryStatement[]
>

function selected(query: EntityQuery, range: Range): QueryStatement {
  return { text: query.textOf('select', range), answersRows: true }
}

/** A part without a sort of its own; the keys of others are properties, checked with the call. */
function ranged({ sorted }: Pick<Call, 'sorted'>): QueryStatement {
  return selected(sorted.of(undefined), { limit: 1, offset: 1 })
}

function counted(query: EntityQuery): QueryStatement {
  return { text: query.textOf('count'), answersRows: true }
}

/** A second row is asked for only to notice it; `First` cannot have one. */
function ofAtMostTwo<R>({ query, shape, values }: Call, make: (label: string, rows: object[]) => R): Prompt<R> {
  return query.selectAs(values, { limit: shape.limit ?? 2 }, rows => make(shape.label, rows))
}

function paged({ sorted, shape, values, page }: Call): PageCall {
  if (page === undefined) throw new TypeError('a paged query has a page request')
  return { query: sorted.of(page.sort), values, request: page, most: shape.limit }
}

function windowOfEntities({ windows, values, window }: Call): Prompt<Window<object>> {
  if (window === undefined) throw new TypeError('a query for a window has a window request')
  return windows.of(window.sort).find(values, window)
}
