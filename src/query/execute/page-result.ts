import { Page } from '../paging/page'
import type { PageRequest } from '../paging/page-request'
import { Slice } from '../paging/slice'

/** A page; the count is skipped where the rows already tell it (Spring Data's rule). */
export async function pageOf<T>(rows: T[], request: PageRequest, count: () => Promise<number>): Promise<Page<T>> {
  const { size, offset } = request
  const known = rows.length < size && (offset === 0 || rows.length > 0)
  return countedPage(rows, request, known ? undefined : await count())
}

/** A page whose total is the number of its last row, unless another one is given. */
export function countedPage<T>(rows: T[], { page, size, offset }: PageRequest, total?: number): Page<T> {
  return new Page(rows, total ?? offset + rows.length, page, size)
}

/** A slice of rows of which one more than the size was fetched. */
export function sliceOf<T>(rows: T[], { page, size }: PageRequest): Slice<T> {
  return new Slice(rows.slice(0, size), page, size, rows.length > size)
}
