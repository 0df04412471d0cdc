import type { EntityMetadata } from 'typeorm'
import { OrderTerm } from '../ast/order-term'
import { requireSortable } from '../compile/coerce-predicate'
import type { EntitySelection } from '../compile/entity-builder'
import { resolveProperty } from '../compile/entity-properties'
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
  return distinctOrder(selection.metadata, [...selection.order, ...order])
}

/** The order, and the primary key behind it: rows that compare equal would otherwise change places between parts of a result. */
export function totalOrder(metadata: EntityMetadata, order: readonly OrderTerm[]): readonly OrderTerm[] {
  return completedOrder(
    metadata,
    order,
    metadata.primaryColumns.map(({ propertyPath }) => propertyPath),
  )
}

/** The order, and behind it those properties that it does not sort by. Folded case makes rows level that differ. */
export function completedOrder(
  metadata: EntityMetadata,
  order: readonly OrderTerm[],
  paths: readonly string[],
): readonly OrderTerm[] {
  return distinctOrder(metadata, [...order, ...paths.map(path => OrderTerm.create(path))])
}

/**
 * Each key once, where it stands first: rows that are level in it are level in it again. TypeORM would take the direction of
 * the last, and a window compare by the first.
 */
export function distinctOrder(metadata: EntityMetadata, order: readonly OrderTerm[]): readonly OrderTerm[] {
  const seen = new Set<string>()
  return order.filter(term => {
    const key = keyOf(metadata, term)
    const repeated = seen.has(key)
    seen.add(key)
    return !repeated
  })
}

/** What is compared: a column may have two properties, its own and that of the relation whose key it is. */
function keyOf(metadata: EntityMetadata, { path, ignoreCase }: OrderTerm): string {
  const { relations, column } = resolveProperty(metadata, path) ?? {}
  const owner = relations?.map(({ propertyPath }) => `${propertyPath}.`).join('') ?? ''
  return `${owner}${column?.databaseName ?? path} ${String(ignoreCase)}`
}
