import type { OrderTerm } from '../ast/order-term'
import type { Cursors } from '../cursor/cursors'
import type { ProjectionQuery } from './projection-query'
import { WindowQuery } from './window-query'

/** The query of the windows, and what their cursors are made with. */
export interface WindowsOfRows {
  readonly query: ProjectionQuery
  readonly label: string
  readonly cursors: Cursors
}

/** The windows of rows that are in this order, which is total. */
export function windowsOfRows({ query, ...parts }: WindowsOfRows, order: readonly OrderTerm[]): WindowQuery<object> {
  const { selection, select } = query
  const paths = select.columns.map(({ path }) => path)
  // Other rows are one where other properties are selected: a place among these is none among those.
  return new WindowQuery(query.ordered(order), { ...parts, distinctBy: selection.distinct ? paths : undefined })
}
