import { OrderTerm } from '../ast/order-term'
import type { EntitySelection } from '../compile/entity-builder'
import type { Sort } from '../paging/sort'
import { BoundedMap } from '../plan/bounded-map'
import { requireProperty } from './query-problems'

/** What is made of a selection for each sort that callers bring, each made once. */
export class SortedSelections<Q> {
  readonly #selection: EntitySelection
  readonly #label: string
  readonly #make: (selection: EntitySelection) => Q
  readonly #made = new BoundedMap<Q>(SORTS_PER_QUERY)

  constructor(selection: EntitySelection, label: string, make: (selection: EntitySelection) => Q) {
    this.#selection = selection
    this.#label = label
    this.#make = make
  }

  of(sort: Sort | undefined): Q {
    return this.#made.of(sort?.toString() ?? '', () =>
      this.#make(totallyOrdered(this.#selection, sort?.terms ?? [], this.#label)),
    )
  }
}

/** Sorts come with requests: some are usual, and nobody may fill the memory with others. */
const SORTS_PER_QUERY = 32

/**
 * Adds the caller's sort behind the query's own, and the primary key behind both: rows that compare equal would otherwise
 * change places between pages.
 */
function totallyOrdered(selection: EntitySelection, terms: Sort['terms'], label: string): EntitySelection {
  for (const { path } of terms) requireProperty(selection.metadata, path, label)
  const order = [
    ...selection.order,
    ...terms.map(({ path, direction, nulls, ignoreCase }) => OrderTerm.create(path, direction, { nulls, ignoreCase })),
  ]
  const tieBreakers = selection.metadata.primaryColumns
    .filter(({ propertyPath }) => !order.some(term => term.path === propertyPath && !term.ignoreCase))
    .map(({ propertyPath }) => OrderTerm.create(propertyPath))
  return { ...selection, order: [...order, ...tieBreakers] }
}
