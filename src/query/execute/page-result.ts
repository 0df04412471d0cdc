import type { SqlDialect } from '../compile/sql-dialect'
import { Page } from '../paging/page'
import type { PageRequest } from '../paging/page-request'
import { Slice } from '../paging/slice'
import type { QueryAccess } from './query-context'

/**
 * A page; the count is skipped where the rows already tell it (Spring Data's rule). In a transaction of somebody else's the rows
 * and the count may be of different moments: the total never contradicts the rows.
 */
export async function pageOf<T>(rows: T[], request: PageRequest, count: () => Promise<number>): Promise<Page<T>> {
  const { size, offset } = request
  if (rows.length < size && (offset === 0 || rows.length > 0)) return countedPage(rows, request)
  const total = await count()
  const fitting = rows.length > 0 ? Math.max(total, offset + rows.length) : Math.min(total, offset)
  return countedPage(rows, request, fitting)
}

/** A page whose total is the number of its last row, unless another one is given. */
export function countedPage<T>(rows: T[], { page, size, offset }: PageRequest, total?: number): Page<T> {
  return new Page(rows, total ?? offset + rows.length, page, size)
}

/** A slice of rows of which one more than the size was fetched. */
export function sliceOf<T>(rows: T[], { page, size }: PageRequest): Slice<T> {
  return new Slice(rows.slice(0, size), page, size, rows.length > size)
}

/** Rows and their total take two statements, which are to see the same. */
export function twoSelects({ page }: SqlDialect): QueryAccess {
  return page === undefined ? 'read' : 'snapshot'
}
