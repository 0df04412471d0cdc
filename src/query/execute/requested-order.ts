import type { EntityMetadata } from 'typeorm'
import { OrderTerm } from '../ast/order-term'
import { requireSortable } from '../compile/coerce-predicate'
import type { EntitySelection } from '../compile/entity-builder'
import type { SortTerm } from '../paging/sort-term'
import { requireProperties } from './query-problems'

/**
 * The order of a selection, and what a caller wants behind it.
 *
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`; QueryValueError `AMBIT_QUERY_VALUE` for what has no order
 */
export function requestedOrder(
  selection: EntitySelection,
  terms: readonly SortTerm[],
  label: string,
): readonly OrderTerm[] {
  if (terms.length === 0) return selection.order
  const order = terms.map(({ path, direction, nulls, ignoreCase }) =>
    OrderTerm.create(path, direction, { nulls, ignoreCase }),
  )
  requireProperties({ ...selection, predicate: undefined, order }, label)
  requireSortable(selection, order, label)
  return [...selection.order, ...order]
}

/** The order, and the primary key behind it: rows that compare equal would otherwise change places between parts of a result. */
export function totalOrder(metadata: EntityMetadata, order: readonly OrderTerm[]): readonly OrderTerm[] {
  return completedOrder(
    order,
    metadata.primaryColumns.map(({ propertyPath }) => propertyPath),
  )
}

/** The order, and behind it those properties that it does not sort by. Folded case makes rows level that differ. */
export function completedOrder(order: readonly OrderTerm[], paths: readonly string[]): readonly OrderTerm[] {
  const missing = paths.filter(path => !order.some(term => term.path === path && !term.ignoreCase))
  return [...order, ...missing.map(path => OrderTerm.create(path))]
}
