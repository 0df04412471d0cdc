import type { Prompt } from '../../core/prompt'
import type { EntitySelection, Range } from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import type { Page } from '../paging/page'
import type { PageRequest } from '../paging/page-request'
import { OwnedMap } from '../plan/owned-map'
import { isProjection, type Select } from '../projection/projection'
import { DynamicQueries, type DynamicRequest } from './dynamic-queries'
import { checkSelect } from './projected-columns'
import { pageOfRows, requireSelected } from './projection-pages'
import { ProjectionQuery } from './projection-query'
import type { QueryContext } from './query-context'

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

interface Projected {
  readonly query: ProjectionQuery
  readonly values: CallValues
}

function projected(context: QueryContext, { label, select, distinct, request }: SelectedFind): Projected {
  const { query, values } = DynamicQueries.of(context).prepare(request, label)
  const { selection } = query
  const key: unknown = isProjection(select) ? select : JSON.stringify(select)
  const make = (): ProjectionQuery =>
    new ProjectionQuery(selection, checkSelect(selection.metadata, select, label), distinct)
  return { query: (distinct ? distincts : queries).of(selection, key, make), values }
}

const SELECTS_PER_QUERY = 16
/** Projections are told apart as objects: their classes have no text. */
const queries = new OwnedMap<EntitySelection, ProjectionQuery, unknown>(SELECTS_PER_QUERY)
const distincts = new OwnedMap<EntitySelection, ProjectionQuery, unknown>(SELECTS_PER_QUERY)
