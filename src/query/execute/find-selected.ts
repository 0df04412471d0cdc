import type { Prompt } from '../../core/prompt'
import { liftValues } from '../ast/lift-values'
import { OrderTerm } from '../ast/order-term'
import { printQuery } from '../ast/print-query'
import type { Specification } from '../builder/specification'
import type { Sort } from '../paging/sort'
import { BoundedMap } from '../plan/bounded-map'
import { isProjection, type Select } from '../projection/projection'
import { checkSelect } from './projected-columns'
import { ProjectionQuery } from './projection-query'
import type { QueryContext } from './query-context'
import { requireMetadata, requireProperties } from './query-problems'

/** What a find that is put together at run time selects, and of which rows. */
export interface SelectedFind {
  readonly select: Select
  /** `undefined`: all rows. */
  readonly where?: Specification<unknown> | undefined
  readonly sort?: Sort | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** Some properties of the rows that satisfy a specification; statements are made once for all that differ only in values. */
export function findSelected(context: QueryContext, label: string, find: SelectedFind): Prompt<object[]> {
  const { predicate, values } = find.where?.predicate
    ? liftValues(find.where.predicate)
    : { predicate: undefined, values: {} }
  const order = (find.sort?.terms ?? []).map(({ path, direction, nulls, ignoreCase }) =>
    OrderTerm.create(path, direction, { nulls, ignoreCase }),
  )
  const query = queriesOf(context, find.select).of(printQuery(predicate, order), () => {
    const selection = { ...context, metadata: requireMetadata(context, label), predicate, order }
    requireProperties(selection, label)
    return new ProjectionQuery(selection, checkSelect(selection.metadata, find.select, label), false)
  })
  const range = { limit: find.limit, ...(find.offset && { offset: find.offset }) }
  return query.rows({ named: values, positional: [] }, range)
}

/** Projections are told apart as objects: their classes have no text. */
const byContext = new WeakMap<QueryContext, BoundedMap<BoundedMap<ProjectionQuery>, unknown>>()

const SELECTS = 32
const QUERIES_PER_SELECT = 32

function queriesOf(context: QueryContext, select: Select): BoundedMap<ProjectionQuery> {
  let known = byContext.get(context)
  if (known === undefined) byContext.set(context, (known = new BoundedMap(SELECTS)))
  return known.of(isProjection(select) ? select : JSON.stringify(select), () => new BoundedMap(QUERIES_PER_SELECT))
}
