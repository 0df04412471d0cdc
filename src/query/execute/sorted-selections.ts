import type { EntityMetadata } from 'typeorm'
import type { OrderTerm } from '../ast/order-term'
import type { EntitySelection } from '../compile/entity-builder'
import type { Sort } from '../paging/sort'
import { BoundedMap } from '../plan/bounded-map'
import { requestedOrder, totalOrder } from './requested-order'

/** Makes an order total: no two rows are level in it. */
type CompleteOrder = (metadata: EntityMetadata, order: readonly OrderTerm[]) => readonly OrderTerm[]

/** What is made of a selection for each sort that callers bring, each made once: the caller's behind its own, and total. */
export class SortedSelections<Q> {
  readonly #selection: EntitySelection
  readonly #label: string
  readonly #make: (selection: EntitySelection) => Q
  readonly #complete: CompleteOrder
  readonly #made = new BoundedMap<Q>(SORTS_PER_QUERY)

  constructor(
    selection: EntitySelection,
    label: string,
    make: (selection: EntitySelection) => Q,
    complete: CompleteOrder = totalOrder,
  ) {
    this.#selection = selection
    this.#label = label
    this.#make = make
    this.#complete = complete
  }

  of(sort: Sort | undefined): Q {
    return this.#made.of(sort?.toString() ?? '', () => {
      const selection = this.#selection
      const order = requestedOrder(selection, sort?.terms ?? [], this.#label)
      return this.#make({ ...selection, order: this.#complete(selection.metadata, order) })
    })
  }
}

/** Sorts come with requests: some are usual, and nobody may fill the memory with others. */
const SORTS_PER_QUERY = 32
